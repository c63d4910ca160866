"""A first order: at each step take what loses most, per week of work, by waiting on."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from scoring.profiles.shapes import Curves, Floats, Ints

# How far ahead a step looks: in mean durations, and in shares of all the work. In a
# large backlog the larger shares were never the best.
_MEANS: Final = (1.0, 3.0, 10.0)
_SHARES: Final = (0.05, 0.15, 0.4)
_LARGE: Final = 300

# A coarse dispatch has so many steps, and looks at so many rows over all of them. It
# looks ahead as far as one step of 3,000 rows goes; nearer or further is no better.
_COARSE_STEPS: Final = 300
_COARSE_MEANS: Final = 10.0
_COARSE_WORK: Final = 3_000_000

# No more rows than this are looked at, over all steps: larger backlogs take several
# rows a step.
_WORK: Final = 60_000_000
# What takes no time is dispatched as if it took this: a tenth of a millisecond.
_TINY: Final = 1e-9

# Taken rows are cleared away once they are one in so many.
_CLEARED: Final = 8


def dispatch(curves: Curves, durations: Floats) -> Ints:
    """Order the rows, whatever their links, once for each look ahead (one a line).

    The rule is that of apparent tardiness cost, with the curve itself in place of the
    weight: (f(t + p + ahead) - f(t + p)) / p. Of equals the first row is taken.
    """
    size, total = len(durations), float(durations.sum())
    shares = _SHARES if size <= _LARGE else _SHARES[:1]
    ahead = [total / size * mean for mean in _MEANS] + [total * s for s in shares]
    return _dispatched(curves, durations, ahead, _WORK // (size * len(ahead)))


def dispatch_coarsely(curves: Curves, durations: Floats) -> Ints:
    """Order the rows by one look ahead, in few steps of several rows (one line)."""
    size, total = len(durations), float(durations.sum())
    steps = min(_COARSE_STEPS, _COARSE_WORK // size)
    return _dispatched(curves, durations, [total / size * _COARSE_MEANS], steps)


def _dispatched(
    curves: Curves, durations: Floats, ahead: Sequence[float], steps: int
) -> Ints:
    size, looks = len(durations), np.array(ahead)[:, None]
    taken = -(-size // max(1, min(size, steps)))
    lines = _Lines(curves, durations, len(ahead))
    for _ in range(-(-size // taken)):
        ends = lines.now + lines.durations
        gains = lines.curves.cost(ends + looks) - lines.curves.cost(ends)
        lines.take(gains / lines.floor, taken)
    return np.concatenate(lines.found, axis=1)


class _Lines:
    """The open rows of several orders that grow side by side.

    Every line has as many open rows; those that are taken are cleared away now and
    then.
    """

    def __init__(self, curves: Curves, durations: Floats, count: int) -> None:
        self._all = curves
        self._weeks = durations
        self._rows = np.tile(np.arange(len(durations)), (count, 1))
        self._line = np.arange(count)[:, None]
        self._due = 0
        self.now = np.zeros((count, 1))
        self.found: list[Ints] = []
        self._gather()

    def _gather(self) -> None:
        self.curves = self._all.take(self._rows)
        self.durations = self._weeks[self._rows]
        self.floor = np.maximum(self.durations, _TINY)
        self._open = np.ones(self._rows.shape, dtype=bool)
        self._due = max(1, self._rows.shape[1] // _CLEARED)

    def take(self, gains: Floats, count: int) -> None:
        """Take the rows with the highest gains in each line, then let time pass."""
        open_ = self._open
        count = min(count, int(open_[0].sum()))
        best = _highest(np.where(open_, gains, -np.inf), count)
        open_[self._line, best] = False
        self.now += self.durations[self._line, best].sum(axis=1, keepdims=True)
        self.found.append(self._rows[self._line, best])
        self._due -= count
        if self._due <= 0:
            self._rows = self._rows[open_].reshape(len(self._line), -1)
            self._gather()


def _highest(gains: Floats, count: int) -> Ints:
    """Choose the highest of each line, in falling order; of equals the first."""
    if count == 1:
        best: Ints = np.argmax(gains, axis=1)[:, None]
        return best
    least = gains.shape[1] - count
    lows = np.partition(gains, least, axis=1)[:, least]
    found = np.empty((len(gains), count), dtype=np.int64)
    for line, (gain, low) in enumerate(zip(gains, lows, strict=True)):
        high = np.flatnonzero(gain >= low)
        found[line] = high[np.argsort(-gain[high], kind="stable")[:count]]
    return found
