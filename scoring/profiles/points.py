"""Where rows could end, on a grid of time, and what linked ones tell each other there.

A link lets its ends pay each other a toll that grows with time: the blocker pays by
when it ends, the blocked row is paid by when it starts. In an order that keeps the link
the row starts no sooner than its blocker ends, so no less is paid out than in: with any
growing tolls, what rows cost at their cheapest adds up to no more than any order does
(the Lagrangian of the links, one multiplier for each moment). Along trees of links the
best tolls for given prices are found at once, from the leaves to the root: a row passes
on what its cheapest place costs if its blocker ends later.

Times are in cells of the grid throughout.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scoring.profiles.forest import Forest
from scoring.profiles.shapes import Floats, Ints

# Times closer than this are the same.
_CLOSE: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Rows that are as far from their roots, and the rows next to them on the way.

    `blocks` says that they block these, else they are blocked by them.
    """

    rows: Ints
    above: Ints
    blocks: bool


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Some rows, the points at which each could end, and what that costs by itself.

    The first points of a row end at the grid's times and the next ones start there;
    `own` are the ends of the rest: the first possible, the last, and its deadline. What
    its window shuts out costs infinitely much. `steps` lead from the leaves of trees to
    their roots and count the rows here.
    """

    rows: Ints
    durations: Floats
    own: Floats
    costs: Floats
    steps: tuple[Step, ...]

    @property
    def grid(self) -> int:
        """Count the grid's times."""
        return int(self.costs.shape[1] - self.own.shape[1]) // 2

    def ends(self, rows: Ints | slice) -> Floats:
        """Tell when rows end at each of their points."""
        times = np.arange(self.grid, dtype=np.float64)
        weeks = self.durations[rows, None]
        lines = np.broadcast_to(times, (len(weeks), self.grid))
        return np.concatenate((lines, lines + weeks, self.own[rows]), axis=1)

    def priced(self, paid: Floats) -> Floats:
        """Take from the costs what a row is paid while it is worked on.

        `paid` is what has been paid up to each of the grid's times.
        """
        n, all_rows = self.grid, np.zeros(len(self.rows), dtype=np.int64)
        values = self.costs.copy()
        values[:, :n] += read_at(paid[None], all_rows, -self.durations) - paid
        values[:, n : 2 * n] -= read_at(paid[None], all_rows, self.durations) - paid
        times = np.arange(n)
        started = np.interp(self.own - self.durations[:, None], times, paid)
        values[:, 2 * n :] += started - np.interp(self.own, times, paid)
        return values

    def settle(self, values: Floats) -> tuple[Ints, Floats, float]:
        """Let tolls change the values; choose a point for each row.

        Gives the points, which keep the links of the trees, what they are worth, and
        the sum of the highest tolls, which counts what may have been rounded.
        """
        told, high = [], 0.0
        for step in self.steps:
            own = values[step.rows]
            toll = self._toll(step, own)
            high += float(np.abs(toll).max(axis=1).sum())
            told.append(own)
            pays, is_paid = (
                (step.rows, step.above) if step.blocks else (step.above, step.rows)
            )
            _add(values, pays, self._read(toll, pays, ends=True))
            _add(values, is_paid, -self._read(toll, is_paid, ends=False))
        best: Ints = np.argmin(values, axis=1)
        worth = values[np.arange(len(best)), best]
        for step, own in zip(reversed(self.steps), reversed(told), strict=True):
            best[step.rows] = self._choice(step, own, best[step.above])
        return best, worth, high

    def _toll(self, step: Step, values: Floats) -> Floats:
        """Make each row's toll at the grid's times; it never falls."""
        n, times = self.grid, np.arange(self.grid)
        first, last, due = (values[:, at, None] for at in (-3, -2, -1))
        end = self.own[step.rows, -1, None]
        if step.blocks:
            dated = np.where(times >= end, due, np.inf)
            sooner = np.minimum(np.minimum(values[:, :n], first), dated)
            toll: Floats = -np.minimum.accumulate(sooner, axis=1)
            return toll
        start = end - self.durations[step.rows, None]
        dated = np.where(times <= start, due, np.inf)
        later = np.minimum(np.minimum(values[:, n : 2 * n], last), dated)
        rising: Floats = np.minimum.accumulate(later[:, ::-1], axis=1)[:, ::-1]
        return rising

    def _read(self, toll: Floats, rows: Ints, *, ends: bool) -> Floats:
        """Read tolls, one a row, where rows end or start at each of their points."""
        weeks, lines = self.durations[rows], np.arange(len(rows))
        if ends:
            near = (toll, read_at(toll, lines, weeks))
            own = self.own[rows]
        else:
            near = (read_at(toll, lines, -weeks), toll)
            own = self.own[rows] - weeks[:, None]
        whole = np.clip(own.astype(np.int64), 0, self.grid - 2)
        low, high = (np.take_along_axis(toll, whole + step, axis=1) for step in (0, 1))
        return np.concatenate((*near, low + (own - whole) * (high - low)), axis=1)

    def _choice(self, step: Step, own: Floats, above: Ints) -> Ints:
        """Choose the cheapest points that keep the link to what was chosen above."""
        n, weeks = self.grid, self.durations[step.rows]
        grid = above % n  # of the points that start or end at the grid's times
        end = np.where(above < n, grid, grid + self.durations[step.above])
        mine = above - 2 * n
        end = np.where(mine < 0, end, self.own[step.above, np.maximum(mine, 0)])
        times = np.arange(n)
        if step.blocks:
            latest = (end - self.durations[step.above] + _CLOSE)[:, None]
            sides = (times > latest, times + weeks[:, None] > latest)
            own_side = self.own[step.rows] > latest
        else:
            earliest = (end - _CLOSE)[:, None]
            sides = (times - weeks[:, None] < earliest, times < earliest)
            own_side = self.own[step.rows] - weeks[:, None] < earliest
        bad = np.concatenate((*sides, own_side), axis=1)
        choice: Ints = np.argmin(np.where(bad, np.inf, own), axis=1)
        return choice


