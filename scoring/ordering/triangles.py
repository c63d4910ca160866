"""Cuts for the programme: of three jobs, only one comes last.

A job that waits for two of three, yet comes before the third, says that the third is
the last of them. Of three such statements, one about each, at most one is true; the
programme of pairs alone may believe a half of each.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_CUTS = 400  # at a time
MOST_USES = 4  # of one statement at a time
MOST_LOOKED_AT = 20_000
MOST_BLOCKERS = 130  # the cube of which is held as floats
LEAST = 1e-4

Triangle = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
Floats = NDArray[np.float64]


class _Cube(NamedTuple):
    """For a and pairs (b, c): the strongest statement that a comes after both.

    `job` is the one that waits for b and c, `value` how far it comes before a.
    """

    value: Floats
    job: NDArray[np.int16]


def triangles(earlier: Floats, before: Sequence[Sequence[int]]) -> list[Triangle]:
    """Find statements «u before v», three by three, that come to more than 1.

    `earlier[u, v]` is how far u comes before v, −1 where links decide it; `before` are
    all that come before each job, near or far. The worst are given first.
    """
    blockers = sorted({other for row in before for other in row})
    if len(blockers) > MOST_BLOCKERS:
        return []
    cube = _cube(earlier, before, blockers)
    total = cube.value + cube.value.transpose(1, 0, 2) + cube.value.transpose(1, 2, 0)
    found = np.argwhere(total > 1 + LEAST)
    found = found[(found[:, 0] < found[:, 1]) & (found[:, 1] < found[:, 2])]
    worst = np.argsort(-total[tuple(found.T)], kind="stable")[:MOST_LOOKED_AT]
    return _chosen(
        (
            (int(cube.job[a, b, c]), blockers[a]),
            (int(cube.job[b, a, c]), blockers[b]),
            (int(cube.job[c, a, b]), blockers[c]),
        )
        for a, b, c in found[worst].tolist()
    )


def _chosen(ranked: Iterator[Triangle]) -> list[Triangle]:
    """Take the worst, but each statement only a few times."""
    uses: Counter[tuple[int, int]] = Counter()
    chosen: list[Triangle] = []
    for triangle in ranked:
        pairs = {(min(pair), max(pair)) for pair in triangle}
        if len(pairs) == len(triangle) and max(uses[p] for p in pairs) < MOST_USES:
            uses.update(pairs)
            chosen.append(triangle)
            if len(chosen) == MOST_CUTS:
                break
    return chosen


def _cube(
    earlier: Floats, before: Sequence[Sequence[int]], blockers: Sequence[int]
) -> _Cube:
    """Let each job state of all others that they come after those it waits for."""
    size = len(blockers)
    at = {job: i for i, job in enumerate(blockers)}
    cube = _Cube(np.full((size,) * 3, -1.0), np.full((size,) * 3, -1, dtype=np.int16))
    for job, row in enumerate(before):
        waits = np.array([at[other] for other in (*row, job) if other in at])
        stated = earlier[job, blockers]
        free = np.flatnonzero(stated >= 0)
        if len(waits) < 2 or not len(free):  # noqa: PLR2004 - two of the three
            continue
        part = np.ix_(free, waits, waits)
        known = cube.value[part]
        own = np.broadcast_to(stated[free][:, None, None], known.shape)
        cube.job[part] = np.where(own > known, job, cube.job[part])
        cube.value[part] = np.maximum(own, known)
    return cube
