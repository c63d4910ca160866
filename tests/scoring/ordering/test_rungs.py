"""Each rung of the ladder keeps a best order, and bounds it from below, by itself."""

from random import Random

import pytest

from scoring.ordering.chunks import Chunk, ratio_of
from scoring.ordering.closure import closed_split, surplus
from scoring.ordering.ideals import ideal_order
from scoring.ordering.network import Network, members_of
from scoring.ordering.polytree import tree_split
from scoring.ordering.programme import solve_programme
from scoring.ordering.reducing import contract, dominate
from scoring.ordering.relaxation import forest_bound
from scoring.ordering.search import Block, Found
from tests.scoring.ordering.instances import (
    Instance,
    best_cost,
    broken,
    delay_cost,
    random_instance,
)

SEEDS = range(6)


def sorted_instance(random: Random, most: int = 8) -> Instance:
    """Number the jobs so that every link runs upwards."""
    weights, durations, edges = random_instance(random, most)
    order: list[int] = []
    while len(order) < len(weights):
        order += [
            job
            for job in range(len(weights))
            if job not in order and all(a in order for a, b in edges if b == job)
        ]
    return Instance(
        [weights[job] for job in order],
        [durations[job] for job in order],
        [(order.index(a), order.index(b)) for a, b in edges],
    )


def block_of(instance: Instance) -> Block:
    jobs = [
        Chunk(ratio_of(w, p), w, p, [i])
        for i, (w, p) in enumerate(
            zip(instance.weights, instance.durations, strict=True)
        )
    ]
    needs = [[a for a, b in instance.edges if b == job] for job in range(len(jobs))]
    return Block(jobs, needs)


def network_of(instance: Instance) -> Network:
    return Network.from_links(*block_of(instance))


def best_within(instance: Instance, net: Network, mask: int) -> float:
    """Brute force over what is left of a network, with its chunks written out."""
    jobs = list(members_of(mask))
    chunks = [net.jobs[job] for job in jobs]
    apart = best_cost(
        Instance(
            [chunk.weight for chunk in chunks],
            [chunk.duration for chunk in chunks],
            [
                (jobs.index(a), at)
                for at, job in enumerate(jobs)
                for a in members_of(net.before[job] & mask)
            ],
        )
    )
    inside = sum(
        delay_cost(instance, chunk.members) - chunk.weight * chunk.duration
        for chunk in chunks
    )
    return apart + inside


@pytest.mark.parametrize("seed", SEEDS)
def test_gluing_and_added_links_leave_a_best_order(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seed repeats the jobs
    glued = linked = 0
    for _ in range(100):
        instance = sorted_instance(random)
        best = pytest.approx(best_cost(instance), rel=1e-9, abs=1e-9)
        everyone = (1 << len(instance.weights)) - 1
        net = network_of(instance)
        richer = dominate(net, everyone)
        if richer is not None:
            linked += 1
            assert best_within(instance, richer, everyone) == best
        mask = contract(net, everyone)
        glued += mask != everyone
        assert best_within(instance, net, mask) == best
    assert min(glued, linked) > 20


@pytest.mark.parametrize("seed", SEEDS)
def test_both_splits_find_the_most_profitable_closed_set(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seed repeats the jobs
    for _ in range(100):
        instance = sorted_instance(random)
        block = block_of(instance)
        profits = surplus(instance.weights, instance.durations)
        size = len(profits)
        closed = [
            chosen
            for chosen in range(1 << size)
            if all(chosen >> a & 1 or not chosen >> b & 1 for a, b in instance.edges)
        ]
        worth = {c: sum(profits[i] for i in range(size) if c >> i & 1) for c in closed}
        best = max(worth.values())
        proper = [c for c in closed if worth[c] == best and 0 < c < (1 << size) - 1]
        for split in [closed_split, *[tree_split] * is_tree(instance)]:
            if connected(instance):
                stages = split(profits, block.needs)
                heads = heads_of(stages)
                assert heads <= set(proper) if proper else not heads
                if not best:
                    assert len(heads) == longest_nest(proper)


def heads_of(stages: list[int]) -> set[int]:
    """Collect what is done after each stage but the last, as bit sets."""
    return {
        sum(1 << job for job, stage in enumerate(stages) if stage < upto)
        for upto in range(1, max(stages) + 1)
    }


def longest_nest(sets: list[int]) -> int:
    """Count the longest run of sets, each of which holds the one before it."""
    depth: dict[int, int] = {}
    for outer in sorted(sets, key=int.bit_count):
        inner = [depth[one] for one in depth if one & ~outer == 0]
        depth[outer] = 1 + max(inner, default=0)
    return max(depth.values(), default=0)


def connected(instance: Instance) -> bool:
    seen = {0}
    for _ in instance.weights:
        seen |= {b for a, b in instance.edges if a in seen}
        seen |= {a for a, b in instance.edges if b in seen}
    return len(seen) == len(instance.weights)


def is_tree(instance: Instance) -> bool:
    return connected(instance) and len(instance.edges) == len(instance.weights) - 1


@pytest.mark.parametrize("seed", SEEDS)
def test_ideals_programme_and_forest_against_brute_force(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seed repeats the jobs
    solved = 0
    for _ in range(15):
        instance = sorted_instance(random)
        block, net, best = block_of(instance), network_of(instance), best_cost(instance)
        size = len(instance.weights)
        order = ideal_order(net.jobs, net.before, (1 << size) - 1)
        assert order is not None
        assert delay_cost(instance, order) == pytest.approx(best, rel=1e-9, abs=1e-9)
        programme = solve_programme(block)
        if programme is not None:  # else there is but one order
            solved += 1
            check(instance, programme, best)
            assert programme.cost == pytest.approx(best, rel=1e-7, abs=1e-7)
        if one_block(instance):
            check(instance, forest_bound(block), best)
    assert solved > 5


def one_block(instance: Instance) -> bool:
    """No closed set has a higher ratio than the whole."""
    profits = surplus(instance.weights, instance.durations)
    return not any(closed_split(profits, block_of(instance).needs))


def check(instance: Instance, found: Found, best: float) -> None:
    """The order breaks no link and costs what is said; the bound is none too high."""
    assert not broken(instance, found.order)
    assert found.cost == pytest.approx(delay_cost(instance, found.order), rel=1e-9)
    assert found.bound <= best + 1e-9 * max(1.0, abs(best))
    assert found.cost >= best - 1e-9 * max(1.0, abs(best))
