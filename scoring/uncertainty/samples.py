"""Ranks and regret by drawing numbers: where drivers are shared, and as a check.

A driver is a factor that several items have in common: the size of a market, the speed
of a platform. One draw of it multiplies them all, so that they rise and fall together,
which no analysis of independent items can tell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.item import Span
from scoring.uncertainty.arrangement import Ints
from scoring.uncertainty.normal import Floats
from scoring.uncertainty.pooling import ratios_of
from scoring.uncertainty.ranges import factor_spreads
from scoring.uncertainty.ranks import TENTHS, Ranks
from scoring.uncertainty.spreads import Spreads
from scoring.uncertainty.units import Units

Sample = NDArray[np.floating[Any]]

# Numbers held at once, of each kind.
_CHUNK: Final = 2_000_000

# Ranks are counted in at most so many cells; beyond, several ranks share one.
_CELLS: Final = 4_000_000

# Single precision holds no more.
_MOST_RATIO: Final = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True)
class Driver:
    """A factor with its 80 % range that the items named have in common.

    It is around `likely`: 1, or less where items hold its mean already.
    """

    name: str
    keys: tuple[str, ...]
    span: Span
    on: Literal["cost_of_delay", "duration"] = "cost_of_delay"
    likely: float = 1.0


@dataclass(frozen=True, eq=False)
class Sampled:
    """What so many samples showed.

    `regret` is the mean cost of the order by means less that of the best order of each
    sample, its links kept; `error` its standard error. `expected` is the mean cost
    of the order by means, own durations counted.
    """

    ranks: Ranks
    expected: float
    regret: float
    error: float


def sample_ranks(
    units: Units,
    *,
    top: int,
    samples: int,
    seed: int,
    drivers: Sequence[Driver] = (),
) -> Sampled:
    """Draw every number so many times, and rank and price each time.

    Numbers are drawn in single precision and added up in double. With drivers they are
    drawn in double and compared in single, so that what is worth the same still is when
    one driver moves both. The ranks are exact up to 2,000 items; beyond, those of 10,
    50 and 90 % are to within a cell.
    """
    if samples < 1:
        raise ValueError("draw at least one sample")
    drawing = Drawing(units, drivers, seed)
    tally = _Tally(units, top)
    step = max(1, _CHUNK // max(1, len(units.keys)))
    for done in range(0, samples, step):
        costs, durations = drawing.draw(min(step, samples - done))
        tally.add(costs, durations)
    return tally.told()


class Drawing:
    """Where the numbers come from: one generator, in a fixed sequence."""

    def __init__(self, units: Units, drivers: Sequence[Driver], seed: int) -> None:
        row = {key: number for number, key in enumerate(units.keys)}
        self._units = units
        self._random = np.random.default_rng(seed)
        self._factors = factor_spreads([(one.likely, one.span) for one in drivers])
        self._single = not drivers
        self._touched = [
            (driver.on, np.array([row[k] for k in driver.keys if k in row], np.intp))
            for driver in drivers
        ]

    def draw(self, count: int) -> tuple[Sample, Sample]:
        """Draw items' costs and durations, one row a sample."""
        costs = self._values(self._units.costs, count)
        durations = self._values(self._units.durations, count)
        factors = self._values(self._factors, count)
        for number, (on, rows) in enumerate(self._touched):
            target = costs if on == "cost_of_delay" else durations
            target[:, rows] *= factors[:, number : number + 1]
        return costs, durations

    def _values(self, spreads: Spreads, count: int) -> Sample:
        shape = count, len(spreads)
        if self._single:
            scores = self._random.standard_normal(shape, dtype=np.float32)
            return spreads.drawn(scores)
        return spreads.drawn(self._random.standard_normal(shape))


class Anew(NamedTuple):
    """The best order of each case, rows by place; a row each case.

    `plain` is what the order by means costs, `lost` how much that is more.
    """

    best: Ints
    plain: Floats
    lost: Floats


