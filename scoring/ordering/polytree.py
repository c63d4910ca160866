"""Closed sets where the links form a tree whose links point either way."""

from collections.abc import Sequence

Hung = tuple[list[int], list[int], list[bool]]


def tree_split(profits: Sequence[int], needs: Sequence[Sequence[int]]) -> list[bool]:
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
    return marked if any(marked) else _nothing_gained(profits, hung)


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


def _nothing_gained(profits: Sequence[int], hung: Hung) -> list[bool]:
    """Split at a link whose two sides each earn 0, if there is one."""
    order, above, asks = hung
    total = list(profits)
    for job in reversed(order[1:]):
        total[above[job]] += total[job]
    cut = next((job for job in order[1:] if not total[job]), None)
    if cut is None:
        return [False] * len(profits)
    below = [False] * len(profits)
    below[cut] = True
    for job in order[1:]:
        below[job] = below[job] or below[above[job]]
    return [not hangs for hangs in below] if asks[cut] else below
