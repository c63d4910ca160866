"""Leave issues where they are as long as that loses next to nothing.

Call an order tau-sorted if no item's CD3 is more than (1 + tau) times that of any item
before it. Such an order costs at most (1 + tau) times the cheapest (an inverted pair
costs p_i w_j = p_i p_j rho_j <= (1 + tau) p_j w_i, where p_j w_i is its share of the
cheapest). So keep the longest tau-sorted run of today's order, put all others where
they belong, and take the largest tau whose measured loss is within the tolerance.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.item import Item, Order
from scoring.money import cd3, delay_cost

# Thirteen steps from twice as urgent down to one in five thousand.
_TAUS: Final = tuple(2.0**-step for step in range(13))

_TINY: Final = 1e-12


def stable_order(
    items: Sequence[Item],
    order: Order,
    blockers: Mapping[str, Sequence[str]],
    *,
    tolerance: float,
) -> Order:
    """Choose an order near today's that costs at most `tolerance` x ours more.

    `items` stand in today's order, each with the rate that counts; `order` is their
    best order and `blockers` what must come before what. With a negative rate the best
    order stands: there the theorem says nothing.
    """
    if any(item.cost_of_delay < 0 for item in items):
        return order
    near = _near(items, order, blockers)
    budget = tolerance * near.cost(near.best)
    found = near.cheap(near.repaired(list(range(len(items)))), budget)
    if found is None:
        found = _loosest(near, budget)
    return order if found is None else _as_order(near, order, found)


def _loosest(near: "_Near", budget: float) -> list[int] | None:
    """Find the largest tau within the budget by halving."""
    found = None
    low, high = 0, len(_TAUS)
    while low < high:
        middle = (low + high) // 2
        tried = near.cheap(near.sorted_within(_TAUS[middle]), budget)
        if tried is None:
            low = middle + 1
        else:
            found, high = tried, middle
    return found


def _as_order(near: "_Near", order: Order, found: Sequence[int]) -> Order:
    cost = near.cost(found)
    bound = min(near.cost(near.best) if order.gap == 0 else order.lower_bound, cost)
    gap = 0.0 if cost == bound else (cost - bound) / max(abs(bound), _TINY)
    keys = tuple(near.keys[row] for row in found)
    return replace(order, keys=keys, cost=cost, lower_bound=bound, gap=gap)


@dataclass(frozen=True, eq=False)
class _Near:
    """Today's order as rows 0, 1, ... and the best order of them.

    `ratios` are the rows' own, or those of the blocks they move with.
    """

    keys: Sequence[str]
    best: Sequence[int]
    rates: NDArray[np.float64]
    durations: NDArray[np.float64]
    ratios: Sequence[float]
    blockers: Mapping[int, Sequence[int]]

    def cost(self, rows: Sequence[int]) -> float:
        """Price an order of rows."""
        chosen = np.array(rows, dtype=np.int64)
        return delay_cost(self.rates[chosen], self.durations[chosen])

    def cheap(self, rows: list[int], budget: float) -> list[int] | None:
        """Pass on an order whose measured loss is within the budget."""
        return rows if self.cost(rows) - self.cost(self.best) <= budget else None

    def sorted_within(self, tau: float) -> list[int]:
        """Keep the longest tau-sorted run; put the rest before what is less urgent."""
        kept = longest_run(self.ratios, tau)
        rising = list(accumulate((-self.ratios[row] for row in kept), max))
        ahead: list[list[int]] = [[] for _ in range(len(kept) + 1)]
        stays = set(kept)
        for row in self.best:
            if row not in stays:
                ahead[bisect_right(rising, -self.ratios[row])].append(row)
        merged = [
            one for rows, row in zip(ahead, kept, strict=False) for one in (*rows, row)
        ]
        return self.repaired([*merged, *ahead[-1]])

    def repaired(self, rows: Sequence[int]) -> list[int]:
        """Take the rows in this order, each as soon as its blockers are out."""
        turn = {row: number for number, row in enumerate(rows)}
        left = {row: len(them) for row, them in self.blockers.items()}
        heap = [number for row, number in turn.items() if row not in left]
        taken = []
        while heap:
            row = rows[heapq.heappop(heap)]
            taken.append(row)
            for blocked in self.blocks.get(row, ()):
                left[blocked] -= 1
                if not left[blocked]:
                    heapq.heappush(heap, turn[blocked])
        return taken

    @cached_property
    def blocks(self) -> Mapping[int, Sequence[int]]:
        """Turn `blockers` round."""
        found: dict[int, list[int]] = {}
        for row, them in self.blockers.items():
            for blocker in them:
                found.setdefault(blocker, []).append(row)
        return found


def _near(
    items: Sequence[Item], order: Order, blockers: Mapping[str, Sequence[str]]
) -> _Near:
    row = {item.key: number for number, item in enumerate(items)}
    rates = np.array([item.cost_of_delay for item in items], dtype=float)
    durations = np.array([item.duration for item in items], dtype=float)
    ratios = [0.0] * len(items)
    for block in order.blocks:
        rows = [row[key] for key in block]
        ratio = cd3(float(rates[rows].sum()), float(durations[rows].sum()))
        for one in rows:
            ratios[one] = ratio
    return _Near(
        keys=list(row),
        best=[row[key] for key in order.keys],
        rates=rates,
        durations=durations,
        ratios=ratios,
        blockers={
            row[key]: [row[one] for one in them] for key, them in blockers.items()
        },
    )


def longest_run(ratios: Sequence[float], tau: float) -> list[int]:
    """Choose the longest tau-sorted run of rows; each row is given by its ratio.

    The state of a run is the least ratio in it. A row extends every run whose least
    ratio it does not exceed too far; where it is less than all, it is the new state.
    """
    levels = sorted(set(ratios))
    level = {ratio: number for number, ratio in enumerate(levels)}
    spans = [(bisect_left(levels, r / (1 + tau)), level[r]) for r in ratios]
    length = np.zeros(len(levels), dtype=np.int64)
    births: list[list[tuple[int, int]]] = [[] for _ in levels]
    for row, (low, own) in enumerate(spans):
        parent = own + int(np.argmax(length[own:]))
        born = int(length[parent]) + 1
        reached = length[low : own + 1]
        reached[reached > 0] += 1
        if born > length[own]:
            length[own] = born
            births[own].append((row, parent if born > 1 else -1))
    return _trace(spans, births, int(np.argmax(length))) if levels else []


def _trace(
    spans: Sequence[tuple[int, int]],
    births: Sequence[Sequence[tuple[int, int]]],
    state: int,
) -> list[int]:
    """Walk the longest run back from its last state; between births it only grew."""
    end, kept = len(spans), list[int]()
    while state >= 0:
        born = bisect_left(births[state], (end, -1)) - 1
        start, parent = births[state][born]
        grown = range(end - 1, start, -1)
        kept += [row for row in grown if spans[row][0] <= state <= spans[row][1]]
        kept.append(start)
        state, end = parent, start
    return kept[::-1]