def order_anew(units: Units, costs: Sample, durations: Sample) -> Anew:
    """Order the items for each of some cases, and price the order by means against it.

    Equal ratios keep the order by means.
    """
    plain = _priced(costs, durations)
    members, costs, durations, ratios = _arranged(units, costs, durations)
    smooth = units.costs.smooth and units.durations.smooth
    stable = bool(units.groups) or not smooth
    best = np.argsort(-ratios, axis=1, stable=stable)
    cheapest = _priced(
        *(np.take_along_axis(part, best, 1) for part in (costs, durations))
    )
    lost = np.maximum(plain - cheapest, 0.0)
    return Anew(np.take_along_axis(members, best, axis=1), plain, lost)


def _arranged(
    units: Units, costs: Sample, durations: Sample
) -> tuple[Ints, Sample, Sample, NDArray[np.float32]]:
    """Order each unit by itself: rows, costs, durations and chunks' ratios."""
    rows = np.broadcast_to(units.members, costs.shape)
    with np.errstate(over="ignore"):
        ratios = ratios_of(costs, durations).astype(np.float32, copy=False)
    if not units.groups:
        return rows, costs, durations, ratios
    rows, ratios = rows.copy(), ratios[:, units.members]
    for unit, group in units.groups.items():
        mine = units.rows(unit)
        numbers = (part[:, mine].astype(np.float64) for part in (costs, durations))
        arranged = group.arrange(*numbers)
        place = slice(units.starts[unit], units.starts[unit] + group.size)
        rows[:, place] = mine[arranged.order]
        ratios[:, place] = np.clip(arranged.ratios, -_MOST_RATIO, _MOST_RATIO)
    costs = np.take_along_axis(costs, rows, axis=1)
    return rows, costs, np.take_along_axis(durations, rows, axis=1), ratios


class _Tally:
    """Counts of ranks and sums of costs, over all samples so far."""

    def __init__(self, units: Units, top: int) -> None:
        size = len(units.keys)
        self._units, self._top = units, top
        self._width = max(1, -(-size * size // _CELLS))
        self._cells = -(-size // self._width)
        self._counts = np.zeros(size * self._cells, dtype=np.int64)
        self._first, self._within = np.zeros(size), np.zeros(size)
        self._costs: list[Floats] = []
        self._regrets: list[Floats] = []

    def add(self, costs: Sample, durations: Sample) -> None:
        """Rank and price some samples."""
        found = order_anew(self._units, costs, durations)
        self._costs.append(found.plain)
        self._regrets.append(found.lost)
        self._count(found.best)

    def _count(self, best: Ints) -> None:
        """Count the items' ranks, from 0, in the best orders."""
        ranks = np.empty_like(best)
        places = np.broadcast_to(np.arange(best.shape[1]), best.shape)
        np.put_along_axis(ranks, best, places, axis=1)
        self._first += (ranks == 0).sum(axis=0)
        self._within += (ranks < self._top).sum(axis=0)
        cells = ranks // self._width + np.arange(ranks.shape[1]) * self._cells
        self._counts += np.bincount(cells.ravel(), minlength=len(self._counts))

    def told(self) -> Sampled:
        """Divide by the number of samples."""
        costs, regrets = np.concatenate(self._costs), np.concatenate(self._regrets)
        count = len(costs)
        spread = float(regrets.std(ddof=1)) if count > 1 else 0.0
        ranks = Ranks(self._first / count, self._within / count, *self._tenths(count))
        return Sampled(
            ranks, float(costs.mean()), float(regrets.mean()), spread / count**0.5
        )

    def _tenths(self, count: int) -> Iterator[NDArray[np.int64]]:
        """Find the ranks below which so many tenths of the samples lie."""
        rising = np.cumsum(self._counts.reshape(-1, self._cells), axis=1)
        for tenth in TENTHS:
            cells = (rising < tenth * count).sum(axis=1)
            middles = cells * self._width + (self._width - 1) // 2
            yield np.minimum(middles + 1, len(self._first)).astype(np.int64)


def _priced(costs: Sample, durations: Sample) -> Floats:
    """Sum cost × completion time along each row, in double precision."""
    ends = np.cumsum(durations, axis=1, dtype=np.float64)
    found: Floats = np.einsum("ij,ij->i", ends, costs)
    return found
