"""An issue becomes an item with its sources, or a gap with its reasons."""

from datetime import date
from typing import Any

import pytest

from scoring.item import Gap, Issue, Item, Mode, Source, Span
from scoring.mapping import read_mapping
from scoring.reading.item import read_item

MONTH = 365.25 / 12 / 7  # weeks
NUMBER = {"read": "number", "field": "cost", "per": "week"}
DAYS = {"read": "number", "field": "time", "unit": "days"}


def read(
    fields: dict[str, object],
    *,
    value: dict[str, Any] | None = None,
    duration: dict[str, Any] | None = None,
    mode: Mode = Mode.MONEY,
    **parts: Any,
) -> Item | Gap:
    raw = {
        "cost_of_delay": {"model": "direct", "value": value or NUMBER},
        "duration": duration or DAYS,
        "duration_note": "written down",
        **parts,
    }
    issue = Issue(id="1", key="AB-1", summary="One", fields=fields)
    return read_item(issue, read_mapping(raw), mode=mode, currency="EUR", place=7)


def item(fields: dict[str, object], **parts: Any) -> Item:
    found = read(fields, **parts)
    assert isinstance(found, Item), found
    return found


def reason(fields: dict[str, object], **parts: Any) -> str:
    found = read(fields, **parts)
    assert isinstance(found, Gap), found
    assert (found.key, found.summary, found.place) == ("AB-1", "One", 7)
    return found.reason


def test_numbers_become_an_item_that_names_its_sources() -> None:
    assert item({"cost": 12000, "time": 10}) == Item(
        key="AB-1",
        cost_of_delay=12000.0,
        duration=2.0,
        summary="One",
        place=7,
        sources=(
            Source(
                "cost_of_delay",
                "cost",
                "12,000",
                12000.0,
                "EUR per week",
                "12,000 per week",
            ),
            Source(
                "duration", "time", "10", 2.0, "weeks", "10 working days ÷ 5 a week"
            ),
        ),
    )


@pytest.mark.parametrize(
    ("per", "weekly"),
    [
        ("day", 500),
        ("week", 100),
        ("month", 100 / MONTH),
        ("quarter", 100 / (3 * MONTH)),
        ("year", 100 / (12 * MONTH)),
    ],
)
def test_costs_become_costs_per_week(per: str, weekly: float) -> None:
    value = {"read": "number", "field": "cost", "per": per}
    assert item({"cost": 100, "time": 5}, value=value).cost_of_delay == pytest.approx(
        weekly
    )


@pytest.mark.parametrize(
    ("unit", "weeks"), [("days", 0.6), ("weeks", 3), ("months", 3 * MONTH)]
)
def test_durations_become_weeks(unit: str, weeks: float) -> None:
    duration = {"read": "number", "field": "time", "unit": unit}
    found = item({"cost": 1, "time": 3}, duration=duration)
    assert found.duration == pytest.approx(weeks)


def test_sprints_are_as_long_as_the_mapping_says() -> None:
    duration = {"read": "number", "field": "time", "unit": "sprints"}
    found = item({"cost": 1, "time": 2}, duration=duration, sprint_weeks=3)
    assert found.duration == 6
    assert found.sources[-1].formula == "2 sprints × 3 weeks"


def test_a_duration_without_a_range_gets_the_learned_one_of_its_size() -> None:
    sizes = {"read": "option", "field": "time", "table": {"S": 1, "L": 4, "XL": 9}}
    ranges = {
        "by": "size",
        "classes": [{"name": "L", "low": 0.5, "high": 3}],
        "all": {"low": 0.8, "high": 2},
        "origin": "40 finished issues",
    }
    given = {"duration": sizes | {"unit": "weeks"}, "default_ranges": ranges}
    found = item({"cost": 1, "time": {"value": "L"}}, **given)
    assert (found.duration, found.duration_span) == (4, Span(2, 12))
    told = "80 % range 2 to 12 weeks by default, from 40 finished issues"
    assert found.sources[-1].formula == f"L = 4 weeks; {told}"
    assert item({"cost": 1, "time": {"value": "XL"}}, **given).duration_span == Span(
        9 * 0.8, 18
    )


def test_a_range_that_was_said_stays() -> None:
    text = {"read": "text", "field": "time", "unit": "weeks"}
    ranges = {"all": {"low": 0.5, "high": 3}}
    found = item({"cost": 1, "time": "2-4"}, duration=text, default_ranges=ranges)
    assert found.duration_span == Span(2, 4)
    assert "by default" not in found.sources[-1].formula


