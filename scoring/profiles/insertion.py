"""A better order: put one row elsewhere as long as that saves something."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scoring.profiles.links import Jobs
from scoring.profiles.shapes import Curves, Floats, Ints

# A saving below this share of the whole is rounding.
_NOISE: Final = 1e-13

# A look costs as much time as meeting so many rows.
_LOOK: Final = 250

Flags = NDArray[np.bool_]


class Search:
    """An order that is made cheaper by moving one row at a time.

    Arrays named after what they hold of each place: `rows`, `ends`, `costs`; `place`
    is where each row stands. No move breaks a link.
    """

    def __init__(self, jobs: Jobs, curves: Curves, order: Ints) -> None:
        self.jobs = jobs
        self.curves = curves
        self.rows = np.array(order, dtype=np.int64)
        self.place = np.empty_like(self.rows)
        self.place[self.rows] = np.arange(jobs.size)
        self.weeks = jobs.durations[self.rows]
        self.ends = np.cumsum(self.weeks)
        self.here = curves.take(self.rows)
        self.costs = self.here.cost(self.ends)

    @property
    def cost(self) -> float:
        """Add up what the order costs."""
        return float(self.costs.sum())

    def improve(self, work: int, reach: int, dirty: Flags | None = None) -> int:
        """Look for a better place of each row until none has one, or work runs out.

        `reach` is how many places away it is looked for; `dirty` are the rows to begin
        with (all, unless told). A row that was shifted is looked at again. Work counts
        the rows that were met; what is left of it is given back.
        """
        noise = self.noise
        again = np.ones(self.jobs.size, dtype=bool) if dirty is None else dirty
        while work > 0 and again.any():
            for row in self.rows[again[self.rows]].tolist():
                again[row] = False
                low, high = self._within(row, reach)
                work -= _LOOK + high - low
                span = self._better(row, low, high, noise)
                if span is not None:
                    again[self.rows[span]] = True
                if work <= 0:
                    break
        return work

    @property
    def noise(self) -> float:
        """Tell which saving is mere rounding."""
        return _NOISE * float(np.abs(self.costs).sum())

    def _better(self, row: int, low: int, high: int, noise: float) -> slice | None:
        """Move a row to its best place, if any; tell which places that changed."""
        if low == high:
            return None
        deltas = self.deltas(row, low, high)
        best = int(np.argmin(deltas))
        if deltas[best] >= -noise:
            return None
        return self.move(int(self.place[row]), low + best)

    def place_best(self, row: int) -> None:
        """Move a row to the best place that links leave to it."""
        low, high = self.room(row)
        self._better(row, low, high, self.noise)

    def _within(self, row: int, reach: int) -> tuple[int, int]:
        at = int(self.place[row])
        low, high = self.room(row)
        return max(low, at - reach), min(high, at + reach)

    def room(self, row: int) -> tuple[int, int]:
        """Find the first and the last place that links leave to a row."""
        graph, place = self.jobs.graph, self.place
        before, after = graph.before[row], graph.after[row]
        low = int(place[before].max()) + 1 if before else 0
        high = int(place[after].min()) - 1 if after else self.jobs.size - 1
        return low, high

    def deltas(self, row: int, low: int, high: int) -> Floats:
        """Price putting a row at each place from `low` to `high`; savings are negative.

        One running sum of what the rows between lose or gain, each way.
        """
        span = slice(low, high + 1)
        at, weeks = int(self.place[row]) - low, float(self.jobs.durations[row])
        shifted = self.ends[span].copy()
        shifted[:at] += weeks
        shifted[at + 1 :] -= weeks
        others = self.here.take(span).cost(shifted) - self.costs[span]
        own = self.ends[span].copy()
        own[:at] += weeks - self.weeks[span][:at]
        deltas: Floats = self.curves.take(row).cost(own) - self.costs[low + at]
        deltas[:at] += np.cumsum(others[:at][::-1])[::-1]
        deltas[at + 1 :] += np.cumsum(others[at + 1 :])
        deltas[at] = 0.0
        return deltas

    def move(self, at: int, to: int) -> slice:
        """Put the row of one place at another; tell which places that changed."""
        low, high = min(at, to), max(at, to)
        span = slice(low, high + 1)
        for line in (self.rows, self.weeks, self.here.parts):
            _carry(line, at, to)
        start = float(self.ends[low - 1]) if low else 0.0
        self.place[self.rows[span]] = np.arange(low, high + 1)
        self.ends[span] = start + np.cumsum(self.weeks[span])
        self.costs[span] = self.here.take(span).cost(self.ends[span])
        return span


def _carry(line: NDArray[Any], at: int, to: int) -> None:
    """Put what is at one place, in the last dimension, at another."""
    carried = line[..., at].copy()
    if at < to:
        line[..., at:to] = line[..., at + 1 : to + 1]
    else:
        line[..., to + 1 : at + 1] = line[..., to:at]
    line[..., to] = carried
