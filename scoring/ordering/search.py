"""Good orders of one block where the best is out of reach: lists and insertions."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from scoring.ordering.chunks import Chunk

MOST_PASSES = 4
MOST_INSERTED = 6_000


class Block(NamedTuple):
    """Jobs, and the lower numbers of those that come directly before each."""

    jobs: list[Chunk]
    needs: list[list[int]]


class Found(NamedTuple):
    """An order of a block, its delay cost, and a cost that no order goes below."""

    order: list[int]
    cost: float
    bound: float


def cost_of(block: Block, order: Sequence[int]) -> float:
    """Sum weight × completion time, the block beginning at 0."""
    weights = np.array([block.jobs[job].weight for job in order])
    durations = np.array([block.jobs[job].duration for job in order])
    return float(weights @ np.cumsum(durations))


def list_order(block: Block, priority: Sequence[float]) -> list[int]:
    """Take the lowest priority among the jobs that may start."""
    after: list[list[int]] = [[] for _ in block.jobs]
    for job, earlier in enumerate(block.needs):
        for other in earlier:
            after[other].append(job)
    waiting = [len(earlier) for earlier in block.needs]
    ready = [(priority[job], job) for job, count in enumerate(waiting) if not count]
    heapify(ready)
    order = []
    while ready:
        job = heappop(ready)[1]
        order.append(job)
        for later in after[job]:
            waiting[later] -= 1
            if not waiting[later]:
                heappush(ready, (priority[later], later))
    return order


def improved(block: Block, order: Sequence[int]) -> list[int]:
    """Move single jobs to where they cost the least, while that gains anything."""
    better = list(order)
    if len(better) > MOST_INSERTED:
        return better
    after: list[list[int]] = [[] for _ in block.jobs]
    for job, earlier in enumerate(block.needs):
        for other in earlier:
            after[other].append(job)
    for _ in range(MOST_PASSES):
        moved = [_insert(block, better, after, job) for job in range(len(better))]
        if not any(moved):
            break
    return better


def _insert(
    block: Block, order: list[int], after: Sequence[Sequence[int]], job: int
) -> bool:
    """Put one job at its best place between its blockers and what it blocks."""
    place = {other: at for at, other in enumerate(order)}
    at = place[job]
    low = max((place[o] + 1 for o in block.needs[job]), default=0)
    high = min((place[o] for o in after[job]), default=len(order))
    weight, duration = block.jobs[job].weight, block.jobs[job].duration
    others = order[low:at] + order[at + 1 : high]
    if not others:
        return False
    # What each job passed gains or loses by it, when the one moves behind it.
    swap = [
        block.jobs[o].duration * weight - block.jobs[o].weight * duration
        for o in others
    ]
    reach = np.concatenate([[0.0], np.cumsum(swap)])
    best = int(np.argmin(reach))
    here = at - low
    if reach[best] >= reach[here] - 1e-12 * float(np.abs(swap).sum()):
        return False
    order.insert(low + best, order.pop(at))
    return True
