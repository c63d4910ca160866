"""Closed sets where the links form a tree whose links point either way."""

from collections.abc import Sequence

from scoring.ordering.links import first_free, graph_of

Hung = tuple[list[int], list[int], list[bool]]


def tree_split(profits: Sequence[int], needs: Sequence[Sequence[int]]) -> list[int]:
    """Do what `closed_split` does, by one pass over the tree.

    With each job goes the best profit of the part that hangs from it, once with the
    job taken and once with it left.
    """
    order, above, asks = hung = _hung(needs)
    taken, left = list(profits), [0] * len(profits)
    for job in reversed(order[1:]):
        up, best = above[job], max(taken[job], left[job])
        taken[up] += best if asks[job] else taken[job]
        left[up] += left[job] if asks[job] else best
    marked = [False] * len(profits)
    marked[0] = taken[0] > left[0]
    for job in order[1:]:
        up = marked[above[job]]
        forced = up != asks[job]
        marked[job] = up if forced else taken[job] > left[job]
    if any(marked):
        return [not early for early in marked]
    return _stages(profits, needs, hung)


def _hung(needs: Sequence[Sequence[int]]) -> Hung:
    """Hang the tree from job 0: an order, who is above, and who needs the one above."""
    towards: list[list[tuple[int, bool]]] = [[] for _ in needs]
    for job, earlier in enumerate(needs):
        for other in earlier:
            towards[job].append((other, False))
            towards[other].append((job, True))
    order, above, asks = [0], [-1] * len(needs), [False] * len(needs)
    for job in order:  # grows while it is read
        for other, asking in towards[job]:
            if other != above[job]:
                above[other], asks[other] = job, asking
                order.append(other)
    return order, above, asks


def _stages(
    profits: Sequence[int], needs: Sequence[Sequence[int]], hung: Hung
) -> list[int]:
    """Cut the tree wherever both sides earn 0, and number the pieces, first to last."""
    order, above, _ = hung
    total = list(profits)
    for job in reversed(order[1:]):
        total[above[job]] += total[job]
    piece = list(range(len(profits)))
    for job in order[1:]:
        if total[job]:
            piece[job] = piece[above[job]]
    pieces = {root: number for number, root in enumerate(sorted(set(piece)))}
    own = [pieces[root] for root in piece]
    links = {
        (own[other], own[job])
        for job, earlier in enumerate(needs)
        for other in earlier
        if own[other] != own[job]
    }
    stage = {at: i for i, at in enumerate(first_free(graph_of(len(pieces), links)))}
    return [stage[at] for at in own]
