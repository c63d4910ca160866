"""The values that an explanation names do change the order, and just those."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.explain import Explanation, break_evens, explain
from scoring.item import Gap, Item, Link, Mode, Source
from scoring.ranking import rank_backlog, summary_from_json, summary_to_json
from scoring.summary import Summary
from scoring.weighing import weigh_backlog
from scoring.what_if import Change, what_if

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


def test_within_a_tolerance_no_value_is_told_that_would_already_do() -> None:
    """B's 10.01 beat A's 10, but moving it would gain next to nothing."""
    items = [Item("A", 10, 1, place=0), Item("B", 10.01, 1, place=1)]
    best = weigh_backlog(items, [], today=TODAY, mode=Mode.MONEY, currency="EUR")
    kept = best.near_today(0.01).summary()
    assert [row.item.key for row in kept.rows] == ["A", "B"]
    for turn in (*explained(kept, "A").turns, *explained(kept, "B").turns):
        assert turn.cost_of_delay is None
        assert turn.note.endswith("the tolerance keeps it here")


def test_what_links_place_together_is_passed_as_a_whole() -> None:
    """A and B are worth 11 in two weeks; C goes before both or stays behind both."""
    items = [Item("A", 1, 1, place=1), Item("B", 10, 1, place=2), Item("C", 2, 1)]
    found = ranked([*items], (Link("A", "B"),))
    first, up = explained(found, "C").turns
    assert (first.against, first.cost_of_delay, first.held_by) == ("A", 5.5, None)
    assert (up.against, up.cost_of_delay, up.inclusive) == ("B", 5.5, True)
    [down] = [turn for turn in explained(found, "A").turns if turn.against == "B"]
    assert down.note == "B must come later, by a link"
    first, up = explained(found, "B").turns[:2]
    assert (first.note, first.held_by) == ("A must come first, by a link", "A")


def test_a_link_that_does_not_bind_holds_nothing() -> None:
    """B waits for A, and stands apart from it: C alone decides what it passes."""
    items = [Item("A", 10, 1, place=0), Item("C", 4, 1, place=1)]
    found = ranked([*items, Item("B", 1, 1, place=2)], (Link("A", "B"),))
    first, _, down = explained(found, "C").turns
    assert (first.cost_of_delay, first.held_by) == (10, None)
    assert (down.cost_of_delay, down.held_by) == (1, None)
    first, up = explained(found, "B").turns
    assert (first.against, first.held_by) == ("A", "A")
    assert (up.against, up.cost_of_delay) == ("C", 4)


def test_an_order_kept_without_its_blocks_tells_no_value_of_what_is_linked() -> None:
    items = [Item("A", 1, 1, place=1), Item("B", 10, 1, place=2), Item("C", 2, 1)]
    found = ranked([*items], (Link("A", "B"),))
    plain = summary_to_json(found)
    for row in plain["rows"]:
        del row["block"]
    for turn in explained(summary_from_json(plain), "C").turns:
        assert (turn.cost_of_delay, turn.held_by) == (None, None)
        assert turn.note.startswith("links may decide")


LINKS = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=5)


@settings(max_examples=100)
@given(ITEMS, LINKS, st.data())
def test_each_value_that_is_told_is_where_the_order_turns(
    items: list[Item], pairs: set[tuple[int, int]], data: st.DataObject
) -> None:
    """Just above it the item passes, just below it does not: also where links are."""
    links = [Link(f"A-{a}", f"A-{b}") for a, b in sorted(pairs) if a < b < len(items)]
    shuffled = data.draw(st.permutations(items))
    given_ = [replace(item, place=n) for n, item in enumerate(shuffled)]
    ranking = weigh_backlog(given_, links, today=TODAY, mode=Mode.MONEY, currency="EUR")
    key = data.draw(st.sampled_from(given_)).key
    for turn in break_evens(ranking.summary(), key, most=200):
        if turn.cost_of_delay is None:
            assert turn.held_by
            continue
        assert turn.duration is not None
        for share in (0.999, 1.001):
            dearer = Change(key, cost_of_delay=turn.cost_of_delay * share)
            longer = Change(key, duration=turn.duration / share)
            for change in (dearer, longer):
                rank = what_if(ranking, change).rank
                ahead = rank < turn.place + (turn.goal != "down")
                assert ahead == (share > 1), (turn, change)


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
