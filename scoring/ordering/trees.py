"""Trees of links, solved all at once in O(n log n) (Horn 1972)."""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from scoring.ordering.chunks import Chunk, ratio_of

Heap = list[tuple[float, int]]


class Forest(NamedTuple):
    """Nodes, children before parents; `parent` is −1 at a root.

    A tree that joins on the way down is one that forks, read backwards, with the signs
    of its weights turned: its nodes are in `backwards`.
    """

    nodes: list[int]
    parent: list[int]
    weights: list[float]
    durations: list[float]
    backwards: set[int]


def tree_chunks(forest: Forest) -> list[Chunk]:
    """Cut the trees into chunks whose ratios never rise from parent to child.

    Each node swallows the best chunk below it while that one's ratio beats its own.
    The chunks of trees that are not backwards are given parents first.
    """
    size = len(forest.parent)
    heaps: list[Heap | None] = [None] * size
    follow, tail, swallowed = [-1] * size, list(range(size)), bytearray(size)
    weights, durations, ratios = forest.weights[:], forest.durations[:], [0.0] * size
    nodes, parent = forest.nodes, forest.parent
    for turn, node in enumerate(nodes):
        weight, duration = weights[node], durations[node]
        ratio = weight / duration if duration else ratio_of(weight, duration)
        heap = heaps[node]
        while heap and -heap[0][0] > ratio:
            child = nodes[-heappop(heap)[1]]  # of equals, the parent
            weight += weights[child]
            duration += durations[child]
            ratio = weight / duration if duration else ratio_of(weight, duration)
            follow[tail[node]], tail[node] = child, tail[child]
            swallowed[child] = 1
        weights[node], durations[node], ratios[node] = weight, duration, ratio
        above = parent[node]
        if above >= 0:
            heaps[above] = _joined(heaps[above], heap, (-ratio, -turn))
    return [
        Chunk(-ratios[node], -weights[node], durations[node], _run(node, follow)[::-1])
        if node in forest.backwards
        else Chunk(ratios[node], weights[node], durations[node], _run(node, follow))
        for node in reversed(nodes)
        if not swallowed[node]
    ]


def _joined(one: Heap | None, other: Heap | None, entry: tuple[float, int]) -> Heap:
    """Pour the smaller heap into the larger one."""
    if not one:
        if not other:
            return [entry]
        one, other = other, None
    elif other and len(one) < len(other):
        one, other = other, one
    for chunk in other or ():
        heappush(one, chunk)
    heappush(one, entry)
    return one


def _run(head: int, follow: Sequence[int]) -> list[int]:
    """Read a linked list from its head."""
    members = [head]
    following = follow[head]
    while following >= 0:
        members.append(following)
        following = follow[following]
    return members
