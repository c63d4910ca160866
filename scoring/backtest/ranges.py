"""Ranges learned from what came of earlier predictions, for items that have none.

A range reaches from the 10 % to the 90 % point of actual over predicted, at plotting
positions k/(n + 1) (Weibull 1939): of n exchangeable ratios and a new one, the new one
falls between the k-th smallest and the k-th largest in (n + 1 − 2k)/(n + 1) of cases.
Nine ratios are thus the fewest that bound 80 %.

A class of size with n ratios counts n/(n + 30) beside all ratios together, in
logarithms (factors multiply); one with fewer than nine has no range of its own.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scoring.backtest.classes import Classes
from scoring.backtest.outcome import Outcome
from scoring.item import Item, Span

TAIL: Final = 0.1
LEAST: Final = 9
PRIOR: Final = 30


@dataclass(frozen=True, slots=True)
class Factors:
    """What to multiply a prediction by, for an 80 % range; `count` ratios taught it."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Ranges:
    """Factors by class, and those of all together for whatever is of no class."""

    classes: Classes
    by_class: tuple[Factors, ...]
    pooled: Factors

    def factors(self, predicted: float, size: str = "") -> Factors:
        """Find the factors that fit a prediction."""
        place = self.classes.place(predicted, size)
        return self.pooled if place is None else self.by_class[place]

    def span(self, predicted: float, size: str = "") -> Span:
        """Give the range of a prediction; it need not hold the prediction itself."""
        factors = self.factors(predicted, size)
        return Span(predicted * factors.low, predicted * factors.high)


def default_ranges(outcomes: Sequence[Outcome], classes: Classes) -> Ranges | None:
    """Learn ranges; None from fewer than nine outcomes."""
    if len(outcomes) < LEAST:
        return None
    pooled = _bounds([outcome.ratio for outcome in outcomes])
    held: list[list[float]] = [[] for _ in classes.names]
    for outcome in outcomes:
        place = classes.place(outcome.predicted, outcome.size)
        if place is not None:
            held[place].append(outcome.ratio)
    by_class = tuple(_drawn_in(ratios, pooled) for ratios in held)
    return Ranges(classes, by_class, pooled)


def fill_spans(items: Iterable[Item], ranges: Ranges) -> tuple[Item, ...]:
    """Give each item whose duration has no range the one that was learned for it.

    Where the classes are sizes, an item's size is the text its duration was read from.
    """
    return tuple(
        replace(item, duration_span=ranges.span(item.duration, _size(item)))
        if item.duration_span is None and item.duration > 0
        else item
        for item in items
    )


def _size(item: Item) -> str:
    told = (source.text for source in item.sources if source.role == "duration")
    return next(told, "")


def _bounds(ratios: Sequence[float]) -> Factors:
    low, high = np.quantile(ratios, (TAIL, 1 - TAIL), method="weibull")
    return Factors(float(low), float(high), len(ratios))


def _drawn_in(ratios: Sequence[float], pooled: Factors) -> Factors:
    """Draw the bounds of one class towards those of all, the fewer it has the more."""
    count = len(ratios)
    if count < LEAST:
        return Factors(pooled.low, pooled.high, count)
    own, weight = _bounds(ratios), count / (count + PRIOR)
    low, high = (
        math.exp(weight * math.log(mine) + (1 - weight) * math.log(theirs))
        for mine, theirs in ((own.low, pooled.low), (own.high, pooled.high))
    )
    return Factors(low, high, count)
