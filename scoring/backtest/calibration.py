"""How well predictions held: ratios, shares with their intervals, rank correlation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.backtest.outcome import Outcome
from scoring.experiment import Z95

# Near enough, for a plan: within a quarter of what was predicted.
NEAR: Final = 0.25


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """Give the share; None of nothing."""
        return self.hits / self.of if self.of else None

    def interval(self) -> tuple[float, float]:
        """Give Wilson's 95 % interval (Wilson 1927); of nothing, all is possible."""
        if not self.of:
            return 0.0, 1.0
        share, square = self.hits / self.of, Z95**2 / self.of
        middle = share + square / 2
        reach = math.sqrt(square * (share * (1 - share) + square / 4))
        low, high = (middle - reach) / (1 + square), (middle + reach) / (1 + square)
        return max(low, 0.0), min(high, 1.0)


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Below which a tenth, a quarter, half, … of the ratios lie."""

    p10: float
    p25: float
    p50: float
    p75: float
    p90: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What came of `count` predictions.

    `ratios` are actual over predicted. `near` counts those within ±25 %; `held` those
    that ended inside their own range, `below` and `above` those that ended outside, of
    all that had one. `bias` is all actual time over all predicted time: what a plan of
    all these would have been out by. `rank_correlation` is Spearman's, from −1 to 1; it
    asks only whether the longer ones were predicted longer (None where all are equal).
    """

    count: int
    ratios: Quantiles
    near: Share
    held: Share
    below: Share
    above: Share
    bias: float
    rank_correlation: float | None


def compare(outcomes: Sequence[Outcome]) -> Calibration | None:
    """Compare predicted with actual durations; None where there are none."""
    if not outcomes:
        return None
    ratios = np.array([outcome.ratio for outcome in outcomes])
    levels = np.quantile(ratios, (0.1, 0.25, 0.5, 0.75, 0.9))
    predicted = np.array([outcome.predicted for outcome in outcomes])
    actual = np.array([outcome.actual for outcome in outcomes])
    near = np.abs(ratios - 1) <= NEAR
    below, held, above = share_held(
        [(o.span.low, o.actual, o.span.high) for o in outcomes if o.span is not None]
    )
    return Calibration(
        count=len(outcomes),
        ratios=Quantiles(*(float(level) for level in levels)),
        near=Share(int(near.sum()), len(outcomes)),
        held=held,
        below=below,
        above=above,
        bias=math.fsum(actual) / math.fsum(predicted),
        rank_correlation=spearman(predicted, actual),
    )


def share_held(
    ranged: Sequence[tuple[float, float, float]],
) -> tuple[Share, Share, Share]:
    """Count who ended below, inside and above a range, from (low, actual, high)."""
    below = sum(actual < low for low, actual, _ in ranged)
    above = sum(actual > high for _, actual, high in ranged)
    of = len(ranged)
    return Share(below, of), Share(of - below - above, of), Share(above, of)


def spearman(left: NDArray[np.float64], right: NDArray[np.float64]) -> float | None:
    """Correlate ranks, ties sharing their mean rank; None where one side is constant.

    Pearson's coefficient of the mean ranks, which is Spearman's with ties (Kendall,
    «Rank Correlation Methods», 1948).
    """
    first, second = _centred_ranks(left), _centred_ranks(right)
    spread = math.sqrt(float(first @ first) * float(second @ second))
    if not spread:
        return None
    return max(-1.0, min(1.0, float(first @ second) / spread))


def _centred_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means = ends - (counts - 1) / 2
    ranks: NDArray[np.float64] = means[place] - (len(values) + 1) / 2
    return ranks
