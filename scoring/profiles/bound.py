"""A proven bound from prices: what no order can undercut.

Let time have a price pi(t), which a row is paid while it is worked on. Whatever the
order, the rows fill all the time from 0 to P, so they are paid the integral of pi over
it. Then the sum over the rows of min f(C) - integral of pi over (C - p, C), plus that
integral, is no more than the cost of any order (the Lagrangian dual of the time-indexed
model of 1||sum f). Prices are constant within a cell of a grid. Where f is straight or
bends down, the minimum is where the row starts or ends at a grid point, at its
deadline, or at an end of its window; where f bends up it may sag below these by no more
than an eighth of its bend times the cell squared, which is taken off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.ordering.arrays import order_arrays
from scoring.profiles.links import Jobs, edges_of, windows
from scoring.profiles.shapes import Curves, Floats, Ints
from scoring.profiles.tolls import Tolls

# Cells of the grid: as fine as the work allows; the coarsest are for huge backlogs.
_CELLS: Final = (128, 1024)
_POINTS: Final = 500_000
_COARSEST: Final = 16
_MOST_POINTS: Final = 10_000_000

# Prices are improved so often, or as long as the work allows.
_STEPS: Final = 60
_WORK: Final = 6_000_000

# Without a gain in so many steps, the next ones are half as long.
_PATIENCE: Final = 4

# A window without width, in weeks, is divided by as if it had this one.
_TINY: Final = 1e-9

# What adding up may have rounded, relative to all that is paid.
_ROUNDING: Final = 1e-12

# Rows are priced in slices of so many points, which bounds the memory.
_SLICE: Final = 250_000


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Some rows, when each could end, and what that costs before any price.

    `ends` and `starts` are in cells of the grid, whole and fraction.
    """

    rows: slice
    costs: Floats
    ends: tuple[Ints, Floats]
    starts: tuple[Ints, Floats]