def _add(values: Floats, rows: Ints, amounts: Floats) -> None:
    """Add a line each to rows of values; a row may be named more than once."""
    turn = np.argsort(rows, kind="stable")
    named = rows[turn]
    first = np.flatnonzero(np.diff(named, prepend=-1))
    if len(first) < len(rows):
        rows, amounts = named[first], np.add.reduceat(amounts[turn], first, axis=0)
    values[rows] += amounts


def read_at(lines: Floats, which: Ints, later: Floats) -> Floats:
    """Read lines of values at the grid's times, so much later each.

    Between the grid's times they are straight, before and after them level.
    """
    size = lines.shape[1]
    long = np.empty((len(lines), 3 * size))
    long[:, :size] = lines[:, :1]
    long[:, size : 2 * size] = lines
    long[:, 2 * size :] = lines[:, -1:]
    windows = sliding_window_view(long.ravel(), size)
    whole = np.floor(later).astype(np.int64)
    first = which * long.shape[1] + size + whole
    low = windows[first]
    found: Floats = windows[first + 1]
    found -= low
    found *= (later - whole)[:, None]
    found += low
    return found


def steps_of(forest: Forest, rows: Ints) -> Iterator[Step]:
    """Go from the leaves to the roots; links to rows elsewhere are left out."""
    here = np.full(len(forest.up), -1)
    here[rows] = np.arange(len(rows))
    above = np.where(forest.up[rows] >= 0, here[forest.up[rows]], -1)
    level, blocks = forest.level[rows], forest.blocks[rows]
    for depth in range(int(level.max(initial=0)), 0, -1):
        for side in (False, True):
            own = np.flatnonzero((level == depth) & (above >= 0) & (blocks == side))
            if len(own):
                yield Step(own, above[own], side)
