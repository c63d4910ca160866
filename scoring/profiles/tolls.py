"""What a link is worth: how much of the blocked item's urgency its blocker carries."""

import numpy as np

from scoring.ordering.arrays import order_arrays
from scoring.profiles.links import Jobs, edges_of
from scoring.profiles.shapes import Floats


class Tolls:
    """One toll a week on each link, paid by the blocked row to its blocker.

    `tilt` is what each row gains by that, per week, and `fixed` what all of it adds up
    to at the least: whatever the order, if it keeps the links, the tolls cost nothing
    (the Lagrangian of the links).
    """

    def __init__(self, jobs: Jobs, rates: Floats) -> None:
        """Set the tolls that make equal what the exact engine moves as one block.

        With them every row of a block has the block's own ratio, so that no row is
        pulled forward any more, and none is held back.
        """
        self.jobs = jobs
        self.tilt = np.zeros(jobs.size)
        self.fixed = 0.0
        found = order_arrays(rates, jobs.durations, edges_of(jobs))
        ends = np.append(found.starts[1:], jobs.size)
        for start, end in zip(found.starts.tolist(), ends.tolist(), strict=True):
            if end - start > 1:
                self._level(found.order[start:end].tolist(), rates)

    def _level(self, block: list[int], rates: Floats) -> None:
        """Pass on what a row has more than its share, last row first."""
        weeks = self.jobs.durations
        ratio = rates[block].sum() / max(weeks[block].sum(), _TINY)
        inside = set(block)
        for row in reversed(block):
            over = rates[row] + self.tilt[row] - ratio * weeks[row]
            before = [one for one in self.jobs.graph.before[row] if one in inside]
            if not before or over <= 0:
                continue
            self.tilt[row] -= over
            self.tilt[before] += over / len(before)
            self.fixed += over * weeks[row]


_TINY = 1e-12
