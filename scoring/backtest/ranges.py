"""Ranges learned from what came of earlier predictions, for items that have none.

A range reaches from the 10 % to the 90 % point of actual over predicted, at plotting
positions k/(n + 1) (Weibull 1939): of n exchangeable ratios and a new one, the new one
falls between the k-th smallest and the k-th largest in (n + 1 − 2k)/(n + 1) of cases.
Nine ratios are thus the fewest that bound 80 %.

A class of size with n ratios counts n/(n + 30) beside all ratios together, in
logarithms (factors multiply); one with fewer than nine has no range of its own.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from scoring.backtest.learned import Classes, Factors, Ranges
from scoring.backtest.outcome import Outcome

TAIL: Final = 0.1
LEAST: Final = 9
PRIOR: Final = 30


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
