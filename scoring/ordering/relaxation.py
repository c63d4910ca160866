"""A bound for any size of block: keep a forest of links, put a price on the rest."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.ordering.chunks import bundle
from scoring.ordering.closure import carried, exact, surplus
from scoring.ordering.dragging import dragged, greedy_orders
from scoring.ordering.search import Block, Found, cost_of, improved, list_order
from scoring.ordering.trees import Forest, tree_chunks

MOST_STEPS = 60
MOST_WORK = 150_000  # steps × jobs
PATIENCE = 5  # steps without gain before they get smaller

Floats = NDArray[np.float64]


class _Relaxed(NamedTuple):
    """Links that Horn's rule keeps (job → its only blocker), and those with a price."""

    parent: list[int]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    prices: Floats


def forest_bound(block: Block) -> Found:
    """Raise the prices of broken links step by step (Lagrange), keeping the best.

    Any prices give a bound: the cheapest order of the forest alone, at weights changed
    by the prices. Each relaxed solution is also made into an order that breaks no link.
    """
    relaxed = _relax(block)
    weights = np.array([job.weight for job in block.jobs])
    durations = np.array([job.duration for job in block.jobs])
    prices = relaxed.prices
    order = list_order(block, [-job.ratio for job in block.jobs])
    cost, bound = cost_of(block, order), _gantt_bound(weights, durations)
    pace, stuck = 1.0, 0
    for step in range(max(8, min(MOST_STEPS, MOST_WORK // len(weights)))):
        ends, value = _price(relaxed, weights, durations, prices)
        if step % 4 == 0:
            listed = list_order(block, ends.tolist())
            order, cost = min(
                (order, cost), (listed, cost_of(block, listed)), key=_second
            )
        stuck = 0 if value > bound else stuck + 1
        if stuck == PATIENCE:
            pace, stuck = pace * 0.6, 0
        bound = max(bound, value)
        late = ends[relaxed.first] + durations[relaxed.second] - ends[relaxed.second]
        late[(prices <= 0) & (late < 0)] = 0.0
        size = float(late @ late)
        if cost <= bound or not size:
            break
        prices = np.maximum(prices + pace * (cost - value) / size * late, 0.0)
    starts = [improved(block, order), *greedy_orders(block)]
    order = dragged(block, starts)
    return Found(order, cost_of(block, order), bound)


def _second(pair: tuple[list[int], float]) -> float:
    """Compare orders by their cost."""
    return pair[1]


def _gantt_bound(weights: Floats, durations: Floats) -> float:
    """Bound a block no part of which beats the whole (Goemans & Williamson 2000)."""
    return float(weights.sum() * durations.sum() + weights @ durations) / 2


def _relax(block: Block) -> _Relaxed:
    """Keep, for each job, the link that carries the most to its blocker.

    The flow that shows a block to be one is a set of prices at which no order is better
    than any other; they lead to more than Gantt's bound, for kept links need no price.
    """
    parent, first, second, prices = [], [], [], []
    for job, (earlier, flow) in enumerate(zip(block.needs, _flow(block), strict=True)):
        at = max(range(len(earlier)), key=flow.__getitem__, default=-1)
        parent.append(earlier[at] if earlier else -1)
        others = [i for i in range(len(earlier)) if i != at]
        first += [earlier[i] for i in others]
        second += [job] * len(others)
        prices += [flow[i] for i in others]
    return _Relaxed(
        parent,
        np.array(first, dtype=np.intp),
        np.array(second, dtype=np.intp),
        np.array(prices, dtype=np.float64),
    )


def _flow(block: Block) -> list[list[float]]:
    """Write the flow of surplus from jobs to their blockers as weight."""
    weights = [job.weight for job in block.jobs]
    durations = [job.duration for job in block.jobs]
    unit = max(w.as_integer_ratio()[1] for w in weights) * (sum(exact(durations)) or 1)
    flow = carried(surplus(weights, durations), block.needs)
    return [[amount / unit for amount in link] for link in flow]


def _price(
    relaxed: _Relaxed, weights: Floats, durations: Floats, prices: Floats
) -> tuple[Floats, float]:
    """Order the forest at changed weights: its completion times, and its bound."""
    changed = weights.copy()
    np.add.at(changed, relaxed.first, prices)
    np.subtract.at(changed, relaxed.second, prices)
    nodes = list(range(len(weights) - 1, -1, -1))
    forest = Forest(nodes, relaxed.parent, changed.tolist(), durations.tolist(), set())
    # The sort is stable: of equals, parents stay first.
    chunks = sorted(tree_chunks(forest), key=lambda chunk: -chunk.ratio)
    order = bundle(chunks).members
    ends = np.empty_like(weights)
    ends[order] = np.cumsum(durations[order])
    return ends, float(changed @ ends + prices @ durations[relaxed.second])