class Prices:
    """The grid, and what a price on each of its cells proves."""

    def __init__(self, jobs: Jobs, curves: Curves) -> None:
        self.jobs = jobs
        self.curves = curves
        self.total = float(jobs.durations.sum())
        rows = max(jobs.size, 1)
        fine = int(np.clip(_POINTS // rows, *_CELLS))
        self.cells = max(_COARSEST, min(fine, _MOST_POINTS // rows))
        self.cell = self.total / self.cells
        self.early, self.late = windows(jobs)
        self.late = np.maximum(self.late, self.early)
        self._kept: list[_Points] = []
        if jobs.size * self.cells <= _WORK:
            self._kept = list(self._slices())

    @property
    def steps(self) -> int:
        """Tell how often the prices may be improved."""
        return min(_STEPS, _WORK // (self.jobs.size * self.cells))

    def _slices(self) -> Iterator[_Points]:
        """Price the rows' possible ends, a slice of rows at a time."""
        wide = max(1, _SLICE // self.cells)
        grid = np.linspace(0.0, self.total, self.cells + 1)
        for start in range(0, self.jobs.size, wide):
            rows = slice(start, start + wide)
            weeks = self.jobs.durations[rows, None]
            due = self.curves.due[rows, None]
            lines = np.tile(grid, (len(weeks), 1))
            ends = np.concatenate((lines, lines + weeks, due), axis=1)
            ends = np.clip(ends, self.early[rows, None], self.late[rows, None])
            costs = self.curves.take(rows).column().cost(ends)
            sag = self.curves.take(rows).sag() * self.cell**2 / 8
            costs -= sag[:, None]
            yield _Points(rows, costs, self._cells(ends), self._cells(ends - weeks))

    def _cells(self, at: Floats) -> tuple[Ints, Floats]:
        scaled = np.clip(at / self.cell, 0.0, self.cells)
        whole = np.minimum(scaled.astype(np.int64), self.cells - 1)
        return whole, scaled - whole

    def bound(self, prices: Floats) -> tuple[float, Floats]:
        """Tell what these prices prove, and how much more than is there is worked.

        The second is a number for each cell: rows at work there, each where it is
        cheapest for itself, less one.
        """
        paid = np.concatenate(([0.0], np.cumsum(prices))) * self.cell
        step = np.append(prices * self.cell, 0.0)
        total = float(paid[-1]) - _ROUNDING * float(np.abs(prices).sum()) * self.cell
        busy = np.zeros(self.cells + 1)
        for points in self._kept or self._slices():
            (ends, over), (starts, under) = points.ends, points.starts
            values = points.costs - (paid[ends] + over * step[ends])
            values += paid[starts] + under * step[starts]
            best = np.argmin(values, axis=1)
            lines = np.arange(len(best))
            total += float(values[lines, best].sum())
            for (whole, part), sign in ((points.starts, 1.0), (points.ends, -1.0)):
                cell, share = whole[lines, best], part[lines, best]
                np.add.at(busy, cell, sign * (1.0 - share))
                np.add.at(busy, cell + 1, sign * share)
        return total, np.cumsum(busy)[:-1] - 1.0

    def lines(self, ends: Floats) -> tuple[Floats, float]:
        """Put a line below each curve; give their slopes, and what is left above them.

        Of the tangent where the row ends, and of the chord over its window, the one
        that is higher there. What is left is what the curves have above the lines at
        the least: the cheapest order by the lines, plus that, is a bound.
        """
        curves = self.curves
        width = np.maximum(self.late - self.early, _TINY)
        chord = (curves.cost(self.late) - curves.cost(self.early)) / width
        rates, rests = curves.slope(ends), np.empty(self.jobs.size)
        for points in self._kept or self._slices():
            at = (points.ends[0] + points.ends[1]) * self.cell
            rows = points.rows
            touch, span = (
                (points.costs - r[rows, None] * at).min(axis=1) for r in (rates, chord)
            )
            higher = span + chord[rows] * ends[rows] > touch + rates[rows] * ends[rows]
            rates[rows] = np.where(higher, chord[rows], rates[rows])
            rests[rows] = np.where(higher, span, touch)
        return rates, float(rests.sum())

    def at_ease(self, order: Ints) -> Floats:
        """Make the prices at which the rows of an order would not move by themselves.

        The price grows, over each row's stay, by what a week more would cost it.
        """
        weeks = self.jobs.durations[order]
        ends = np.cumsum(weeks)
        grown = np.cumsum(self.curves.take(order).slope(ends))
        times = np.concatenate(([0.0], ends))
        height = np.concatenate(([0.0], grown))
        area = np.cumsum((height[1:] + height[:-1]) / 2 * weeks)
        grid = np.linspace(0.0, self.total, self.cells + 1)
        paid = np.interp(grid, times, np.concatenate(([0.0], area)))
        found: Floats = np.diff(paid) / self.cell
        return found


def best_bound(jobs: Jobs, curves: Curves, order: Ints, cost: float) -> float:
    """Prove a bound below the cost of every order, starting from the best one known.

    The highest of three: what each row costs where it is cheapest for itself; what the
    exact engine proves, which knows the links but takes each curve for a line; and what
    prices prove, which know links by their tolls and by the rows' windows.
    """
    if not jobs.durations.any():
        return cost
    ends = np.empty(jobs.size)
    ends[order] = np.cumsum(jobs.durations[order])
    tolls = Tolls(jobs, curves.slope(ends))
    prices = Prices(jobs, curves.tilt(tolls.tilt))
    alone = np.minimum(curves.cost(prices.early), curves.cost(prices.late)).sum()
    best = max(float(alone), _lined(prices, ends) + tolls.fixed)
    if best < cost:
        start = prices.at_ease(order)
        most = cost - tolls.fixed
        best = max(best, _climbed(prices, start, most) + tolls.fixed)
    return min(best, cost)


def _lined(prices: Prices, ends: Floats) -> float:
    """Prove a bound by the exact engine, over lines below the curves."""
    jobs = prices.jobs
    rates, rest = prices.lines(ends)
    found = order_arrays(rates, jobs.durations, edges_of(jobs))
    rounded = _ROUNDING * float(np.abs(rates).sum()) * prices.total
    return found.lower_bound - rounded + rest


def _climbed(prices: Prices, start: Floats, cost: float) -> float:
    """Improve prices by subgradient steps; give the best bound on the way.

    Polyak's length, halved when nothing is gained for a while; each direction keeps
    half of the one before it.
    """
    now = top = start
    highest, reach, stale = -np.inf, 1.0, 0
    way = np.zeros(prices.cells)
    for _ in range(max(1, prices.steps)):
        found, excess = prices.bound(now)
        stale += 1
        if found > highest:
            highest, top, stale = found, now, 0
        if stale == _PATIENCE:
            reach, stale, now, way = reach / 2, 0, top, np.zeros(prices.cells)
        way = 0.5 * way - excess
        size = float(way @ way)
        if highest >= cost or not size:
            break
        now = now + reach * (cost - found) / (size * prices.cell) * way
    return float(highest)
