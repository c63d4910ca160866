"""Trees of links, solved all at once in O(n log n) (Horn 1972)."""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from scoring.ordering.chunks import ratio_of

Heap = list[tuple[float, int]]


class Forest(NamedTuple):
    """Nodes, children before parents; `parent` is −1 at a root.

    An in-tree is an out-tree read backwards, with its weights' signs turned.
    """

    nodes: list[int]
    parent: list[int]
    weights: list[float]
    durations: list[float]


def tree_chunks(forest: Forest) -> list[tuple[float, float, float, list[int]]]:
    """Cut the trees into chunks whose ratios never rise from parent to child.

    Each node swallows the best chunk below it while that one's ratio beats its own.
    Answers (ratio, weight, duration, members) for every chunk, parents first.
    """
    nodes, parent, weights, durations = forest
    heaps: list[Heap | None] = [None] * len(parent)
    follow, tail = [-1] * len(parent), list(range(len(parent)))
    swallowed = bytearray(len(parent))
    done: dict[int, tuple[float, float, float]] = {}
    for turn, node in enumerate(nodes):
        weight, duration = weights[node], durations[node]
        ratio = ratio_of(weight, duration)
        heap = heaps[node]
        while heap and -heap[0][0] > ratio:
            child = nodes[-heappop(heap)[1]]  # of equals, the parent
            weight += done[child][1]
            duration += done[child][2]
            ratio = ratio_of(weight, duration)
            follow[tail[node]], tail[node] = child, tail[child]
            swallowed[child] = 1
        done[node] = ratio, weight, duration
        above = parent[node]
        if above >= 0:
            heaps[above] = _joined(heaps[above], heap, (-ratio, -turn))
    return [(*done[node], _run(node, follow)) for node in nodes if not swallowed[node]]


def _joined(one: Heap | None, other: Heap | None, entry: tuple[float, int]) -> Heap:
    """Pour the smaller heap into the larger one."""
    if not one or (other and len(one) < len(other)):
        one, other = other, one
    one = [] if one is None else one
    for chunk in other or ():
        heappush(one, chunk)
    heappush(one, entry)
    return one


def _run(head: int, follow: Sequence[int]) -> list[int]:
    """Read a linked list from its head."""
    members = [head]
    while follow[members[-1]] >= 0:
        members.append(follow[members[-1]])
    return members
