"""What links leave open: the orders that keep them, and when each row may end."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.ordering.links import Graph, graph_of, sorted_out
from scoring.profiles.shapes import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Jobs:
    """How long each row takes, in weeks, and which rows must come before which.

    The last `hubs` rows are issues without a score that links lead through: they take
    no time and cost nothing.
    """

    durations: Floats
    graph: Graph
    hubs: int = 0

    @property
    def size(self) -> int:
        """Count the rows."""
        return len(self.durations)

    @property
    def scored(self) -> int:
        """Count the rows that are items."""
        return self.size - self.hubs


def jobs_of(
    durations: Floats, edges: Iterable[Sequence[int]], *, hubs: int = 0
) -> Jobs:
    """Gather durations and links; `edges` hold no pair twice and no loop."""
    durations = np.concatenate((durations, np.zeros(hubs)))
    return Jobs(durations, graph_of(len(durations), edges), hubs)


def edges_of(jobs: Jobs) -> Ints:
    """Give the links as pairs of rows."""
    pairs = [(a, b) for b, before in enumerate(jobs.graph.before) for a in before]
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)


def listed(jobs: Jobs, order: Sequence[int]) -> list[int]:
    """Take the rows in this order, each as soon as what blocks it is out.

    Hubs, whether the order names them or not, are taken as soon as they can be.
    """
    if jobs.hubs:
        items = [row for row in order if row < jobs.scored]
        order = [*range(jobs.scored, jobs.size), *items]
    turn = [0] * jobs.size
    for number, row in enumerate(order):
        turn[row] = number
    left = [len(earlier) for earlier in jobs.graph.before]
    heap = [turn[row] for row in range(jobs.size) if not left[row]]
    heapq.heapify(heap)
    taken = []
    while heap:
        row = order[heapq.heappop(heap)]
        taken.append(row)
        for later in jobs.graph.after[row]:
            left[later] -= 1
            if not left[later]:
                heapq.heappush(heap, turn[later])
    return taken


def windows(jobs: Jobs) -> tuple[Floats, Floats]:
    """Bound when each row can end at the earliest and must have ended at the latest.

    Both count only the longest chain of links before and after it.
    """
    durations = jobs.durations.tolist()
    total = float(jobs.durations.sum())
    early, tail = list(durations), [0.0] * jobs.size
    rows = sorted_out(jobs.graph)
    for row in rows:
        waits = (early[one] for one in jobs.graph.before[row])
        early[row] = durations[row] + max(waits, default=0.0)
    for row in reversed(rows):
        follow = (tail[one] + durations[one] for one in jobs.graph.after[row])
        tail[row] = max(follow, default=0.0)
    return np.array(early), total - np.array(tail)
