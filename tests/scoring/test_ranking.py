"""A backlog is ranked for the day, and only what differs in Jira is written."""

import json
import math
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Gap, Issue, Item, Link, Mode, Source, Span
from scoring.moves import apply_moves
from scoring.plan import FieldWrite, digest_of
from scoring.ranking import (
    Output,
    plan_changes,
    rank_backlog,
    summary_from_json,
    summary_to_json,
)
from scoring.summary import Row, Summary

TODAY = date(2026, 11, 23)
OUTPUTS: dict[Output, str] = {"score": "c1", "position": "c2", "delay_cost": "c3"}


def ranked(
    read: list[Item | Gap], links: list[Link] | None = None, currency: str = "EUR"
) -> Summary:
    mode = Mode.MONEY if currency else Mode.RELATIVE
    return rank_backlog(read, links or [], today=TODAY, mode=mode, currency=currency)


def rows(summary: Summary) -> dict[str, Row]:
    return {row.item.key: row for row in summary.rows}


def cost(order: list[Item]) -> float:
    ends = total = 0.0
    for item in order:
        ends += item.duration
        total += item.cost_of_delay * ends
    return total


# order, and its total; G1 is LeadingAgile's, G2 Businessmap's, G3 Black Swan Farming's
GOLDEN = [
    ([(3, 3_000), (4, 7_000), (6, 9_000)], "BCA", 157_000),
    ([(2, 5_000), (4, 30_000), (8, 50_000)], "BCA", 790_000),
    ([(2, 10), (4, 30)], "BA", 220 - 40),
    ([(1, 10), (3, 3), (10, 1)], "ABC", 36),
]


@pytest.mark.parametrize(("numbers", "order", "total"), GOLDEN)
def test_golden_cases_come_out_exactly(
    numbers: list[tuple[int, int]], order: str, total: int
) -> None:
    items: list[Item | Gap] = [
        Item(key, rate, weeks, place=place)
        for place, (key, (weeks, rate)) in enumerate(zip("ABC", numbers, strict=False))
    ]
    summary = ranked(items)
    assert "".join(row.item.key for row in summary.rows) == order
    assert (summary.totals.order, summary.totals.gap) == (total, 0)


NUMBERS = st.lists(
    st.tuples(st.integers(-4, 20), st.integers(0, 8)), min_size=1, max_size=6
)


@given(NUMBERS, st.data())
def test_totals_and_rows_add_up_and_nothing_is_cheaper(
    numbers: list[tuple[int, int]], data: st.DataObject
) -> None:
    items = [
        Item(f"A-{n}", rate, weeks, place=n) for n, (rate, weeks) in enumerate(numbers)
    ]
    summary = ranked(list(data.draw(st.permutations(items))))
    totals = summary.totals
    assert totals.jira_order == cost(items)
    assert totals.order == cost([row.item for row in summary.rows])
    assert totals.order == min(cost(list(order)) for order in permutations(items))
    assert totals.saved == totals.jira_order - totals.order
    assert sum(row.delay_cost for row in summary.rows) == totals.order
    for row in summary.rows:
        assert items[row.was - 1] == row.item
        assert row.ends - row.starts == row.item.duration


def test_jira_s_order_is_priced_as_it_is_even_where_it_breaks_a_link() -> None:
    read: list[Item | Gap] = [Item("B", 10, 1, place=0), Item("A", 1, 1, place=1)]
    totals = ranked(read, [Link("A", "B")]).totals
    assert (totals.jira_order, totals.order, totals.saved) == (12, 21, -9)


def test_a_blocker_is_pulled_forward_and_says_for_whom() -> None:
    read: list[Item | Gap] = [
        Item("C", 8, 2, place=0),
        Item("A", 1, 1, place=1),
        Item("B", 40_000, 1, place=2),
    ]
    found = rows(ranked(read, [Link("A", "B")]))
    assert [found[key].place for key in "ABC"] == [1, 2, 3]
    assert found["A"].pulled_by == "B"
    assert found["A"].why == "Pulled forward: it blocks B, worth 40,000 EUR a week"
    assert found["B"].why == "Waits for A, which must come first"
    assert found["B"].blockers == ("A",)


def test_links_are_carried_through_issues_without_a_score() -> None:
    read: list[Item | Gap] = [
        Item("B", 9, 1, place=0),
        Gap("U", "duration is empty", place=1),
        Item("A", 1, 1, place=2),
    ]
    summary = ranked(read, [Link("A", "U"), Link("U", "B")])
    assert [row.item.key for row in summary.rows] == ["A", "B"]
    assert rows(summary)["B"].blockers == ("A",)
    assert [gap.key for gap in summary.gaps] == ["U"]


