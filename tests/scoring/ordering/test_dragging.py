"""Orders improve by moves that take along what holds a job back, and break no link."""

from itertools import pairwise
from random import Random

import pytest

from scoring.ordering.chunks import Chunk, ratio_of
from scoring.ordering.dragging import dragged, greedy_orders
from scoring.ordering.search import Block, cost_of, improved, list_order
from tests.scoring.ordering.instances import best_cost, broken
from tests.scoring.ordering.test_rungs import block_of, sorted_instance


def first_order(block: Block) -> list[int]:
    return list_order(block, [-job.ratio for job in block.jobs])


@pytest.mark.parametrize("seed", range(4))
def test_small_orders_come_out_best_nearly_always(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seed repeats the jobs
    best = 0
    for _ in range(60):
        instance = sorted_instance(random)
        block, least = block_of(instance), best_cost(instance)
        order = dragged(block, [first_order(block), *greedy_orders(block)])
        assert sorted(order) == list(range(len(block.jobs)))
        assert not broken(instance, order)
        assert cost_of(block, order) >= least - 1e-9 * max(1.0, abs(least))
        best += cost_of(block, order) <= least + 1e-9 * max(1.0, abs(least))
    assert best >= 59


def test_a_job_takes_its_blockers_along() -> None:
    # A blocker and what it sets free, then two blockers and what they set free, worth
    # more: every move of one job alone loses.
    jobs = zip([0.0, 6.0, 0.0, 0.0, 9.0], [3.0, 0.0, 1.0, 1.0, 0.0], strict=True)
    block = Block(
        [Chunk(ratio_of(w, p), w, p, [i]) for i, (w, p) in enumerate(jobs)],
        [[], [0], [], [], [2, 3]],
    )
    assert improved(block, [0, 1, 2, 3, 4]) == [0, 1, 2, 3, 4]
    assert dragged(block, [[0, 1, 2, 3, 4]]) == [2, 3, 4, 0, 1]


def test_the_same_work_finds_the_same_order() -> None:
    random = Random(7)  # noqa: S311 - a seed repeats the jobs
    block = block_of(sorted_instance(random, 40))
    found = [dragged(block, [first_order(block)]) for _ in range(3)]
    assert all(one == other for one, other in pairwise(found))
