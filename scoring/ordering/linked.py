"""The linked items, component by component: trees at once, the rest one by one."""

from collections.abc import Sequence

from scoring.ordering.chunks import Chunk, ratio_of
from scoring.ordering.general import block_stages, network_chunks
from scoring.ordering.leaves import block_chunk
from scoring.ordering.links import Graph, components, sorted_out
from scoring.ordering.network import Network
from scoring.ordering.search import Block
from scoring.ordering.trees import Forest, tree_chunks

MOST_JOBS = 6_000  # whose bit sets fit into a few megabytes


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
    forest = Forest([], [-1] * graph.size, weights[:], durations, set())
    chunks: list[Chunk] = []
    todo = components(graph, order)
    while todo:
        members = todo.pop()
        if _plant(forest, members, graph):
            continue
        part = _part(members, graph, weights, durations)
        stages = block_stages(part) if len(members) > MOST_JOBS else []
        if any(stages):
            _cut(graph, members, stages)
            todo += components(graph, members)
        elif stages:
            chunks.append(block_chunk(part))
        else:
            chunks += network_chunks(Network.from_links(part.jobs, part.needs))
    return chunks + tree_chunks(forest)


def _plant(forest: Forest, members: list[int], graph: Graph) -> bool:
    """Add a component to the forest if it is a tree; say whether it was."""
    forks = max(len(graph.before[node]) for node in members) <= 1
    if not forks and max(len(graph.after[node]) for node in members) > 1:
        return False
    towards = graph.before if forks else graph.after
    forest.nodes.extend(reversed(members) if forks else members)
    for node in members:
        if towards[node]:
            forest.parent[node] = towards[node][0]
        if not forks:
            forest.weights[node] *= -1
    if not forks:
        forest.backwards.update(members)
    return True


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


def _cut(graph: Graph, members: Sequence[int], stages: Sequence[int]) -> None:
    """Take away the links from one stage to another."""
    side = dict(zip(members, stages, strict=True))
    for node, half in side.items():
        for near in (graph.before, graph.after):
            near[node] = [other for other in near[node] if side[other] == half]
