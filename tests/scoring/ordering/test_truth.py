"""The order equals the best of all orders, and its lower bound is never above it."""

from random import Random

import numpy as np
import pytest

from scoring.ordering.arrays import order_arrays
from tests.scoring.ordering.instances import (
    best_cost,
    broken,
    delay_cost,
    random_instance,
)

# Twelve backlogs of five hundred, and a few larger ones in which more can go wrong.
CASES = [(seed, 500, 9) for seed in range(12)] + [(99, 80, 12)]


@pytest.mark.parametrize(("seed", "count", "most"), CASES)
def test_equals_brute_force_on_random_backlogs(
    seed: int, count: int, most: int
) -> None:
    random = Random(seed)  # noqa: S311 - a seed repeats the backlogs
    for _ in range(count):
        instance = random_instance(random, most)
        found = order_arrays(
            np.array(instance.weights),
            np.array(instance.durations),
            np.array(instance.edges, dtype=np.intp).reshape(-1, 2),
        )
        order = found.order.tolist()
        best = best_cost(instance)
        assert sorted(order) == list(range(len(instance.weights)))
        assert not broken(instance, order), instance
        assert delay_cost(instance, order) == pytest.approx(best, rel=1e-9, abs=1e-9), (
            instance
        )
        assert found.lower_bound <= best + 1e-9 * max(1, abs(best))
        assert found.gap == 0
