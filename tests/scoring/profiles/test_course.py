"""A ranking over time prices every row by its curve, and says why it stands there."""

import json
from datetime import date, timedelta
from random import Random

import pytest

from scoring.explain import explain
from scoring.item import Gap, Item, Link, Mode
from scoring.ranking import rank_backlog, summary_from_json, summary_to_json
from scoring.summary import Row, Summary
from scoring.weighing import weigh_backlog
from tests.scoring.profiles.instances import TODAY, cost, delay, random_items


def ranked(items: list[Item | Gap], links: tuple[Link, ...] = ()) -> Summary:
    return rank_backlog(items, links, today=TODAY, mode=Mode.MONEY, currency="EUR")


def rows(summary: Summary) -> dict[str, Row]:
    return {row.item.key: row for row in summary.rows}


def in_weeks(weeks: float) -> date:
    return TODAY + timedelta(weeks=weeks)


@pytest.mark.parametrize("seed", range(8))
def test_rows_and_totals_are_priced_as_time_goes_by(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seed repeats the items
    items = [
        *random_items(random, 6),
        Item("Z", 5, 1, place=9, profile="ramp", profile_weeks=26),
    ]
    summary = ranked([*items])
    assert summary.over_time
    for row in summary.rows:
        assert row.delay_cost == pytest.approx(delay(row.item, row.ends), rel=1e-4)
        assert row.ends == pytest.approx(row.starts + row.item.duration)
    totals = summary.totals
    assert totals.order == pytest.approx(sum(row.delay_cost for row in summary.rows))
    assert totals.jira_order == pytest.approx(cost(items), rel=1e-4)
    assert totals.saved == pytest.approx(totals.jira_order - totals.order)
    assert totals.saved >= 0
    assert (totals.gap, totals.lower_bound) == (0, totals.order)


def test_a_ranking_over_time_survives_being_kept_as_json() -> None:
    items: list[Item | Gap] = [
        Item("A", 5, 1, profile="short", profile_weeks=3, penalty=7),
        Item("B", 5, 2, place=1, deadline=in_weeks(2)),
    ]
    summary = ranked(items)
    text = json.dumps(summary_to_json(summary), allow_nan=False)
    assert summary_from_json(json.loads(text)) == summary


def test_jira_s_order_is_priced_by_the_same_curves() -> None:
    """D first: 2 weeks, in time; A ends at 3. A first: A at 1, D at 3, a week late."""
    items: list[Item | Gap] = [
        Item("A", 4, 1, place=0),
        Item("D", 90, 2, place=1, deadline=in_weeks(2)),
    ]
    totals = ranked(items).totals
    assert (totals.jira_order, totals.order, totals.saved) == (94, 12, 82)


def test_a_date_that_the_next_item_would_break_goes_before_it() -> None:
    items: list[Item | Gap] = [
        Item("A", 9_000, 2, place=0),
        Item("B", 1_000, 4, place=1),
        Item("D", 5_000, 3, place=2, deadline=in_weeks(8)),
    ]
    found = rows(ranked(items))
    assert [found[key].place for key in "ADB"] == [1, 2, 3]
    assert found["D"].why == (
        "Goes before B, after which it would end too late: it must start by 2026-12-28"
    )
    assert found["D"].latest_start == in_weeks(5)
    assert (found["D"].rate, found["D"].delay_cost) == (0, 0)


def test_a_date_with_time_to_spare_waits() -> None:
    """D and E fit between A and Z either way round; E is the one that Z would break."""
    items: list[Item | Gap] = [
        Item("A", 9_000, 2, place=0),
        Item("D", 5_000, 3, place=1, deadline=in_weeks(8)),
        Item("E", 5_000, 3, place=2, deadline=in_weeks(9)),
        Item("Z", 1_000, 4, place=3),
    ]
    found = rows(ranked(items))
    assert [found[key].place for key in "ADEZ"] == [1, 2, 3, 4]
    assert found["D"].why == "Waits: its deadline leaves time until 2026-12-28"
    assert found["E"].why.startswith("Goes before Z, after which it would end too late")


def test_what_must_end_late_says_by_how_much() -> None:
    items: list[Item | Gap] = [
        Item("A", 90_000, 2, place=0),
        Item("D", 10, 3, place=1, deadline=in_weeks(4)),
        Item("Z", 1, 3, place=2, profile="ramp"),
    ]
    late = rows(ranked(items))["D"]
    assert late.why == (
        "Ends 1.0 weeks after its deadline 2026-12-21: what stands above loses more by"
        " waiting"
    )
    assert late.delay_cost == 10


def test_a_profile_says_what_it_loses_now_and_by_its_turn() -> None:
    """B's curve falls from 100 to nothing in four weeks: a week in, 75; after 3, 25."""
    items: list[Item | Gap] = [
        Item("A", 900, 2, place=0),
        Item("B", 100, 1, place=1, profile="short", profile_weeks=4),
    ]
    row = rows(ranked(items))["B"]
    assert (row.rate, row.place, row.delay_cost) == (75, 2, 187.5)
    assert row.why.startswith("Loses 75 EUR a week now, 25 EUR by its turn")


def test_a_blocker_is_pulled_by_what_its_item_will_lose() -> None:
    items: list[Item | Gap] = [
        Item("C", 5_000, 3, place=0),
        Item("A", 1, 2, place=1),
        Item("D", 40_000, 2, place=2, deadline=in_weeks(4)),
    ]
    found = rows(ranked(items, (Link("A", "D"),)))
    assert [found[key].place for key in "ADC"] == [1, 2, 3]
    assert found["A"].why == "Pulled forward: it blocks D, worth 40,000 EUR a week"


def test_rows_by_cd3_say_so_where_their_neighbours_allow() -> None:
    items: list[Item | Gap] = [
        Item("A", 900, 1, place=0),
        Item("B", 100, 1, place=1),
        Item("R", 10, 1, place=2, profile="ramp"),
    ]
    found = rows(ranked(items))
    assert found["A"].why.startswith("Highest cost of delay per week of work")
    assert found["B"].why == "Next highest cost of delay per week of work: 100 EUR"


def test_explanations_name_no_value_that_would_not_do_it() -> None:
    items: list[Item | Gap] = [
        Item("A", 900, 1, place=0),
        Item("B", 100, 1, place=1, profile="short"),
        Item("R", 10, 1, place=2, profile="ramp"),
    ]
    summary = ranked(items)
    for key in "ABR":
        found = explain(summary, key)
        assert found is not None
        assert "None" not in found.formula
        for turn in found.turns:
            assert turn.cost_of_delay is None
            assert "None" not in turn.note


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("tolerance", [0.0, 0.05, 10.0])
def test_near_today_loses_no_more_than_it_may(seed: int, tolerance: float) -> None:
    random = Random(seed)  # noqa: S311 - a seed repeats the items
    items = [
        *random_items(random, 12),
        Item("Z", 5, 1, place=12, profile="ramp", profile_weeks=9),
    ]
    links = [Link(items[3].key, items[1].key)]
    strict = weigh_backlog(items, links, today=TODAY, mode=Mode.MONEY, currency="EUR")
    near = strict.near_today(tolerance)
    keys = list(near.order.keys)
    assert sorted(keys) == sorted(item.key for item in items)
    assert keys.index(items[3].key) < keys.index(items[1].key)
    most = strict.totals.order * (1 + tolerance)
    assert near.totals.order <= most * (1 + 1e-9)
    assert near.totals.lower_bound <= strict.totals.order * (1 + 1e-9)
    by_key = {item.key: item for item in items}
    assert near.totals.order == pytest.approx(
        cost([by_key[key] for key in keys]), rel=1e-4
    )


def test_near_today_leaves_all_as_it_is_where_that_is_cheap_enough() -> None:
    items = [
        Item("A", 100, 1, place=0, deadline=in_weeks(40)),
        Item("B", 101, 1, place=1),
        Item("C", 102, 1, place=2, profile="short"),
    ]
    strict = weigh_backlog(items, [], today=TODAY, mode=Mode.MONEY, currency="EUR")
    assert strict.order.keys != ("A", "B", "C")
    assert strict.near_today(3.0).order.keys == ("A", "B", "C")
