"""However the rows stand, hard blocks give the same cost and the same bound."""

import numpy as np
import pytest

from bench.backlogs import Backlog, comb, tangled, two_layers
from scoring.ordering.arrays import order_arrays
from scoring.ordering.chunks import Chunk, ratio_of
from scoring.ordering.naming import numbered_anew
from scoring.ordering.search import Block, list_order

POINTS = (1.0, 2.0, 3.0, 5.0, 8.0)


def shuffled(backlog: Backlog, seed: int) -> Backlog:
    """Give the same backlog with its rows in another order."""
    rows = np.random.default_rng(seed).permutation(len(backlog.weights))
    place = np.argsort(rows)
    edges = place[backlog.edges]
    return Backlog(backlog.weights[rows], backlog.durations[rows], edges)


def in_points(backlog: Backlog, seed: int) -> Backlog:
    """Put a few points in place of all numbers, as teams that estimate in them do."""
    chance, size = np.random.default_rng(seed), len(backlog.weights)
    weights, durations = chance.choice(POINTS, size), chance.choice(POINTS, size)
    return Backlog(
        np.where(backlog.weights > 0, weights, 0.0),
        np.where(backlog.durations > 0, durations, 0.0),
        backlog.edges,
    )


def block_of(backlog: Backlog) -> Block:
    """Make a block of a whole backlog, its jobs numbered along the links."""
    size = len(backlog.weights)
    needs: list[list[int]] = [[] for _ in range(size)]
    for first, second in backlog.edges.tolist():
        needs[second].append(first)
    pairs = zip(backlog.weights.tolist(), backlog.durations.tolist(), strict=True)
    jobs = [Chunk(ratio_of(w, p), w, p, [at]) for at, (w, p) in enumerate(pairs)]
    order = list_order(Block(jobs, needs), [0.0] * size)
    number = {job: at for at, job in enumerate(order)}
    return Block(
        [jobs[job] for job in order],
        [sorted(number[other] for other in needs[job]) for job in order],
    )


def plain(block: Block) -> tuple[list[tuple[float, float]], list[list[int]]]:
    return [(job.weight, job.duration) for job in block.jobs], block.needs


@pytest.mark.parametrize("seed", [10, 11])
def test_rows_in_another_order_change_neither_cost_nor_bound(seed: int) -> None:
    backlog = two_layers(60, 6, seed)
    first, *others = (
        order_arrays(*one)
        for one in (backlog, shuffled(backlog, 1), shuffled(backlog, 2))
    )
    assert first.gap > 1e-6  # else nothing was searched for
    for other in others:
        assert other.cost == pytest.approx(first.cost, rel=1e-12)
        assert other.lower_bound == pytest.approx(first.lower_bound, rel=1e-12)
        assert other.starts.tolist() == first.starts.tolist()


@pytest.mark.parametrize("points", [False, True], ids=["numbers", "points"])
@pytest.mark.parametrize(
    "backlog",
    [two_layers(60, 3, 1), two_layers(150, 6, 2), comb(50, 3), tangled(150, 600, 4)],
    ids=["two layers of 60", "two layers of 150", "a comb", "tangled"],
)
def test_jobs_are_numbered_by_what_they_are(backlog: Backlog, *, points: bool) -> None:
    given = in_points(backlog, 5) if points else backlog
    named = [
        plain(numbered_anew(block_of(one)))
        for one in (given, shuffled(given, 6), shuffled(given, 7))
    ]
    assert named[0] == named[1] == named[2]
    for job, earlier in enumerate(named[0][1]):
        assert all(other < job for other in earlier)


def test_jobs_that_look_alike_are_told_apart_together_with_their_neighbours() -> None:
    """Two rings, in which each sink waits for two sources: all sources look alike."""

    def rings(order: list[int]) -> Block:
        pairs = [(a, 6 + a) for a in range(6)]
        pairs += [(a, 6 + a - a % 3 + (a + 1) % 3) for a in range(6)]
        place = {old: new for new, old in enumerate(order)}
        needs: list[list[int]] = [[] for _ in range(12)]
        for first, second in pairs:
            needs[place[second]].append(place[first])
        jobs = [Chunk(0.0, 0.0, 1.0, [at]) for at in range(12)]
        for old, new in place.items():
            if old >= 6:
                jobs[new] = Chunk(np.inf, 1.0, 0.0, [new])
        return Block(jobs, [sorted(earlier) for earlier in needs])

    one = rings(list(range(12)))
    other = rings([3, 1, 5, 0, 4, 2, 9, 7, 11, 10, 6, 8])
    assert plain(numbered_anew(one)) == plain(numbered_anew(other))
