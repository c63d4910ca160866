"""A first order takes what loses most by waiting; of equals what stands first today."""

import numpy as np
import pytest

from scoring.item import Item
from scoring.profiles.dispatch import dispatch, dispatch_coarsely
from scoring.profiles.shapes import Floats, Ints, curves_of
from tests.scoring.profiles.instances import TODAY

# Four looks ahead and 60 million rows: two rows a step.
MANY = 5_000


def dispatched(costs: Ints, *, coarsely: bool) -> Ints:
    """Dispatch items of a week each, whose costs of delay never change."""
    items = [Item(f"A-{n}", float(cost), 1.0) for n, cost in enumerate(costs)]
    weeks: Floats = np.ones(len(costs))
    rule = dispatch_coarsely if coarsely else dispatch
    return rule(curves_of(items, TODAY), weeks)


@pytest.mark.parametrize(("size", "coarsely"), [(MANY, False), (1_000, True)])
def test_several_rows_a_step_stand_by_their_cost_and_equal_ones_by_today(
    size: int, *, coarsely: bool
) -> None:
    costs = np.random.default_rng(7).integers(0, 5, size)
    for line in dispatched(costs, coarsely=coarsely):
        assert line.tolist() == np.argsort(-costs, kind="stable").tolist()
