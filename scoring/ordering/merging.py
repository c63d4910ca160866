"""Sorting what is left: unlinked rows and chunks, by ratio."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.ordering.chunks import Chunk
from scoring.ordering.links import first_free, graph_of

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def falling(ratios: Floats, tie: Ints | None = None, ties: int = 0) -> Ints:
    """Sort from the highest ratio down; equals by `tie` (different, below `ties`)."""
    order: Ints = np.argsort(ratios)[::-1]
    ranked = ratios[order]
    same = ranked[1:] == ranked[:-1]
    if not same.any():
        return order
    if same.all():
        return np.arange(len(order)) if tie is None else np.argsort(tie)
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


class Runs(NamedTuple):
    """Rows that stay together: the runs' ratios and lengths, and all rows in a line."""

    ratios: Floats
    sizes: Ints
    rows: Ints

    @classmethod
    def from_chunks(cls, chunks: Sequence[Chunk], rows: Ints) -> "Runs":
        """Write chunks out, the members of which are numbers into `rows`."""
        flat = chain.from_iterable(chunk.members for chunk in chunks)
        return cls(
            np.array([chunk.ratio for chunk in chunks], dtype=np.float64),
            np.array([len(chunk.members) for chunk in chunks], dtype=np.intp),
            rows[np.fromiter(flat, dtype=np.intp)],
        )


def merged(ratios: Floats, parts: Sequence[Runs], edges: Ints) -> tuple[Ints, Ints]:
    """Sort runs and all other rows by ratio; equals stand by their first row.

    Answers with the order, and the places at which runs and lone rows begin.
    """
    in_runs = np.concatenate([part.rows for part in parts])
    free = np.ones(len(ratios), dtype=bool)
    free[in_runs] = False
    alone = np.flatnonzero(free)
    sizes = np.concatenate([np.ones_like(alone), *(part.sizes for part in parts)])
    rows = np.concatenate([alone, in_runs])
    heads = np.cumsum(sizes) - sizes
    unit_ratios = np.concatenate([ratios[alone], *(part.ratios for part in parts)])
    units = falling(unit_ratios, rows[heads], len(ratios))
    unit_of = np.empty_like(rows)
    unit_of[rows] = np.repeat(np.arange(len(sizes)), sizes)
    units = _untangled(units, unit_of[edges])
    ends = np.cumsum(sizes[units])
    starts = np.empty_like(sizes)
    starts[units] = ends - sizes[units]
    order = np.empty_like(rows)
    order[np.repeat(starts - heads, sizes) + np.arange(len(rows))] = rows
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
