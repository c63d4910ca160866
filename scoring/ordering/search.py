"""Good orders of one block where the best is out of reach: lists and insertions."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from scoring.ordering.chunks import Chunk

MOST_PASSES = 4


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


def links_after(block: Block) -> list[list[int]]:
    """Turn the links round."""
    after: list[list[int]] = [[] for _ in block.jobs]
    for job, earlier in enumerate(block.needs):
        for other in earlier:
            after[other].append(job)
    return after


def closed_before(block: Block) -> list[int]:
    """Collect all that comes before each job, near or far, as bit sets."""
    before: list[int] = []
    for earlier in block.needs:
        reach = 0
        for other in earlier:
            reach |= before[other] | 1 << other
        before.append(reach)
    return before


def closed_after(block: Block) -> list[int]:
    """Collect all that comes after each job, near or far, as bit sets."""
    after = [0] * len(block.needs)
    for job in range(len(after) - 1, -1, -1):
        for other in block.needs[job]:
            after[other] |= after[job] | 1 << job
    return after


def list_order(block: Block, priority: Sequence[float]) -> list[int]:
    """Take the lowest priority among the jobs that may start."""
    after = links_after(block)
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
    line = _Line(block, order)
    for _ in range(MOST_PASSES):
        if not sum(line.insert(job) for job in range(len(order))):
            break
    return [int(job) for job in line.order]


class _Line:
    """An order as arrays: who stands where, and the jobs' numbers in that order."""

    def __init__(self, block: Block, order: Sequence[int]) -> None:
        self.needs = [np.array(earlier, dtype=np.intp) for earlier in block.needs]
        self.frees = [np.array(later, dtype=np.intp) for later in links_after(block)]
        self.order = np.array(order, dtype=np.intp)
        self.place = np.empty_like(self.order)
        self.place[self.order] = np.arange(len(order))
        self.weights = np.array([block.jobs[job].weight for job in order])
        self.durations = np.array([block.jobs[job].duration for job in order])

    def insert(self, job: int) -> bool:
        """Put one job at its best place between its blockers and what it blocks."""
        place, needs, frees = self.place, self.needs[job], self.frees[job]
        at = int(place[job])
        low = int(place[needs].max()) + 1 if len(needs) else 0
        high = int(place[frees].min()) if len(frees) else len(place)
        stretch = slice(low, high)
        # What each job there gains or loses when this one goes from before it to
        # behind it; the job itself nothing.
        swaps = self.durations[stretch] * self.weights[at]
        swaps -= self.weights[stretch] * self.durations[at]
        reach = np.append(0.0, np.cumsum(swaps))
        best = int(np.argmin(reach))
        least = 1e-12 * float(np.abs(swaps).sum())  # less is rounding
        if reach[best] >= reach[at - low] - least:
            return False
        self._move(at, low + best - (low + best > at))
        return True

    def _move(self, at: int, to: int) -> None:
        """Shift what lies between."""
        low, high = min(at, to), max(at, to) + 1
        for line in (self.order, self.weights, self.durations):
            line[low:high] = np.roll(line[low:high], 1 if to < at else -1)
        self.place[self.order[low:high]] = np.arange(low, high)
