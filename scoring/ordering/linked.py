"""The linked items, component by component: trees at once, the rest one by one."""

from collections.abc import Sequence
from typing import NamedTuple

from scoring.ordering.chunks import Chunk, ratio_of
from scoring.ordering.general import first_block, network_chunks
from scoring.ordering.leaves import block_chunk
from scoring.ordering.links import Graph, components, sorted_out
from scoring.ordering.network import Network
from scoring.ordering.search import Block
from scoring.ordering.trees import Forest, tree_chunks

SMALL = 300  # jobs that bit sets handle at once
MOST_JOBS = 1_500  # in one block, for bit sets


def linked_chunks(
    graph: Graph, weights: list[float], durations: list[float]
) -> list[Chunk]:
    """Cut each component of the links into chunks of falling ratio.

    Large components are first split into Sidney's blocks on the bare links. Chunks of
    one component need no further order: a blocker's ratio is never the lower one.
    """
    order = sorted_out(graph)
    if len(order) < graph.size:
        raise ValueError("the links run in a loop: break it first")
    place = [0] * graph.size
    for i, node in enumerate(order):
        place[node] = i
    grove = _Grove(Forest([], [-1] * graph.size, weights[:], durations), set())
    chunks: list[Chunk] = []
    todo = components(graph, order)
    while todo:
        members = todo.pop()
        members.sort(key=place.__getitem__)
        if grove.plant(members, graph):
            continue
        part = _part(members, graph, weights, durations)
        first = first_block(part) if len(members) > SMALL else []
        if any(first):
            _cut(graph, members, first)
            todo += components(graph, members)
        else:
            chunks += _solved(part, whole=bool(first))
    return chunks + grove.chunks()


class _Grove(NamedTuple):
    """All trees; those that join on the way down stand in the forest backwards."""

    forest: Forest
    backwards: set[int]

    def plant(self, members: list[int], graph: Graph) -> bool:
        """Add a component if it is a tree; say whether it was."""
        if all(len(graph.before[node]) <= 1 for node in members):
            self._grow(members[::-1], graph.before)
            return True
        if all(len(graph.after[node]) <= 1 for node in members):
            self._grow(members, graph.after)
            self.backwards.update(members)
            for node in members:
                self.forest.weights[node] *= -1
            return True
        return False

    def _grow(self, members: list[int], towards: list[list[int]]) -> None:
        """Add a tree whose root lies in the given direction, children first."""
        self.forest.nodes.extend(members)
        for node in members:
            if towards[node]:
                self.forest.parent[node] = towards[node][0]

    def chunks(self) -> list[Chunk]:
        """Solve all trees in one pass."""
        return [
            Chunk(-ratio, -weight, duration, run[::-1])
            if run[0] in self.backwards
            else Chunk(ratio, weight, duration, run)
            for ratio, weight, duration, run in tree_chunks(self.forest)
        ]


def _part(
    members: Sequence[int],
    graph: Graph,
    weights: Sequence[float],
    durations: Sequence[float],
) -> Block:
    """Give one component numbers of its own; its chunks keep the old ones."""
    own = {node: i for i, node in enumerate(members)}
    return Block(
        [
            Chunk(ratio_of(weights[i], durations[i]), weights[i], durations[i], [i])
            for i in members
        ],
        [[own[other] for other in graph.before[node]] for node in members],
    )


def _cut(graph: Graph, members: Sequence[int], first: Sequence[bool]) -> None:
    """Take away the links from what comes first to the rest."""
    side = dict(zip(members, first, strict=True))
    for node, half in side.items():
        for near in (graph.before, graph.after):
            near[node] = [other for other in near[node] if side[other] == half]


def _solved(part: Block, *, whole: bool) -> list[Chunk]:
    """Solve one component, or one block of it, that is no tree."""
    if len(part.jobs) > MOST_JOBS:
        return [block_chunk(part)]
    return network_chunks(Network.from_links(part.jobs, part.needs), whole=whole)
