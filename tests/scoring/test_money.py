"""Every priced change equals the difference of two totals added up by hand."""

import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Item
from scoring.money import break_even, cd3, price_order

NUMBERS = st.lists(
    st.tuples(st.integers(-5, 50), st.integers(1, 9)), min_size=1, max_size=9
)


def total(numbers: list[tuple[int, int]]) -> int:
    ends = cost = 0
    for rate, weeks in numbers:
        ends += weeks
        cost += rate * ends
    return cost


def items(numbers: list[tuple[int, int]]) -> list[Item]:
    return [Item(f"A-{n}", rate, weeks) for n, (rate, weeks) in enumerate(numbers)]


@given(NUMBERS)
def test_an_order_costs_the_sum_of_rate_times_completion(
    numbers: list[tuple[int, int]],
) -> None:
    assert price_order(items(numbers)).cost == total(numbers)


@given(NUMBERS, st.data())
def test_a_move_costs_the_difference_of_two_totals(
    numbers: list[tuple[int, int]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(numbers) - 1))
    to = data.draw(st.integers(0, len(numbers) - 1))
    moved = [*numbers[:place], *numbers[place + 1 :]]
    moved.insert(to, numbers[place])
    difference = total(moved) - total(numbers)
    assert price_order(items(numbers)).move(place, to) == difference


@given(NUMBERS, st.integers(-5, 60), st.integers(1, 12), st.data())
def test_a_what_if_equals_sorting_and_adding_up_anew(
    numbers: list[tuple[int, int]], rate: int, weeks: int, data: st.DataObject
) -> None:
    ranked = sorted(numbers, key=lambda pair: -pair[0] / pair[1])
    place = data.draw(st.integers(0, len(ranked) - 1))
    change = price_order(items(ranked)).change(place, rate=rate, duration=weeks)
    others = [*ranked[:place], *ranked[place + 1 :]]
    seated = [*others[: change.place], (rate, weeks), *others[change.place :]]
    ratios = [pair[0] / pair[1] for pair in seated]
    assert ratios == sorted(ratios, reverse=True)
    assert change.cost == pytest.approx(total(seated) - total(ranked), abs=1e-6)


def test_a_what_if_without_a_change_stays_where_it_is() -> None:
    priced = price_order(items([(4, 2), (2, 1), (6, 3)]))
    change = priced.change(1, rate=2, duration=1)
    assert (change.place, change.cost) == (1, 0)


def test_a_wider_scope_is_not_worth_a_month_of_delay() -> None:
    """Adding 100k once, for one month more at 200k a month, loses 100k (Yip)."""
    priced = price_order([Item("PRODUCT", 200_000, 6)])
    assert 100_000 - priced.change(0, rate=200_000, duration=7).cost == -100_000


@given(NUMBERS, st.data())
def test_gathering_keys_saves_the_difference_of_two_totals(
    numbers: list[tuple[int, int]], data: st.DataObject
) -> None:
    places = list(range(len(numbers)))
    anchor = data.draw(st.sampled_from(places))
    others = [place for place in places if place != anchor]
    chosen = data.draw(st.permutations(others))
    chosen = chosen[: data.draw(st.integers(0, len(others)))]
    side: Literal["before", "after"] = data.draw(st.sampled_from(("before", "after")))
    rest = [place for place in places if place not in chosen]
    at = rest.index(anchor) + (side == "after")
    moved = [*rest[:at], *chosen, *rest[at:]]
    priced = price_order(items(numbers))
    saved = priced.saving([f"A-{n}" for n in chosen], f"A-{anchor}", side)
    assert saved == total(numbers) - total([numbers[place] for place in moved])


def test_no_duration_is_infinite_and_nothing_at_all_is_nothing() -> None:
    assert cd3(3, 0) == math.inf
    assert cd3(-3, 0) == -math.inf
    assert cd3(0, 0) == 0
    assert cd3(9, 4) == 2.25


def test_break_even_values_have_the_ratio_they_are_held_against() -> None:
    assert break_even(10, 2, 20) == (40, 0.5)
    assert break_even(10, 2, 0) == (0, math.inf)
    assert break_even(10, 2, -5)[1] == math.inf
