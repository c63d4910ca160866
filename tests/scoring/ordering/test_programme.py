"""The programme is sharpened by cuts that no order breaks; it never bounds too high."""

from itertools import combinations, permutations
from random import Random

import numpy as np
import pytest

from bench.backlogs import two_layers
from scoring.ordering.chunks import Chunk, ratio_of
from scoring.ordering.dragging import dragged, greedy_orders
from scoring.ordering.model import Model, Rows, model_of, with_rows
from scoring.ordering.programme import solve_programme
from scoring.ordering.search import Block, cost_of
from scoring.ordering.solver import loaded, solved
from scoring.ordering.triangles import triangles
from tests.scoring.ordering.instances import best_cost
from tests.scoring.ordering.test_rungs import block_of, sorted_instance


def layers(size: int, links: int, seed: int) -> Block:
    """All sources come before all sinks already; one block or not does not matter."""
    weights, durations, edges = two_layers(size, links, seed)
    jobs = [
        Chunk(ratio_of(w, p), w, p, [i])
        for i, (w, p) in enumerate(
            zip(weights.tolist(), durations.tolist(), strict=True)
        )
    ]
    needs = [sorted(a for a, b in edges.tolist() if b == job) for job in range(size)]
    return Block(jobs, needs)


def relaxed(model: Model) -> float:
    return solved(model, loaded(model))[1]


def test_of_three_sources_only_one_comes_last() -> None:
    # Each sink waits for two of three sources. The programme of pairs lets every sink
    # be half done before the source it does not wait for; in truth one is at most.
    jobs = [Chunk(0.0, 0.0, 1.0, [i]) for i in range(3)]
    jobs += [Chunk(ratio_of(1.0, 0.0), 1.0, 0.0, [i]) for i in range(3, 6)]
    block = Block(jobs, [[], [], [], [1, 2], [0, 2], [0, 1]])
    model = model_of(block)
    assert model is not None
    best = min(
        sum(1 + max(order.index(a) for a in pair) for pair in combinations(range(3), 2))
        for order in permutations(range(3))
    )
    assert best == 8
    assert relaxed(model) == pytest.approx(7.5)
    found = solve_programme(block)
    assert found is not None
    assert found.bound == pytest.approx(best)
    assert found.cost == best


def test_no_order_breaks_a_cut() -> None:
    """Whatever a solution claims, the statements of a cut exclude each other."""
    numbers, cuts = np.random.default_rng(1), 0
    for seed in range(8):
        before = layers(7, 2, seed).needs
        claims = numbers.uniform(0.3, 1.0, (7, 7))
        for job, row in enumerate(before):
            claims[job, [*row, job]] = -1.0
            claims[row, job] = -1.0
        orders = [
            order
            for order in permutations(range(7))
            if all(order.index(a) < order.index(b) for b in range(7) for a in before[b])
        ]
        for triangle in triangles(claims, before):
            cuts += 1
            assert sum(claims[pair] for pair in triangle) > 1
            for order in orders:
                assert sum(order.index(u) < order.index(v) for u, v in triangle) <= 1
    assert cuts


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_never_passes_the_best_order(seed: int) -> None:
    random = Random(100 + seed)  # noqa: S311 - a seed repeats the jobs
    for _ in range(25):
        instance = sorted_instance(random, 9)
        found, best = solve_programme(block_of(instance)), best_cost(instance)
        if found is not None:
            assert found.bound <= best + 1e-9 * max(1.0, abs(best))
            assert found.cost <= best + 1e-7 * max(1.0, abs(best))


@pytest.mark.parametrize("seed", range(3))
def test_cuts_prove_what_whole_numbers_prove(seed: int) -> None:
    """Layers of twelve: the plain programme in whole numbers knows the truth."""
    block = layers(24, 4, seed)
    model = model_of(block)
    assert model is not None
    order = dragged(block, greedy_orders(block))
    _, bound = solved(model, loaded(model, whole=order), whole=True)
    found = solve_programme(block)
    assert found is not None
    assert found.cost == pytest.approx(bound, rel=1e-7)
    assert found.bound <= cost_of(block, order) * (1 + 1e-9)
    assert found.bound == pytest.approx(bound, rel=1e-7)


def test_rows_that_are_added_count_in_the_bound() -> None:
    block = layers(24, 4, seed=1)
    model = model_of(block)
    assert model is not None
    least = relaxed(model)
    column = int(np.argmax(np.abs(model.costs)))
    sign = 1.0 if model.costs[column] < 0 else -1.0  # towards what costs more
    row = Rows(
        np.array([[column, 0, 0]], dtype=np.int32),
        np.array([[sign, 0.0, 0.0]]),
        np.array([0.0 if sign > 0 else -1.0]),
    )
    assert relaxed(with_rows(model, row)) > least
