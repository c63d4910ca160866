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
from scoring.profiles.forest import Forest, forest_of
from scoring.profiles.links import Jobs, edges_of, windows
from scoring.profiles.points import Points, steps_of
from scoring.profiles.shapes import Curves, Floats, Ints

# Cells of the grid: as fine as the work allows; the coarsest are for huge backlogs.
_CELLS: Final = (128, 1024)
_POINTS: Final = 2_000_000
_COARSEST: Final = 16
_MOST_POINTS: Final = 10_000_000

# Prices are improved so often, or as long as the work allows.
_STEPS: Final = 40
_WORK: Final = 4_000_000

# Without a gain in so many steps, the next ones are half as long.
_PATIENCE: Final = 4

# A window without width, in weeks, is divided by as if it had this one.
_TINY: Final = 1e-9

# What adding up may have rounded, relative to all that is paid.
_ROUNDING: Final = 1e-12

# Rows are priced in slices of so many points, which bounds the memory.
_SLICE: Final = 250_000


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """What some prices prove, and what tells how they might prove more.

    `excess` is a number for each cell: rows at work there, each where it is cheapest
    for itself, less one. `starts` says when that is for each row.
    """

    bound: float
    excess: Floats
    starts: Floats


class Prices:
    """The grid, and what a price on each of its cells proves."""

    def __init__(
        self, jobs: Jobs, curves: Curves, forest: Forest, *, cells: int | None = None
    ) -> None:
        self.jobs = jobs
        self.curves = curves
        self.total = float(jobs.durations.sum())
        self._forest = forest
        rows = max(jobs.size, 1)
        fine = int(np.clip(_POINTS // rows, *_CELLS))
        self.cells = cells or max(_COARSEST, min(fine, _MOST_POINTS // rows))
        self.cell = self.total / self.cells
        self.early, self.late = windows(jobs)
        self.late = np.maximum(self.late, self.early)
        self._kept: list[Points] = []
        if jobs.size * self.cells <= _WORK:
            self._kept = list(self._slices())

    @property
    def steps(self) -> int:
        """Tell how often the prices may be improved."""
        return min(_STEPS, _WORK // (self.jobs.size * self.cells))

    def _slices(self) -> Iterator[Points]:
        """Price the rows' possible ends, a slice of rows at a time."""
        for rows in self._forest.slices(max(1, _SLICE // self.cells)):
            yield self._points(rows)

    def _points(self, rows: Ints) -> Points:
        grid = np.linspace(0.0, self.total, self.cells + 1)
        weeks, curves = self.jobs.durations[rows, None], self.curves.take(rows)
        early, late = self.early[rows, None], self.late[rows, None]
        due = np.clip(curves.due[:, None], early, late)
        lines = np.broadcast_to(grid, (len(rows), len(grid)))
        ends = np.concatenate((lines, lines + weeks, early, late, due), axis=1)
        costs = curves.column().cost(ends)
        costs -= curves.sag()[:, None] * self.cell**2 / 8
        costs[(ends < early) | (ends > late)] = np.inf
        return Points(
            rows,
            weeks[:, 0] / self.cell,
            ends[:, -3:] / self.cell,
            costs,
            tuple(steps_of(self._forest, rows)),
        )

    def bound(self, prices: Floats) -> Proven:
        """Tell what these prices prove."""
        paid = np.concatenate(([0.0], np.cumsum(prices))) * self.cell
        total = float(paid[-1]) - _ROUNDING * float(np.abs(prices).sum()) * self.cell
        starts = np.empty(self.jobs.size)
        for points in self._kept or self._slices():
            best, worth, high = points.settle(points.priced(paid))
            total += float(worth.sum()) - _ROUNDING * high
            ends = points.ends(slice(None))[np.arange(len(best)), best]
            starts[points.rows] = ends - points.durations
        weeks = self.jobs.durations / self.cell
        busy = self._count(starts) - self._count(starts + weeks)
        return Proven(total, np.cumsum(busy)[:-1] - 1.0, starts)

    def _count(self, times: Floats) -> Floats:
        """Share each time out between the cell it is in and the next."""
        whole = np.clip(times.astype(np.int64), 0, self.cells - 1)
        part = times - whole
        found = np.zeros(self.cells + 1)
        np.add.at(found, whole, 1.0 - part)
        np.add.at(found, whole + 1, part)
        return found

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
            at = points.ends(slice(None)) * self.cell
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


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """A bound below the cost of every order, and when rows would best start.

    `starts`, in cells of a grid, keeps most links but does not mind whether rows are
    worked on one at a time; it is None where no prices were needed.
    """

    bound: float
    starts: Floats | None = None


def best_bound(jobs: Jobs, curves: Curves, order: Ints, cost: float) -> Proof:
    """Prove a bound below the cost of every order, starting from the best one known.

    The highest of three: what each row costs where it is cheapest for itself; what the
    exact engine proves, which knows the links but takes each curve for a line; and what
    prices prove, which know links by their tolls and by the rows' windows.
    """
    if not jobs.durations.any():
        return Proof(cost)
    ends = np.empty(jobs.size)
    ends[order] = np.cumsum(jobs.durations[order])
    place = np.empty(jobs.size, dtype=np.int64)
    place[order] = np.arange(jobs.size)
    prices = Prices(jobs, curves, forest_of(jobs, place))
    alone = np.minimum(curves.cost(prices.early), curves.cost(prices.late)).sum()
    best = max(float(alone), _lined(prices, ends))
    if best >= cost:
        return Proof(cost)
    found = _climbed(prices, prices.at_ease(order), cost)
    return Proof(min(max(best, found.bound), cost), found.starts)


def _lined(prices: Prices, ends: Floats) -> float:
    """Prove a bound by the exact engine, over lines below the curves."""
    jobs = prices.jobs
    rates, rest = prices.lines(ends)
    found = order_arrays(rates, jobs.durations, edges_of(jobs))
    rounded = _ROUNDING * float(np.abs(rates).sum()) * prices.total
    return found.lower_bound - rounded + rest


def _climbed(prices: Prices, start: Floats, cost: float) -> Proven:
    """Improve prices by subgradient steps; give the best that they prove on the way.

    Polyak's length, halved when nothing is gained for a while; each direction keeps
    half of the one before it.
    """
    now = top = start
    best, reach, stale = prices.bound(start), 1.0, 0
    found, way = best, np.zeros(prices.cells)
    for _ in range(prices.steps):
        way = 0.5 * way - found.excess
        size = float(way @ way)
        if best.bound >= cost or not size:
            break
        now = now + reach * (cost - found.bound) / (size * prices.cell) * way
        found = prices.bound(now)
        stale += 1
        if found.bound > best.bound:
            best, top, stale = found, now, 0
        if stale == _PATIENCE:
            reach, stale, now, found = reach / 2, 0, top, best
            way = np.zeros(prices.cells)
    return best