def test_a_scale_is_part_of_the_formula() -> None:
    points = {"read": "number", "field": "time", "unit": "days", "scale": 0.5}
    found = item({"cost": 1, "time": 8}, duration=points)
    assert found.duration == pytest.approx(0.8)
    assert found.sources[-1].formula == "8 × 0.5 working days ÷ 5 a week"


@pytest.mark.parametrize("cost", [0, -250.5, 1e15])
def test_nothing_and_less_are_costs(cost: float) -> None:
    assert item({"cost": cost, "time": 5}).cost_of_delay == cost


@pytest.mark.parametrize(
    ("cost", "why"),
    [
        (None, "is empty"),
        (True, "holds true, not a number"),
        ("12000", 'holds the text "12000", not a number'),
        (float("nan"), "holds a number without end, not a number"),
        (float("-inf"), "holds a number without end, not a number"),
        (10**400, "holds a number without end, not a number"),
        ([1], "holds a list, not a number"),
        ({"value": 1}, "holds an object, not a number"),
        (2e15, 'says "2,000,000,000,000,000", which is too large to be meant'),
    ],
)
def test_what_is_no_cost_is_a_gap(cost: object, why: str) -> None:
    assert reason({"cost": cost, "time": 5}) == f"cost of delay {why}"


@pytest.mark.parametrize(
    ("time", "why"),
    [
        (None, "is empty"),
        (0, 'says "0", but must be above 0'),
        (-5, 'says "-5", but must be above 0'),
        (1e-9, 'says "1e-09", which is too short to be meant'),
        (1e9, 'says "1,000,000,000", which is too large to be meant'),
    ],
)
def test_what_is_no_duration_is_a_gap(time: object, why: str) -> None:
    assert reason({"cost": 1, "time": time}) == f"duration {why}"


def test_a_range_of_durations_may_start_at_nothing_but_not_below() -> None:
    weeks = {"read": "text", "field": "time", "unit": "weeks"}
    found = item({"cost": 1, "time": "0-2"}, duration=weeks)
    assert (found.duration, found.duration_span) == (1, Span(0, 2))
    assert reason({"cost": 1, "time": "-1 to 3"}, duration=weeks) == (
        'duration says "-1 to 3", but must be above 0'
    )


def test_a_gap_tells_both_reasons_and_points_at_the_first() -> None:
    found = read({})
    assert isinstance(found, Gap)
    assert found.reason == "cost of delay is empty; duration is empty"
    assert (found.role, found.field) == ("cost_of_delay", "cost")


TEXT = {"read": "text", "field": "cost", "per": "month"}


@pytest.mark.parametrize(
    ("text", "weekly", "formula"),
    [
        ("€12k", 12000 / MONTH, "12,000 per month ÷ 4.348 weeks"),
        ("12k/week", 12000, "12,000 per week"),
        ("1.200 EUR pro Jahr", 100 / MONTH, "1,200 per year ÷ 52.179 weeks"),
    ],
)
def test_the_units_in_a_text_win_over_the_mappings(
    text: str, weekly: float, formula: str
) -> None:
    found = item({"cost": text, "time": 5}, value=TEXT)
    assert found.cost_of_delay == pytest.approx(weekly)
    assert found.sources[0].text == text
    assert found.sources[0].formula == formula


def test_rich_text_is_read_as_text() -> None:
    node = {"type": "paragraph", "content": [{"type": "text", "text": "€ 5k/week"}]}
    document = {"type": "doc", "version": 1, "content": [node]}
    assert item({"cost": document, "time": 5}, value=TEXT).cost_of_delay == 5000


def test_a_range_is_a_span_and_its_middle() -> None:
    weeks = {"read": "text", "field": "time", "unit": "weeks"}
    found = item({"cost": "10-20k/week", "time": "2-3"}, value=TEXT, duration=weeks)
    assert (found.cost_of_delay, found.duration) == (15000, 2.5)
    assert found.cost_of_delay_span == Span(10000, 20000)
    assert found.duration_span == Span(2, 3)
    assert found.sources[-1].formula == "2.5 (middle of 2 to 3) weeks"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" ", "is empty"),
        ({"type": "doc", "version": 1, "content": []}, "is empty"),
        ("tbd", 'says "tbd", which is no amount'),
        ("~4", 'says "~4", which is no amount'),
        ("£5k", 'says "£5k", which is in GBP, but this backlog counts in EUR'),
        (12000, "holds the number 12,000, not a text"),
        (["12k"], "holds a list, not a text"),
    ],
)
def test_what_a_text_does_not_say_is_a_gap(text: object, why: str) -> None:
    assert reason({"cost": text, "time": 5}, value=TEXT) == f"cost of delay {why}"


