"""Trees of links, through which rows tell each other what their places cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.profiles.links import Jobs
from scoring.profiles.shapes import Ints

# Longer trees are cut: what is told travels no further.
_DEEPEST: Final = 48

# The links at each row: the other end, and whether that blocks the row.
Near = dict[int, list[tuple[int, bool]]]


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Links without a ring, even if their direction is not looked at.

    `up` is the row towards the root of a row's tree, -1 at the root itself. `blocks`
    says that a row blocks that one, else it is blocked by it. `level` counts the links
    to the root, `tree` numbers the trees.
    """

    up: Ints
    blocks: NDArray[np.bool_]
    level: Ints
    tree: Ints

    def slices(self, wide: int) -> Iterator[Ints]:
        """Part the rows into slices of about so many; trees are kept together.

        Trees larger than that are parted all the same.
        """
        alone = np.bincount(self.tree)[self.tree] == 1
        rows = np.lexsort((self.tree, alone))
        ends = np.flatnonzero(np.diff(self.tree[rows], append=-1)) + 1
        start = 0
        while start < len(rows):
            end = int(ends[np.searchsorted(ends, min(start + wide, len(rows)))])
            end = min(end, start + 2 * wide)
            yield rows[start:end]
            start = end


def forest_of(jobs: Jobs, place: Ints) -> Forest:
    """Choose links that form trees, those first whose ends stand next to each other.

    `place` is where each row stands in the best order known.
    """
    near = _trees(jobs, place.tolist())
    size = jobs.size
    up, blocks = np.full(size, -1), np.zeros(size, dtype=bool)
    level, tree = np.zeros(size, dtype=np.int64), np.arange(size)
    seen: set[int] = set()
    for row in near:
        if row in seen:
            continue
        root = _middle(near, row)
        for other, above, blocked in _walk(near, root):
            seen.add(other)
            tree[other] = root
            if above >= 0 and level[above] < _DEEPEST:
                up[other], blocks[other] = above, blocked
                level[other] = level[above] + 1
    return Forest(up, blocks, level, tree)


def _middle(near: Near, row: int) -> int:
    """Find the middle of the longest path in a row's tree."""
    far = _walk(near, row)[-1][0]
    walked = _walk(near, far)
    above = {other: up for other, up, _ in walked}
    path = [walked[-1][0]]
    while above[path[-1]] >= 0:
        path.append(above[path[-1]])
    return path[len(path) // 2]


def _walk(near: Near, root: int) -> list[tuple[int, int, bool]]:
    """Walk a tree from its root: each row, the one before it, whether it blocks that.

    The nearest rows come first.
    """
    found, seen = [(root, -1, False)], {root}
    for row, _, _ in found:  # grows while it is read
        for other, blocks in near[row]:
            if other not in seen:
                seen.add(other)
                found.append((other, row, blocks))
    return found


def _trees(jobs: Jobs, place: list[int]) -> Near:
    """List the chosen links at both ends; the flag says that the other end blocks."""
    links = [(a, b) for b, before in enumerate(jobs.graph.before) for a in before]
    links.sort(key=lambda link: (place[link[1]] - place[link[0]], link))
    top = list(range(jobs.size))
    near: Near = {}
    for a, b in links:
        one, other = _top(top, a), _top(top, b)
        if one != other:
            top[one] = other
            near.setdefault(a, []).append((b, False))
            near.setdefault(b, []).append((a, True))
    return near


def _top(top: list[int], row: int) -> int:
    while top[row] != row:
        top[row] = top[top[row]]
        row = top[row]
    return row
