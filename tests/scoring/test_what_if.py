"""Other numbers for an item do what ordering all anew by brute force says."""

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.item import Gap, Item, Link, Mode
from scoring.weighing import Ranking, weigh_backlog
from scoring.what_if import Change, ranking_of, what_if

TODAY = date(2026, 11, 23)
Numbers = list[tuple[int, int]]
NUMBERS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 9)), min_size=1, max_size=5
)


def ranked(numbers: Numbers, links: list[tuple[int, int]]) -> Ranking:
    items: list[Item | Gap] = [
        Item(f"A-{n}", rate, weeks, place=n) for n, (rate, weeks) in enumerate(numbers)
    ]
    pairs = [Link(f"A-{a}", f"A-{b}") for a, b in links]
    return weigh_backlog(items, pairs, today=TODAY, mode=Mode.MONEY, currency="EUR")


def cheapest(numbers: Numbers, links: list[tuple[int, int]]) -> int:
    """Try every order that breaks no link."""
    costs = []
    for order in permutations(range(len(numbers))):
        if all(order.index(a) < order.index(b) for a, b in links):
            ends = cost = 0
            for row in order:
                ends += numbers[row][1]
                cost += numbers[row][0] * ends
            costs.append(cost)
    return min(costs)


@given(NUMBERS, st.integers(0, 80), st.integers(1, 12), st.data())
@settings(max_examples=60, deadline=None)
def test_it_adds_what_the_best_of_all_orders_adds(
    numbers: Numbers, rate: int, weeks: int, data: st.DataObject
) -> None:
    size = len(numbers)
    pair = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))
    links = [(a, b) for a, b in data.draw(st.lists(pair, max_size=4)) if a < b]
    row = data.draw(st.integers(0, size - 1))
    changed = [*numbers[:row], (rate, weeks), *numbers[row + 1 :]]
    found = what_if(ranked(numbers, links), Change(f"A-{row}", rate, weeks, gain=7))
    before, after = cheapest(numbers, links), cheapest(changed, links)
    assert (found.before, found.after) == (before, after)
    assert (found.added, found.net) == (after - before, 7 - (after - before))
    assert found.saved_by_moving >= 0


def test_it_tells_the_place_before_and_after() -> None:
    """B, A, C by 5, 4, 1; at 6 a week C overtakes both: 6 + 5 × 2 + 4 × 3 = 28."""
    found = what_if(ranked([(4, 1), (5, 1), (1, 1)], []), Change("A-2", 6.0))
    assert (found.rank_before, found.rank) == (3, 1)
    assert (found.before, found.after) == (5 + 8 + 3, 28)
    assert found.saved_by_moving == (5 + 8 + 18) - 28


def test_nothing_changes_where_nothing_is_changed() -> None:
    found = what_if(ranked([(4, 2), (4, 2), (4, 2)], []), Change("A-1"))
    assert (found.rank, found.added, found.saved_by_moving) == (2, 0, 0)


def test_a_deadline_counts_as_time_goes_by() -> None:
    """Two weeks fit before the deadline in three; if they are four, one is late."""
    items: list[Item | Gap] = [
        Item("D", 70, 2, place=0, deadline=date(2026, 12, 14)),
        Item("A", 1, 1, place=1),
    ]
    ranking = weigh_backlog(items, [], today=TODAY, mode=Mode.MONEY, currency="EUR")
    assert ranking.totals.order == 1  # A first: D then ends on the very day
    found = what_if(ranking, Change("D", duration=4.0))
    # D first is one week late and A ends after 5: 70 + 5; A first makes D 2 weeks late.
    assert (found.rank_before, found.rank, found.after) == (2, 1, 75)


def test_a_summary_is_ordered_anew_as_it_was() -> None:
    ranking = ranked([(4, 1), (9, 3), (5, 1), (1, 1)], [(0, 1), (3, 1)])
    again = ranking_of(ranking.summary())
    assert again.order.keys == ranking.order.keys
    assert again.totals.order == ranking.totals.order


@pytest.mark.parametrize("change", [Change("A-0", 1e30), Change("A-0", duration=-1.0)])
def test_what_cannot_be_planned_with_is_refused(change: Change) -> None:
    with pytest.raises(ValueError, match="beyond"):
        what_if(ranked([(1, 1)], []), change)


def test_an_item_that_is_not_in_the_order_is_refused() -> None:
    with pytest.raises(KeyError, match="A-9"):
        what_if(ranked([(1, 1)], []), Change("A-9", 1.0))


def test_many_that_wait_for_many_through_one_issue_are_ordered_anew() -> None:
    """The links between them, spelt out, would be 250,000."""
    size = 500
    read: list[Item | Gap] = [
        Item(f"{kind}-{n}", float(n % 7 + (kind == "B")), 1.0, place=n)
        for kind in "AB"
        for n in range(size)
    ]
    links = [Link(f"A-{n}", "U") for n in range(size)]
    links += [Link("U", f"B-{n}") for n in range(size)]
    ranking = weigh_backlog(
        [*read, Gap("U", "no duration")],
        links,
        today=TODAY,
        mode=Mode.MONEY,
        currency="EUR",
    )
    again = ranking_of(ranking.summary())
    assert again.order.keys == ranking.order.keys
    found = what_if(again, Change("B-0", 1e6))
    assert (found.rank, found.before) == (size + 1, ranking.totals.order)
