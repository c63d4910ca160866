"""A component of links that is no tree."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from math import inf

from scoring.ordering.chunks import Chunk, pool, ratio_of
from scoring.ordering.ideals import ideal_order
from scoring.ordering.links import Graph, sorted_out


def general_chunks(
    graph: Graph, weights: Sequence[float], durations: Sequence[float]
) -> list[Chunk]:
    """Order one component and cut it into chunks of falling ratio."""
    jobs = [
        Chunk(ratio_of(w, p), w, p, [job])
        for job, (w, p) in enumerate(zip(weights, durations, strict=True))
    ]
    before = [0] * graph.size
    for job in sorted_out(graph):
        for earlier in graph.before[job]:
            before[job] |= before[earlier] | 1 << earlier
    order = ideal_order(jobs, before, (1 << graph.size) - 1)
    if order is None:
        jobs[0] = jobs[0]._replace(slack=inf)
        order = _greedy(graph, jobs)
    return pool(jobs[job] for job in order)


def _greedy(graph: Graph, jobs: Sequence[Chunk]) -> list[int]:
    """Take the highest ratio among the jobs that may start."""
    waiting = [len(earlier) for earlier in graph.before]
    ready = [(-jobs[job].ratio, job) for job, n in enumerate(waiting) if not n]
    heapify(ready)
    order = []
    while ready:
        job = heappop(ready)[1]
        order.append(job)
        for later in graph.after[job]:
            waiting[later] -= 1
            if not waiting[later]:
                heappush(ready, (-jobs[later].ratio, later))
    return order