def test_a_text_without_any_unit_is_a_gap() -> None:
    bare = {"read": "text", "field": "cost"}
    assert reason({"cost": "12k", "time": 5}, value=bare) == (
        'cost of delay says "12k", but not per what time'
    )
    bare = {"read": "text", "field": "time"}
    assert reason({"cost": 1, "time": "3"}, duration=bare) == (
        'duration says "3", but not of what unit'
    )


def test_points_have_no_currency() -> None:
    fields: dict[str, object] = {"cost": "€ 12", "time": 5}
    why = "which names a currency, but this backlog is ranked by points"
    assert reason(fields, value=TEXT, mode=Mode.RELATIVE) == (
        f'cost of delay says "€ 12", {why}'
    )
    found = item({"cost": 8, "time": 5}, mode=Mode.RELATIVE)
    assert found.sources[0].unit == "points per week"


SIZES = {
    "read": "option",
    "field": "time",
    "table": {"S": 1, "M": 3, "Front / Small": 2},
    "unit": "weeks",
}


@pytest.mark.parametrize(
    ("raw", "weeks"),
    [
        ({"value": "M", "id": "1"}, 3),
        ({"value": " m "}, 3),
        ([{"value": "S"}], 1),
        ({"value": "Front", "child": {"value": "small"}}, 2),
        (["urgent", "M"], 3),
        ({"name": "S", "id": "3"}, 1),
        ("S", 1),
    ],
)
def test_options_are_worth_what_the_table_says(raw: object, weeks: float) -> None:
    assert item({"cost": 1, "time": raw}, duration=SIZES).duration == weeks


def test_an_options_formula_names_it() -> None:
    found = item({"cost": 1, "time": {"value": "M"}}, duration=SIZES)
    assert found.sources[-1].formula == "M = 3 weeks"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (None, "is empty"),
        ([], "is empty"),
        ({"value": "XXL"}, 'says "XXL", which the mapping\'s table lacks'),
        (["urgent"], 'says "urgent", which the mapping\'s table lacks'),
        (
            [{"value": "M"}, {"value": "XXL"}],
            'says "XXL", which the mapping\'s table lacks',
        ),
        (
            [{"value": "S"}, {"value": "M"}],
            'says "S", "M", of which only one may count',
        ),
        (7, "holds no option that we can read"),
    ],
)
def test_what_the_table_cannot_tell_is_a_gap(raw: object, why: str) -> None:
    assert reason({"cost": 1, "time": raw}, duration=SIZES) == f"duration {why}"


@pytest.mark.parametrize(("combine", "weeks"), [("highest", 3), ("sum", 4)])
def test_several_options_combine_as_the_mapping_says(
    combine: str, weeks: float
) -> None:
    raw = [{"value": "S"}, {"value": "M"}]
    duration = {**SIZES, "combine": combine}
    assert item({"cost": 1, "time": raw}, duration=duration).duration == weeks


def test_time_tracking_counts_working_time() -> None:
    tracked = {
        "originalEstimate": "3d",
        "originalEstimateSeconds": 3 * 8 * 3600,
        "remainingEstimateSeconds": 4 * 3600,
    }
    fields: dict[str, object] = {"cost": 1, "timetracking": tracked}
    found = item(fields, duration={"read": "time"})
    assert found.duration == pytest.approx(3 / 5)
    assert found.sources[-1].text == "3d"
    assert found.sources[-1].formula == "24 hours ÷ 8 a day ÷ 5 days a week"
    left = {
        "read": "time",
        "which": "remaining",
        "hours_per_day": 4,
        "days_per_week": 4,
    }
    assert item(fields, duration=left).duration == pytest.approx(1 / 4)


@pytest.mark.parametrize("raw", [None, {}, {"remainingEstimateSeconds": 5}])
def test_no_estimate_is_a_gap(raw: object) -> None:
    why = "duration has no original estimate in its time tracking"
    assert reason({"cost": 1, "timetracking": raw}, duration={"read": "time"}) == why


DATES = {"read": "dates", "start": "from", "end": "to"}


def test_two_dates_count_calendar_days_and_the_last_one_too() -> None:
    fields: dict[str, object] = {"cost": 1, "from": "2026-11-02", "to": "2026-11-15"}
    found = item(fields, duration=DATES)
    assert found.duration == 2
    assert found.sources[-1].formula == "14 calendar days ÷ 7 a week"
    assert item({**fields, "to": "2026-11-02"}, duration=DATES).duration == 1 / 7


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (None, "2026-11-02", "has no start date"),
        ("2026-11-02", "", "has no end date"),
        ("soon", "2026-11-02", 'says "soon", which is no date'),
        (
            "2026-11-03",
            "2026-11-02",
            'says "2026-11-03 to 2026-11-02", which ends before it starts',
        ),
    ],
)
def test_dates_that_give_no_length_are_a_gap(
    start: object, end: object, why: str
) -> None:
    fields = {"cost": 1, "from": start, "to": end}
    assert reason(fields, duration=DATES) == f"duration {why}"


