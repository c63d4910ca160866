"""Better orders of one block: jobs move with all that would hold them back."""

from collections.abc import Iterable

import numpy as np

from scoring.ordering.chunks import ratio_of
from scoring.ordering.network import members_of
from scoring.ordering.search import (
    Block,
    closed_after,
    closed_before,
    cost_of,
    links_after,
    list_order,
)

MOST_STEPS = 1_500_000  # jobs looked at, all in all
MOST_REACH = 1_200  # jobs looked at from one
MOST_GREEDY = 260  # jobs for which sets are weighed one by one
KICKS = 60
SPREADS = (0.1, 0.25, 0.5)  # of the whole order
ROUNDING = 1e-13

Order = list[int]


def dragged(block: Block, starts: Iterable[Order]) -> Order:
    """Improve each of some orders, then kick the best again and again."""
    drags = _Drags(block)
    best = min((drags.settled(start) for start in starts), key=drags.cost)
    cost, chance = drags.cost(best), np.random.default_rng(0)
    for kick in range(KICKS):
        if drags.left <= 0:
            break
        spread = SPREADS[kick % len(SPREADS)] * len(best)
        priority = chance.uniform(0, spread, len(best))
        priority[best] += np.arange(len(best))
        order = drags.settled(list_order(block, priority.tolist()))
        if drags.cost(order) < cost - drags.least:
            best, cost = order, drags.cost(order)
    return best


class _Drags:
    """Moves of single jobs, each of which takes along whatever stands in its way.

    Where a job goes forward, its blockers go with it; where it goes back, all that it
    blocks. `left` counts down the work.
    """

    def __init__(self, block: Block) -> None:
        self.block = block
        self.near = {-1: block.needs, 1: links_after(block)}
        self.weights = [job.weight for job in block.jobs]
        self.durations = [job.duration for job in block.jobs]
        self.least = ROUNDING * sum(map(abs, self.weights)) * sum(self.durations)
        self.left = MOST_STEPS
        self.order: Order = []
        self.place = [0] * len(block.jobs)

    def cost(self, order: Order) -> float:
        """Price an order."""
        return cost_of(self.block, order)

    def settled(self, start: Order) -> Order:
        """Move jobs while any move gains, or until the work is used up."""
        self.order = list(start)
        for place, job in enumerate(start):
            self.place[job] = place
        moved = True
        while moved and self.left > 0:
            moved = False
            for job in list(self.order):
                for way in (-1, 1):
                    moved |= self._drag(job, way)
        return self.order

    def _drag(self, job: int, way: int) -> bool:
        """Move one job to where it gains the most, forward (−1) or back (1)."""
        order, near = self.order, self.near[way]
        weights, durations = self.weights, self.durations
        at = self.place[job]
        weight, duration, held = weights[job], durations[job], set(near[job])
        gain, best, to = 0.0, self.least, at
        end = max(-1, at - MOST_REACH) if way < 0 else min(len(order), at + MOST_REACH)
        for place in range(at + way, end, way):
            other = order[place]
            if other in held:
                weight += weights[other]
                duration += durations[other]
                held.update(near[other])
                continue
            gain += way * (duration * weights[other] - weight * durations[other])
            if gain > best:
                best, to = gain, place
        self.left -= abs(end - at)
        if to == at:
            return False
        self._move(at, to, way)
        return True

    def _move(self, at: int, to: int, way: int) -> None:
        """Let what is passed and what is dragged change sides."""
        order, near = self.order, self.near[way]
        group, passed = [order[at]], []
        held = set(near[order[at]])
        for place in range(at + way, to + way, way):
            other = order[place]
            if other in held:
                group.append(other)
                held.update(near[other])
            else:
                passed.append(other)
        line = (passed + group)[::way]
        low = min(at, to)
        order[low : low + len(line)] = line
        for place, job in enumerate(line, low):
            self.place[job] = place


def greedy_orders(block: Block) -> list[Order]:
    """Take the best of what may come first, again and again; and the same backwards.

    What may come first is a job with all its blockers; what may come last, a job with
    all that it blocks.
    """
    if len(block.jobs) > MOST_GREEDY:
        return []
    fronts = _taken(block, closed_before(block), 1.0)
    backs = _taken(block, closed_after(block), -1.0)
    return [
        [job for part in fronts for job in part],
        [job for part in reversed(backs) for job in part],
    ]


def _taken(block: Block, closed: list[int], sign: float) -> list[Order]:
    """Take closed sets of the highest (or lowest) ratio off, until none is left."""
    left, parts = (1 << len(closed)) - 1, []
    while left:
        best = max(
            (closed[job] & left | 1 << job for job in members_of(left)),
            key=lambda part: sign * _ratio(block, part),
        )
        left &= ~best
        parts.append(list(members_of(best)))
    return parts


def _ratio(block: Block, part: int) -> float:
    """Divide the weight of a set of jobs by its duration."""
    jobs = [block.jobs[job] for job in members_of(part)]
    return ratio_of(sum(job.weight for job in jobs), sum(job.duration for job in jobs))
