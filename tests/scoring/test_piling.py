"""The pile is what every item has cost by then, and ends at the order's delay cost."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.item import Item
from scoring.piling import pile_up

TODAY = date(2026, 11, 23)
STEPS = st.lists(
    st.tuples(st.integers(-50, 900), st.integers(0, 12)), min_size=1, max_size=9
)


def cost_until(week: float, order: list[tuple[int, int]]) -> float:
    """Let every item cost its rate until it is done, or until this week."""
    total, done = 0.0, 0.0
    for rate, weeks in order:
        done += weeks
        total += rate * min(week, done)
    return total


@given(STEPS)
@settings(deadline=None)
def test_constant_costs_grow_until_each_completion(
    order: list[tuple[int, int]],
) -> None:
    pile = pile_up([Item(f"K{n}", *one) for n, one in enumerate(order)], TODAY)
    assert pile.weeks[-1] == sum(weeks for _, weeks in order)
    expected = [cost_until(week, order) for week in pile.weeks]
    assert pile.costs == pytest.approx(expected)


def test_a_deadline_costs_nothing_until_it_is_missed() -> None:
    """Due in 2 weeks, 10 a week and 5 at once, done after 4; the other 1 a week."""
    items = [
        Item("A", 1, 1),
        Item("D", 10, 3, deadline=TODAY + timedelta(weeks=2), penalty=5),
    ]
    pile = pile_up(items, TODAY)
    assert pile.costs[-1] == 1 + 2 * 10 + 5
    at = {float(week): cost for week, cost in zip(pile.weeks, pile.costs, strict=True)}
    assert at[1.0] == 1
    early = pile.weeks < 2
    assert pile.costs[early] == pytest.approx(np.minimum(pile.weeks[early], 1))


def test_many_items_keep_to_few_points() -> None:
    items = [Item(f"K{n}", 2, 1) for n in range(5_000)]
    pile = pile_up(items, TODAY)
    assert len(pile.weeks) <= 400
    assert (pile.weeks[0], pile.weeks[-1]) == (0, 5_000)
    assert pile.costs[-1] == 2 * 5_000 * 5_001 / 2