def test_a_loop_of_links_is_named() -> None:
    read: list[Item | Gap] = [Item("A", 1, 1), Item("B", 9, 1, place=1)]
    (cycle,) = ranked(read, [Link("A", "B", "1"), Link("B", "A", "2")]).cycles
    assert cycle.dropped == Link("B", "A", "2")


def test_a_deadline_far_off_counts_nothing_yet() -> None:
    start = TODAY + timedelta(days=8)
    item = Item("D", 90_000, 2, deadline=start + timedelta(days=14))
    summary = ranked([item, Item("A", 1, 1, place=1)])
    row = rows(summary)["D"]
    assert (row.place, row.rate, row.delay_cost) == (2, 0, 0)
    assert row.latest_start == start
    assert row.why == "Waits: its deadline leaves time until 2026-12-01"
    assert row.item.cost_of_delay == 90_000
    assert summary.totals.jira_order == 3


def test_a_deadline_near_counts_in_full() -> None:
    item = Item("D", 90_000, 2, place=1, deadline=TODAY + timedelta(days=14))
    row = rows(ranked([Item("A", 1, 1), item]))["D"]
    assert (row.place, row.rate) == (1, 90_000)
    assert row.why == "Its deadline leaves no more time after 2026-11-23"


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (-21, "Its deadline 2026-11-02 has passed: full cost of delay counts"),
        (0, "Its deadline 2026-11-23 is today: full cost of delay counts"),
        (7, "Even if begun now it ends 1.0 weeks after its deadline 2026-11-30"),
    ],
)
def test_a_deadline_that_cannot_be_met_says_so(days: int, why: str) -> None:
    """Two weeks of work; it stands first, for A is worth next to nothing."""
    item = Item("D", 90_000, 2, deadline=TODAY + timedelta(days=days))
    row = rows(ranked([item, Item("A", 1, 1, place=1)]))["D"]
    assert (row.place, row.why) == (1, why)


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (Item("X", 0, 1, place=9), "Nothing is lost while it waits"),
        (Item("X", 3, 0, place=9), "It takes no time, so nothing waits for it"),
        (
            Item("X", -3, 1, place=9),
            "Waiting is worth more than doing: its cost of delay is negative",
        ),
        (
            Item("X", 8, 4, place=9),
            "Worth as much per week of work as A: today's order decides",
        ),
        (
            Item("X", 1, 1, place=9),
            "Next highest cost of delay per week of work: 1 EUR",
        ),
        (
            Item("X", 9, 1, place=9),
            "Highest cost of delay per week of work among what may start",
        ),
    ],
)
def test_each_place_has_its_reason(item: Item, why: str) -> None:
    assert rows(ranked([Item("A", 2, 1), item]))["X"].why == why


def test_points_are_never_called_money() -> None:
    read: list[Item | Gap] = [Item("A", 9, 1), Item("X", 1, 1, place=1)]
    summary = ranked(read, currency="")
    assert summary.rows[1].why.endswith("per week of work: 1 point")


@pytest.mark.parametrize(("mode", "currency"), [("money", ""), ("relative", "EUR")])
def test_a_mode_that_does_not_fit_the_currency_is_refused(
    mode: str, currency: str
) -> None:
    with pytest.raises(ValueError, match="currency"):
        rank_backlog([], [], today=TODAY, mode=Mode(mode), currency=currency)


@pytest.mark.parametrize(
    "item",
    [
        Item("X", math.nan, 1),
        Item("X", math.inf, 1),
        Item("X", 1e30, 1),
        Item("X", 1, math.nan),
        Item("X", 1, -1),
        Item("X", 1, 1e30),
    ],
)
def test_a_number_beyond_reason_is_a_gap(item: Item) -> None:
    summary = ranked([item, Item("A", 1, 1)])
    assert [row.item.key for row in summary.rows] == ["A"]
    assert "beyond" in summary.gaps[0].reason
    assert math.isfinite(summary.totals.order)


def test_an_empty_backlog_costs_nothing() -> None:
    totals = ranked([]).totals
    assert (totals.order, totals.saved, totals.gap) == (0, 0, 0)


FULL: list[Item | Gap] = [
    Item(
        "Z",
        3,
        0,
        summary="no time",
        place=3,
        sources=(Source("duration", "c9", "0", 0.0, "weeks"),),
    ),
    Item("A", 1 / 3, 7, place=2, cost_of_delay_span=Span(0.1, 1), team="Quay"),
    Item("B", 9, 2, place=0, deadline=date(2027, 5, 1), profile="deadline"),
    Gap("G", "cost of delay is empty", "title", 1, "cost_of_delay", "c8"),
]
LINKS = [Link("A", "B", "1"), Link("B", "A", "2")]