PARTS = [
    {"name": "Revenue", "value": {"read": "text", "field": "r", "per": "week"}},
    {
        "name": "Risk",
        "value": {"read": "number", "field": "k", "per": "month"},
        "optional": True,
    },
]
SUM = {"model": "sum", "parts": PARTS}


def test_a_sum_adds_its_parts_and_their_ranges() -> None:
    found = item({"r": "10-20k", "k": 100 * MONTH, "time": 5}, cost_of_delay=SUM)
    assert found.cost_of_delay == pytest.approx(15100)
    assert found.cost_of_delay_span is not None
    assert found.cost_of_delay_span.low == pytest.approx(10100)
    assert found.cost_of_delay_span.high == pytest.approx(20100)
    roles = [source.role for source in found.sources]
    assert roles == ["Revenue", "Risk", "cost_of_delay", "duration"]
    assert found.sources[2].formula == "Revenue 15,000 + Risk 100"


def test_only_an_optional_part_may_be_empty_and_never_all() -> None:
    found = item({"r": "10k", "time": 5}, cost_of_delay=SUM)
    assert found.cost_of_delay == 10000
    assert found.sources[1].value is None
    assert reason({"k": 5, "time": 5}, cost_of_delay=SUM) == (
        'cost of delay part "Revenue" is empty'
    )
    optional = {"model": "sum", "parts": [PARTS[1]]}
    assert reason({"time": 5}, cost_of_delay=optional) == (
        "cost of delay has no part that is filled in"
    )


def test_an_unreadable_part_is_a_gap_even_where_it_is_optional() -> None:
    found = read({"r": "10k", "k": "tbd", "time": 5}, cost_of_delay=SUM)
    assert isinstance(found, Gap)
    assert (found.role, found.field) == ("Risk", "k")


TABLE = {
    "model": "table",
    "value": "v",
    "urgency": "u",
    "table": {"Killer": {"ASAP": 50000, "Soon": 20000}, "Meh": {"Whenever": 0}},
    "per": "week",
}


def test_a_table_takes_value_and_urgency_whatever_their_case() -> None:
    fields = {"v": {"value": "killer "}, "u": {"value": "SOON"}, "time": 5}
    found = item(fields, cost_of_delay=TABLE)
    assert found.cost_of_delay == 20000
    assert [source.field for source in found.sources] == ["v", "u", "time"]
    assert found.sources[0].formula == "killer × SOON = 20,000 per week"


@pytest.mark.parametrize(
    ("value", "urgency", "why"),
    [
        (None, None, "value is empty; cost of delay: urgency is empty"),
        ("Killer", None, "urgency is empty"),
        ("Huge", "Soon", 'value says "Huge", which the mapping\'s table lacks'),
        (
            "Killer",
            "Whenever",
            'urgency says "Whenever", which the mapping\'s table lacks',
        ),
        (["Killer", "Meh"], "Soon", 'value says "Killer", "Meh", of which only one'),
    ],
)
def test_what_the_value_table_cannot_tell_is_a_gap(
    value: object, urgency: object, why: str
) -> None:
    fields = {"v": value, "u": urgency, "time": 5}
    found = reason(fields, cost_of_delay=TABLE)
    assert found.startswith(f"cost of delay: {why}")


def test_deadline_and_team_are_read() -> None:
    fields: dict[str, object] = {
        "cost": 1,
        "time": 5,
        "duedate": "2026-12-01",
        "team": {"name": "Quay"},
    }
    found = item(fields, deadline={"field": "duedate"}, team={"field": "team"})
    assert (found.deadline, found.team) == (date(2026, 12, 1), "Quay")
    assert (found.sources[-1].role, found.sources[-1].text) == (
        "deadline",
        "2026-12-01",
    )


def test_an_unreadable_deadline_is_ignored_aloud() -> None:
    fields: dict[str, object] = {"cost": 1, "time": 5, "duedate": "next spring"}
    found = item(fields, deadline={"field": "duedate"})
    assert found.deadline is None
    assert found.sources[-1].value is None
    assert found.sources[-1].formula == 'ignored: "next spring" is no date'


def test_no_deadline_is_no_source() -> None:
    found = item({"cost": 1, "time": 5}, deadline={"field": "duedate"})
    assert found.deadline is None
    assert len(found.sources) == 2
