"""The order of rows: Smith's rule on the blocks that links leave (Sidney 1975)."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from scoring.ordering.chunks import Chunk
from scoring.ordering.linked import linked_chunks
from scoring.ordering.links import graph_of
from scoring.ordering.merging import Floats, Ints, Runs, falling, merged

TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Rows in the order that loses the least, with what is proven of it.

    `starts` are the places at which a block begins; `gap` is 0 where the order is
    proven the cheapest.
    """

    order: Ints
    starts: Ints
    cost: float
    lower_bound: float
    gap: float


def order_arrays(
    weights: Floats, durations: Floats, edges: Ints, tie: Ints | None = None
) -> Arrangement:
    """Minimise Σ weight × completion time under the links (first row, second row).

    Equal ratios stand in the order of `tie`, then of the rows. Raises ValueError for
    a number that is not finite, a negative duration, or links that run in a loop.
    """
    weights = np.asarray(weights, dtype=np.float64)
    durations = np.asarray(durations, dtype=np.float64)
    _check(weights, durations)
    edges = np.asarray(edges, dtype=np.intp).reshape(-1, 2)
    if tie is None:
        return _arrange(weights, durations, edges)
    rows = np.argsort(tie, kind="stable")
    place = np.empty_like(rows)
    place[rows] = np.arange(len(rows))
    found = _arrange(weights[rows], durations[rows], place[edges])
    return Arrangement(
        rows[found.order], found.starts, found.cost, found.lower_bound, found.gap
    )


def _check(weights: Floats, durations: Floats) -> None:
    """Refuse what cannot be ordered."""
    if weights.ndim != 1 or weights.shape != durations.shape:
        raise ValueError("give one weight and one duration for each row")
    if not (np.isfinite(weights).all() and np.isfinite(durations).all()):
        raise ValueError("weights and durations must be finite: set such rows aside")
    if len(durations) and durations.min() < 0:
        raise ValueError("a duration is negative: set such rows aside")


def _arrange(weights: Floats, durations: Floats, edges: Ints) -> Arrangement:
    """Order rows whose number is also their tie key."""
    ratios = _ratios(weights, durations)
    if not len(edges):
        order = falling(ratios)
        return _priced(weights, durations, order, np.arange(len(order)), 0.0)
    edges = _once(edges, len(ratios))
    lonely = (np.bincount(edges.ravel(), minlength=len(ratios))[edges] == 1).all(axis=1)
    pairs = _glued_pairs(weights, durations, ratios, edges[lonely])
    chunks, linked = _chunks(weights, durations, edges[~lonely])
    runs = [pairs, Runs.from_chunks(chunks, linked)]
    order, starts = merged(ratios, runs, edges)
    slack = sum(chunk.slack for chunk in chunks)
    return _priced(weights, durations, order, starts, slack)


def _once(edges: Ints, size: int) -> Ints:
    """Drop links that are there twice."""
    codes = np.sort(edges[:, 0] * size + edges[:, 1])
    codes = codes[np.append(True, codes[1:] != codes[:-1])]
    return np.stack([codes // size, codes % size], axis=1)


def _glued_pairs(
    weights: Floats, durations: Floats, ratios: Floats, pairs: Ints
) -> Runs:
    """Solve pairs with no other link: the better blocked row pulls its blocker."""
    glued = pairs[ratios[pairs[:, 1]] > ratios[pairs[:, 0]]]
    together = _ratios(weights[glued].sum(axis=1), durations[glued].sum(axis=1))
    return Runs(together, np.full(len(glued), 2), glued.ravel())


def _chunks(
    weights: Floats, durations: Floats, edges: Ints
) -> tuple[list[Chunk], Ints]:
    """Cut all other linked rows into chunks, which number them as they are given."""
    rows, ends = np.unique(edges, return_inverse=True)
    graph = graph_of(len(rows), ends.reshape(-1, 2).tolist())
    return linked_chunks(graph, weights[rows].tolist(), durations[rows].tolist()), rows


def _priced(
    weights: Floats, durations: Floats, order: Ints, starts: Ints, slack: float
) -> Arrangement:
    """Say what an order costs, and how far below it the best one may lie."""
    with np.errstate(over="ignore", invalid="ignore"):
        ends = durations[order]
        np.cumsum(ends, out=ends)
        ends *= weights[order]  # not as a dot product: BLAS would wake its threads
        cost = float(ends.sum())
    if not isfinite(cost):
        raise ValueError("weights or durations are too large to be multiplied")
    bound = cost - slack
    gap = (cost - bound) / max(abs(bound), TINY)
    return Arrangement(order, starts, cost, bound, gap)


def _ratios(weights: Floats, durations: Floats) -> Floats:
    """Divide row by row as `ratio_of` does."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios: Floats = weights / durations
    if not durations.all():
        ratios[(durations == 0) & (weights == 0)] = 0.0
    return ratios
