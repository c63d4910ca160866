"""The order of rows: Smith's rule on the blocks that links leave (Sidney 1975)."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from scoring.ordering.linked import linked_chunks
from scoring.ordering.links import graph_of
from scoring.ordering.merging import Floats, Ints, falling, merged

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
        cost = _cost(weights, durations, order)
        return Arrangement(order, np.arange(len(order)), cost, cost, 0.0)
    rows, ends = np.unique(edges, return_inverse=True)
    pairs = sorted(set(zip(*ends.reshape(-1, 2).T.tolist(), strict=True)))
    graph = graph_of(len(rows), pairs)
    chunks = linked_chunks(graph, weights[rows].tolist(), durations[rows].tolist())
    chunks = [c._replace(members=rows[c.members].tolist()) for c in chunks]
    order, starts = merged(ratios, chunks, rows, edges)
    cost = _cost(weights, durations, order)
    slack = sum(chunk.slack for chunk in chunks)
    bound = cost - slack
    if not isfinite(bound):
        bound = _cost(weights, durations, falling(ratios))
    gap = (cost - bound) / max(abs(bound), TINY) if slack else 0.0
    return Arrangement(order, starts, cost, bound, gap)


def _ratios(weights: Floats, durations: Floats) -> Floats:
    """Divide row by row as `ratio_of` does."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios: Floats = weights / durations
    if not durations.all():
        ratios[(durations == 0) & (weights == 0)] = 0.0
    return ratios


def _cost(weights: Floats, durations: Floats, order: Ints) -> float:
    """Sum weight × completion time."""
    return float(weights[order] @ np.cumsum(durations[order]))
