"""The links as a graph: which are cyclic, what hangs together, what comes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class Graph:
    """Items 0 … size − 1 and who stands directly before and after whom."""

    before: list[list[int]]
    after: list[list[int]]

    @property
    def size(self) -> int:
        """Count the items."""
        return len(self.before)


def graph_of(size: int, edges: Iterable[Sequence[int]]) -> Graph:
    """Build both neighbour lists; `edges` hold no pair twice."""
    before: list[list[int]] = [[] for _ in range(size)]
    after: list[list[int]] = [[] for _ in range(size)]
    for first, second in edges:
        after[first].append(second)
        before[second].append(first)
    return Graph(before, after)


def sorted_out(graph: Graph) -> list[int]:
    """Order the items so that no link is broken; items on loops are left out (Kahn)."""
    waiting = [len(earlier) for earlier in graph.before]
    ready = [item for item, count in enumerate(waiting) if not count]
    after = graph.after
    for item in ready:  # grows while it is read
        for later in after[item]:
            waiting[later] -= 1
            if not waiting[later]:
                ready.append(later)
    return ready


def components(graph: Graph, among: Sequence[int]) -> list[list[int]]:
    """Find the sets of items that hang together, whatever the links' directions.

    Within each set the items stand as they stand in `among`.
    """
    label = dict.fromkeys(among, -1)
    count = 0
    for start in among:
        if label[start] >= 0:
            continue
        label[start] = count
        queue = [start]
        for item in queue:  # grows while it is read
            for other in graph.after[item] + graph.before[item]:
                if label[other] < 0:
                    label[other] = count
                    queue.append(other)
        count += 1
    found: list[list[int]] = [[] for _ in range(count)]
    for item, number in label.items():
        found[number].append(item)
    return found


def first_free(graph: Graph) -> list[int]:
    """Take the lowest number that is free, again and again."""
    waiting = [len(earlier) for earlier in graph.before]
    ready = [item for item, count in enumerate(waiting) if not count]
    order = []
    while ready:
        order.append(heappop(ready))
        for later in graph.after[order[-1]]:
            waiting[later] -= 1
            if not waiting[later]:
                heappush(ready, later)
    return order
