"""A pin's price is the difference of two totals, and no link is broken for it."""

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.item import Gap, Item, Link, Mode
from scoring.pin import hold, price_pin
from scoring.weighing import Ranking, weigh_backlog

TODAY = date(2026, 11, 23)


def ranked(read: list[Item | Gap], *links: tuple[str, str]) -> Ranking:
    pairs = [Link(*link) for link in links]
    return weigh_backlog(read, pairs, today=TODAY, mode=Mode.MONEY, currency="EUR")


# By CD3: A 10, B 5, C 2, D 1.
FOUR: list[Item | Gap] = [
    Item("A", 10, 1, place=0),
    Item("B", 10, 2, place=1),
    Item("C", 2, 1, place=2),
    Item("D", 3, 3, place=3),
]


def test_the_price_is_what_the_others_wait_for_it() -> None:
    """D first: A, B and C wait its 3 weeks, 22 a week; D itself ends 4 weeks sooner."""
    found = price_pin(ranked(FOUR), "D", 1)
    assert (found.rank, found.place, found.price) == (4, 1, 22 * 3 - 3 * 4)


def test_its_own_place_costs_nothing() -> None:
    assert price_pin(ranked(FOUR), "B", 2).price == 0


def test_a_blocker_goes_first_and_along() -> None:
    """C blocks D: first can only be C, then D. A and B wait 4 weeks, 20 a week."""
    found = price_pin(ranked(FOUR, ("C", "D")), "D", 1)
    assert (found.asked, found.place, found.along) == (1, 2, ("C",))
    # before: A 1, B 3, C 4, D 7; after: C 1, D 4, A 5, B 7
    assert found.price == (2 + 12 + 50 + 70) - (10 + 30 + 8 + 21)


def test_a_deadline_is_priced_as_time_goes_by() -> None:
    """D must begin at once; held behind A it ends one week late."""
    read: list[Item | Gap] = [
        Item("D", 70, 2, place=0, deadline=date(2026, 12, 7)),
        Item("A", 1, 1, place=1),
    ]
    found = price_pin(ranked(read), "D", 2)
    assert (found.rank, found.place, found.price) == (1, 2, (70 + 1) - 3)


def test_an_item_that_is_not_in_the_order_is_refused() -> None:
    with pytest.raises(KeyError, match="X"):
        price_pin(ranked(FOUR), "X", 1)


@given(st.integers(2, 5), st.integers(-3, 9), st.data())
@settings(max_examples=150, deadline=None)
def test_it_stands_as_near_as_any_order_without_a_broken_link_allows(
    size: int, place: int, data: st.DataObject
) -> None:
    keys = [f"K{n}" for n in range(size)]
    pair = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))
    links = {(a, b) for a, b in data.draw(st.sets(pair, max_size=5)) if a < b}
    blockers = {
        keys[b]: [keys[a] for a, other in sorted(links) if other == b]
        for _, b in sorted(links)
    }
    key = data.draw(st.sampled_from(keys))
    held, along = hold(keys, blockers, key, place)
    assert sorted(held) == keys
    allowed = [
        order.index(key) + 1
        for order in permutations(keys)
        if all(order.index(keys[a]) < order.index(keys[b]) for a, b in links)
    ]
    nearest = min(allowed, key=lambda one: abs(one - place))
    assert held.index(key) + 1 == nearest
    assert all(held.index(keys[a]) < held.index(keys[b]) for a, b in links)
    # What neither holds it nor waits for it keeps its order; the rest moves along.
    stays = [one for one in keys if one not in along and one != key]
    assert [one for one in held if one in stays] == stays
