"""Who pulls whom: why an item stands earlier than its own ratio earns."""

from collections.abc import Sequence

from scoring.ordering.links import Graph, sorted_out


def pulled_rows(
    ratios: Sequence[float],
    block_of: Sequence[int],
    together: Sequence[float],
    graph: Graph,
) -> dict[int, int]:
    """Name, for each row below its block's ratio, the best blocked row in the block.

    `together` holds the blocks' ratios. Rows beyond `ratios` have no score: links
    lead through them. Blocks stand without a break, so that a way from one row of a
    block to another never leaves it.
    """
    scored = len(ratios)
    best = [-1] * graph.size
    for row in reversed(sorted_out(graph)):
        found = [
            best[later]
            for later in graph.after[row]
            if block_of[later] == block_of[row]
        ]
        found += [
            later
            for later in graph.after[row]
            if later < scored and block_of[later] == block_of[row]
        ]
        best[row] = max(
            (b for b in found if b >= 0), key=lambda b: (ratios[b], -b), default=-1
        )
    return {
        row: by
        for row, by in enumerate(best[:scored])
        if by >= 0 and ratios[row] < min(together[block_of[row]], ratios[by])
    }
