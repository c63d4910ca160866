"""Many sequences at once, each cut into chunks whose ratios fall.

Cases are rows, places columns. Neighbours are pooled while a later chunk has the higher
ratio (pool adjacent violators): what is left is how the sequence stands among other
work, for only whole chunks let anything between them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.uncertainty.normal import Floats
from scoring.uncertainty.spreads import Real

# A ratio beyond this is as good as this: infinities would not compare with gaps.
_MOST: Final = 1e300


def ratios_of(costs: NDArray[Real], durations: NDArray[Real]) -> NDArray[Real]:
    """Divide as the ordering does: the cost's sign decides where nothing takes time."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = costs / durations
    if not durations.all():
        ratios[(durations == 0) & (costs == 0)] = 0.0
    return ratios


def bounded_ratios(costs: Floats, durations: Floats) -> Floats:
    """Divide, and keep infinities out."""
    return np.clip(ratios_of(costs, durations), -_MOST, _MOST)


def pooled(costs: Floats, durations: Floats) -> Floats:
    """Give for each place the ratio of the chunk that it belongs to, row by row."""
    stack = _Stack(costs, durations)
    for place in range(costs.shape[1]):
        stack.push(place)
    return stack.spread()


class _Stack:
    """The chunks so far of every row, the last one on top."""

    def __init__(self, costs: Floats, durations: Floats) -> None:
        shape = costs.shape
        self._given = costs, durations
        self._costs, self._durations, self._ratios = np.empty((3, *shape))
        self._heads = np.zeros(shape, dtype=np.intp)
        self._begins = np.ones(shape, dtype=bool)
        self._depth = np.zeros(shape[0], dtype=np.intp)
        self._rows = np.arange(shape[0])

    def push(self, place: int) -> None:
        """Put one place on top of every row, and pool what it outdoes."""
        rows, top = self._rows, self._depth
        costs, durations = (given[:, place] for given in self._given)
        self._costs[rows, top], self._durations[rows, top] = costs, durations
        self._ratios[rows, top] = bounded_ratios(costs, durations)
        self._heads[rows, top] = place
        self._depth = top + 1
        while True:
            top = self._depth[rows] - 1
            rows, top = rows[top > 0], top[top > 0]
            worse = self._ratios[rows, top - 1] < self._ratios[rows, top]
            rows, top = rows[worse], top[worse]
            if not len(rows):
                return
            self._glue(rows, top)

    def _glue(self, rows: NDArray[np.intp], top: NDArray[np.intp]) -> None:
        self._begins[rows, self._heads[rows, top]] = False
        self._costs[rows, top - 1] += self._costs[rows, top]
        self._durations[rows, top - 1] += self._durations[rows, top]
        self._ratios[rows, top - 1] = bounded_ratios(
            self._costs[rows, top - 1], self._durations[rows, top - 1]
        )
        self._depth[rows] -= 1

    def spread(self) -> Floats:
        """Write each chunk's ratio at all its places."""
        found = np.zeros(self._begins.shape)
        for turn in range(int(self._depth.max(initial=0))):
            rows = np.flatnonzero(self._depth > turn)
            found[rows, self._heads[rows, turn]] = self._ratios[rows, turn]
        places = np.arange(self._given[0].shape[-1])
        heads = np.maximum.accumulate(np.where(self._begins, places, 0), axis=1)
        spread: Floats = np.take_along_axis(found, heads, axis=1)
        return spread