def test_a_summary_survives_being_kept_as_json() -> None:
    summary = ranked(FULL, LINKS)
    text = json.dumps(summary_to_json(summary), allow_nan=False)
    assert summary_from_json(json.loads(text)) == summary
    assert json.loads(text)["rows"][0]["cd3"] is None


def issues(held: dict[str, dict[str, object]]) -> list[Issue]:
    return [
        Issue(key, key, fields=fields, done=key == "DONE")
        for key, fields in held.items()
    ]


def test_only_values_that_differ_are_written() -> None:
    summary = ranked([Item("A", 10, 3, place=1), Item("B", 2, 1)])
    held: dict[str, dict[str, object]] = {
        "A": {"c1": 3.3333, "c2": 1, "c3": 29.99},
        "B": {"c1": None, "c2": "2", "c3": True},
    }
    plan = plan_changes(summary, issues(held), backlog="harbour", outputs=OUTPUTS)
    assert plan.writes == (
        FieldWrite("A", "c3", 30, 29.99),
        FieldWrite("B", "c1", 2, None),
        FieldWrite("B", "c2", 2, None),
        FieldWrite("B", "c3", 8, None),
    )
    assert (plan.before, plan.after) == (("B", "A"), ("A", "B"))
    assert apply_moves(plan.before, plan.moves) == plan.after
    assert (plan.saved, plan.currency) == (summary.totals.saved, "EUR")
    assert plan.digest == digest_of(plan)


def test_what_was_written_is_not_written_again() -> None:
    summary = ranked([Item("A", 10 / 7, 3 / 11, place=1), Item("B", 2e9, 0.3)])
    fields: dict[str, dict[str, object]] = {"A": {}, "B": {}}
    plan = plan_changes(summary, issues(fields), backlog="h", outputs=OUTPUTS)
    assert len(plan.writes) == 6
    for write in json.loads(
        json.dumps([[w.key, w.field, w.value] for w in plan.writes])
    ):
        fields[write[0]][write[1]] = write[2]
    again = plan_changes(summary, issues(fields), backlog="h", outputs=OUTPUTS)
    assert again.writes == ()


def test_a_gap_s_old_values_are_cleared_and_done_issues_left_alone() -> None:
    summary = ranked([Gap("G", "no"), Gap("H", "no", place=1), Gap("DONE", "no")])
    held: dict[str, dict[str, object]] = {"G": {"c1": 3}, "H": {}, "DONE": {"c1": 3}}
    plan = plan_changes(summary, issues(held), backlog="h", outputs=OUTPUTS)
    assert plan.writes == (FieldWrite("G", "c1", None, 3),)


def test_a_score_that_no_field_can_hold_is_cleared() -> None:
    summary = ranked([Item("Z", 1, 0), Item("Y", 1e14, 0.5, place=1)])
    held: dict[str, dict[str, object]] = {"Z": {"c1": 5.0}, "Y": {}}
    plan = plan_changes(summary, issues(held), backlog="h", outputs={"score": "c1"})
    assert plan.writes == (FieldWrite("Z", "c1", None, 5),)


def test_calls_that_save_most_go_first() -> None:
    """D's two weeks past A, C and E save 24; B past C and E saves 16 - 3."""
    far = date(2030, 1, 1)
    read: list[Item | Gap] = [
        Item("D", 1e6, 2, place=0, deadline=far),
        Item("A", 9, 1, place=1),
        Item("C", 2, 1, place=2),
        Item("E", 1, 1, place=3),
        Item("B", 8, 1, place=4),
    ]
    plan = plan_changes(ranked(read), issues({}), backlog="h", outputs={})
    assert [move.keys for move in plan.moves] == [("D",), ("B",)]
    assert apply_moves(plan.before, plan.moves) == ("A", "B", "C", "E", "D")


def test_without_an_aim_scores_are_written_but_nothing_moves() -> None:
    summary = ranked([Item("A", 1, 1), Item("B", 9, 1, place=1)])
    held: dict[str, dict[str, object]] = {"A": {}, "B": {}}
    plan = plan_changes(
        summary, issues(held), backlog="h", outputs={"position": "c2"}, aim=None
    )
    assert (plan.moves, plan.saved) == ((), 0)
    assert [(write.key, write.value) for write in plan.writes] == [("B", 1), ("A", 2)]
    assert plan.digest == digest_of(plan)


def test_the_rows_of_a_summary_hold_what_the_order_was_made_from() -> None:
    item = Item("A", 3, 2, sources=(Source("duration", "c9", "2", 2.0, "weeks"),))
    assert ranked([item]).rows[0].item == replace(item)
