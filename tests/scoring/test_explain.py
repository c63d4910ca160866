"""The values that an explanation names do change the order, and just those."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explain import Explanation, explain
from scoring.item import Gap, Item, Link, Mode, Source
from scoring.ranking import rank_backlog
from scoring.summary import Summary

TODAY = date(2026, 11, 23)
SOURCE = Source("cost_of_delay", "customfield_1", "12k", 12_000, "EUR per week")


def ranked(read: list[Item | Gap], links: tuple[Link, ...] = ()) -> Summary:
    return rank_backlog(read, links, today=TODAY, mode=Mode.MONEY, currency="EUR")


def explained(summary: Summary, key: str) -> Explanation:
    found = explain(summary, key)
    assert found is not None
    return found


def order(read: list[Item | Gap]) -> list[str]:
    return [row.item.key for row in ranked(read).rows]


ITEMS = st.lists(
    st.tuples(st.integers(1, 20), st.integers(1, 8)), min_size=2, max_size=6
).map(
    lambda pairs: [
        Item(f"A-{n}", rate, weeks, place=n) for n, (rate, weeks) in enumerate(pairs)
    ]
)


@given(ITEMS, st.data())
def test_a_turn_happens_beyond_its_value_and_not_before(
    items: list[Item], data: st.DataObject
) -> None:
    item = data.draw(st.sampled_from(items))
    for turn in explained(ranked([*items]), item.key).turns:
        assert turn.cost_of_delay is not None
        assert turn.duration is not None
        for share in (0.999, 1.001):
            dearer = replace(item, cost_of_delay=turn.cost_of_delay * share)
            longer = replace(item, duration=turn.duration / share)
            for changed in (dearer, longer):
                others = [changed if one is item else one for one in items]
                found = order([*others])
                ahead = found.index(item.key) < found.index(turn.against)
                assert ahead == (share > 1)


@given(ITEMS, st.data())
def test_the_value_itself_suffices_only_where_today_s_order_says_so(
    items: list[Item], data: st.DataObject
) -> None:
    item = data.draw(st.sampled_from(items))
    for turn in explained(ranked([*items]), item.key).turns:
        other = next(one for one in items if one.key == turn.against)
        tied = replace(item, cost_of_delay=other.cost_of_delay, duration=other.duration)
        found = order([tied if one is item else one for one in items])
        ahead = found.index(item.key) < found.index(turn.against)
        assert turn.inclusive == (ahead != (turn.goal == "down"))


def test_inputs_formula_and_neighbours_are_told() -> None:
    item = Item("B", 12_000, 3, place=1, sources=(SOURCE,))
    summary = ranked([Item("A", 1, 1, place=0), item, Item("C", 9_000, 1, place=2)])
    found = explained(summary, "B")
    assert found.row is not None
    assert found.row.item.sources == (SOURCE,)
    assert found.formula == "12,000 EUR per week ÷ 3 weeks = 4,000 EUR per week of work"
    assert found.above is not None
    assert found.below is not None
    assert (found.above.item.key, found.below.item.key) == ("C", "A")


def test_a_blocker_above_holds_the_place() -> None:
    items = [Item("A", 1, 1, place=0), Item("B", 10, 1, place=1)]
    summary = ranked([*items], (Link("A", "B"),))
    first, up = explained(summary, "B").turns
    assert first.held_by == up.held_by == "A"
    assert up.note == "A must come first, by a link"
    (down,) = explained(summary, "A").turns
    assert (down.held_by, down.note) == ("B", "B must come later, by a link")


def test_a_linked_neighbour_is_named_with_its_link() -> None:
    items = [Item("A", 1, 1, place=0), Item("B", 10, 1, place=1), Item("C", 2, 1)]
    first, up = explained(ranked([*items], (Link("A", "B"),)), "C").turns
    assert (first.against, first.held_by) == ("A", "B")
    assert (up.against, up.held_by) == ("B", "A")
    assert up.cost_of_delay is None


def test_before_its_time_only_the_date_counts() -> None:
    late = Item("L", 90_000, 1, deadline=date(2027, 12, 31))
    found = explained(ranked([Item("A", 1, 1), late]), "L")
    assert "2027-12-24" in found.turns[0].note
    assert found.formula.endswith("from 2027-12-24 on 90,000 EUR per week count")


def test_a_gap_is_explained_by_its_reason() -> None:
    found = explained(ranked([Gap("G", "cost of delay is empty")]), "G")
    assert (found.row, found.formula) == (None, "Not scored: cost of delay is empty")


def test_an_unknown_issue_has_no_explanation() -> None:
    assert explain(ranked([]), "X") is None


@pytest.mark.parametrize(("cost", "key"), [(1.0, "Z"), (5.0, "A")])
def test_nothing_is_divided_by_no_duration(cost: float, key: str) -> None:
    summary = ranked([Item("Z", cost, 0, place=1), Item("A", 1, 1)])
    for turn in explained(summary, key).turns:
        assert turn.cost_of_delay is None
