"""Sorting what is left: unlinked rows and chunks, by ratio."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from scoring.ordering.chunks import Chunk
from scoring.ordering.links import first_free, graph_of

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def falling(ratios: Floats, tie: Ints | None = None, ties: int = 0) -> Ints:
    """Sort from the highest ratio down; equals by `tie` (different, below `ties`)."""
    order: Ints = np.argsort(-ratios)
    ranked = ratios[order]
    same = ranked[1:] == ranked[:-1]
    if not same.any():
        return order
    group = np.zeros(len(order), dtype=np.int64)
    np.cumsum(~same, out=group[1:])
    span = ties or len(ratios)
    keys = group * span + (order if tie is None else tie[order])
    keys.sort()
    keys -= group * span
    owner = np.arange(span)
    if tie is not None:
        owner[tie] = np.arange(len(tie))
    ordered: Ints = owner[keys]
    return ordered


def merged(
    ratios: Floats, chunks: Sequence[Chunk], linked: Ints, edges: Ints
) -> tuple[Ints, Ints]:
    """Sort unlinked rows and chunks by ratio, and write the chunks out."""
    size = len(ratios)
    free = np.ones(size, dtype=bool)
    free[linked] = False
    alone = np.flatnonzero(free)
    rows = np.fromiter(chain.from_iterable(c.members for c in chunks), dtype=np.intp)
    sizes = np.ones(len(alone) + len(chunks), dtype=np.intp)
    sizes[len(alone) :] = [len(c.members) for c in chunks]
    tie = np.concatenate([alone, np.array([c.members[0] for c in chunks])])
    unit_ratios = np.concatenate([ratios[alone], [c.ratio for c in chunks]])
    units = falling(unit_ratios, tie, size)
    unit_of = np.empty(size, dtype=np.intp)
    unit_of[alone] = np.arange(len(alone))
    unit_of[rows] = np.repeat(np.arange(len(alone), len(sizes)), sizes[len(alone) :])
    units = _untangled(units, unit_of[edges])
    ends = np.cumsum(sizes[units])
    starts = np.empty_like(sizes)
    starts[units] = ends - sizes[units]
    order = np.empty(size, dtype=np.intp)
    order[starts[: len(alone)]] = alone
    first = np.cumsum(sizes[len(alone) :]) - sizes[len(alone) :]
    within = np.arange(len(rows)) - np.repeat(first, sizes[len(alone) :])
    order[starts[unit_of[rows]] + within] = rows
    return order, ends - sizes[units]


def _untangled(units: Ints, links: Ints) -> Ints:
    """Mend links that equal ratios, standing in the order of their ties, would break.

    From the first such unit to the last, what stands earliest and is free goes next:
    runs of equal ratio stay apart, for no link points from a lower ratio to a higher.
    """
    place = np.empty_like(units)
    place[units] = np.arange(len(units))
    at = place[links]
    wrong = at[at[:, 0] > at[:, 1]]
    if not len(wrong):
        return units
    low, high = int(wrong.min()), int(wrong.max())
    inside = (at.min(axis=1) >= low) & (at.max(axis=1) <= high)
    inside &= at[:, 0] != at[:, 1]
    graph = graph_of(high + 1 - low, (at[inside] - low).tolist())
    mended = units.copy()
    mended[low : high + 1] = units[low:][first_free(graph)]
    return mended
