"""The cheapest order of a few rows, found among all orders that keep the links."""

from typing import Final

import numpy as np

from scoring.profiles.links import Jobs
from scoring.profiles.shapes import Curves, Floats, Ints

# Two to the power of so many sets are looked at.
MOST: Final = 13


def best_of_few(jobs: Jobs, curves: Curves) -> Ints:
    """Find the cheapest order of at most `MOST` rows, by the sets that come first.

    What a set costs that is done before all others depends on its last row alone: it
    ends when the whole set is done. Of equals, the later row comes last.
    """
    size = jobs.size
    sets = np.arange(1 << size)
    inside = (sets[:, None] >> np.arange(size)) & 1
    costs = curves.column().cost((inside @ jobs.durations)[None, :])
    allowed = _allowed(jobs, sets)
    best = np.full(len(sets), np.inf)
    best[0] = 0.0
    last = np.zeros(len(sets), dtype=np.int64)
    count = inside.sum(axis=1)
    for done in range(1, size + 1):
        layer = sets[count == done]
        for row in reversed(range(size)):
            ends_it = layer[allowed[row, layer]]
            cost = best[ends_it & ~(1 << row)] + costs[row, ends_it]
            better = cost < best[ends_it]
            best[ends_it[better]] = cost[better]
            last[ends_it[better]] = row
    return _walked_back(last, size)


def _allowed(jobs: Jobs, sets: Ints) -> Floats:
    """Tell for each row and set whether the row may be the last of the set."""
    needs = [sum(1 << one for one in before) for before in jobs.graph.before]
    rows = np.arange(jobs.size)
    member = (sets >> rows[:, None]) & 1 == 1
    need = np.array(needs, dtype=np.int64)[:, None]
    allowed: Floats = member & (sets & need == need)
    return allowed


def _walked_back(last: Ints, size: int) -> Ints:
    order, left = [], (1 << size) - 1
    for _ in range(size):
        row = int(last[left])
        order.append(row)
        left &= ~(1 << row)
    return np.array(order[::-1], dtype=np.int64)
