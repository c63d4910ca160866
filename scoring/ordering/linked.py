"""The linked items, component by component: trees at once, the rest one by one."""

from scoring.ordering.chunks import Chunk
from scoring.ordering.general import general_chunks
from scoring.ordering.links import Graph, components, graph_of, sorted_out
from scoring.ordering.trees import Forest, tree_chunks


def linked_chunks(
    graph: Graph, weights: list[float], durations: list[float]
) -> list[Chunk]:
    """Cut each component of the links into chunks of falling ratio."""
    order = sorted_out(graph)
    if len(order) < graph.size:
        raise ValueError("the links run in a loop: break it first")
    place = [0] * graph.size
    for i, node in enumerate(order):
        place[node] = i
    forest = Forest([], [-1] * graph.size, weights[:], durations)
    backwards: set[int] = set()
    chunks: list[Chunk] = []
    for members in components(graph):
        members.sort(key=place.__getitem__)
        if _single(graph.before, members):
            _plant(forest, members[::-1], graph.before)
        elif _single(graph.after, members):
            _plant(forest, members, graph.after)
            backwards.update(members)
            for node in members:
                forest.weights[node] = -weights[node]
        else:
            chunks += _general(graph, members, weights, durations)
    return chunks + [
        Chunk(-ratio, -weight, duration, run[::-1])
        if run[0] in backwards
        else Chunk(ratio, weight, duration, run)
        for ratio, weight, duration, run in tree_chunks(forest)
    ]


def _single(neighbours: list[list[int]], members: list[int]) -> bool:
    """Say whether each member has one neighbour at most on this side."""
    return all(len(neighbours[node]) <= 1 for node in members)


def _plant(forest: Forest, members: list[int], towards: list[list[int]]) -> None:
    """Add a tree whose roots lie in the given direction, children first."""
    forest.nodes.extend(members)
    for node in members:
        if towards[node]:
            forest.parent[node] = towards[node][0]


def _general(
    graph: Graph, members: list[int], weights: list[float], durations: list[float]
) -> list[Chunk]:
    """Solve one component under numbers of its own."""
    own = {node: i for i, node in enumerate(members)}
    part = graph_of(
        len(members),
        [(own[node], own[later]) for node in members for later in graph.after[node]],
    )
    found = general_chunks(
        part, [weights[i] for i in members], [durations[i] for i in members]
    )
    return [c._replace(members=[members[i] for i in c.members]) for c in found]
