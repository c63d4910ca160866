"""Where each item may come to stand: chances of the top, and ranks from 10 to 90 %."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.uncertainty.atoms import Atoms, spread_out
from scoring.uncertainty.counts import Cumulants, at_most, cumulants
from scoring.uncertainty.normal import Floats, middles
from scoring.uncertainty.units import Ints, Units

# Own cases looked at: this many in all, within bounds for each item.
_LOOKS: Final = 100_000
_FEWEST: Final = 32
_MOST: Final = 300

# Scores at which the count of better items is taken for the ranks.
_NODES: Final = 9

TENTHS: Final = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Ranks:
    """One row an item, in the order by means; ranks count from 1.

    `first` and `top` are the chances of rank 1 and of the top so many; nine in ten
    times the rank is at least `low`, half of the time at most `middle`, nine in ten
    times at most `high`.
    """

    first: Floats
    top: Floats
    low: NDArray[np.int64]
    middle: NDArray[np.int64]
    high: NDArray[np.int64]


def analytic_ranks(units: Units, *, top: int) -> Ranks:
    """Compute the ranks' distribution without drawing numbers, all items independent.

    Against samples the chances are within 0.01; a block's items keep their sequence.
    """
    return ranks_of(spread_out(units), top=top)


def ranks_of(atoms: Atoms, *, top: int) -> Ranks:
    """Tell the ranks of cases that are made already."""
    size = len(atoms.units.keys)
    found = Ranks(
        np.zeros(size),
        np.zeros(size),
        *(np.zeros(size, dtype=np.int64) for _ in TENTHS),
    )
    counted = cumulants(atoms)
    sure = atoms.units.certain[atoms.units.unit_of]
    for rows in (np.flatnonzero(sure), np.flatnonzero(~sure)):
        if len(rows):
            _judge(found, _Looks(atoms, counted, rows), top)
    return found


class _Looks:
    """Cases of some items, the units of which have equally many."""

    def __init__(self, atoms: Atoms, counted: Cumulants, rows: Ints) -> None:
        units = atoms.units
        unit = units.unit_of[rows]
        cases = int(atoms.counts[unit[0]])
        looks = min(max(_FEWEST, _LOOKS // len(rows)), _MOST, cases)
        turns = ((np.arange(looks) + 0.5) * cases / looks).astype(np.intp)
        self._atoms, self._counted = atoms, counted
        self._chosen: Ints = atoms.firsts[unit][:, None] + turns
        self.rows = rows
        self.offset: Ints = rows - units.starts[unit]
        self.others: Ints = len(units.keys) - units.sizes[unit]

    def within(self, count: int) -> Floats:
        """Give each item's chance of a rank of at most so many."""
        limits = np.broadcast_to((count - 1 - self.offset)[:, None], self._chosen.shape)
        chances = at_most(
            self._atoms, self._counted, self._chosen.ravel(), limits.ravel()
        )
        mean: Floats = chances.reshape(self._chosen.shape).mean(axis=1)
        return mean

    def tenths(self) -> Floats:
        """Find the tenths of the count of better items over all of an item's cases."""
        some = self._counted.at(self._chosen)
        nodes = middles(_NODES)
        lean = some.skew[..., None] * (nodes * nodes - 1) / 6
        spread = some.mean[..., None] + some.deviation[..., None] * (nodes + lean)
        flat = np.sort(spread.reshape(len(self.rows), -1), axis=1)
        found: Floats = flat.T[[int(np.ceil(q * flat.shape[1])) - 1 for q in TENTHS]]
        return found


def _judge(found: Ranks, looks: _Looks, top: int) -> None:
    """Fill in some items' rows."""
    found.first[looks.rows] = looks.within(1)
    found.top[looks.rows] = looks.within(top)
    ends = found.low, found.middle, found.high
    for target, better in zip(ends, looks.tenths(), strict=True):
        ranks = np.clip(np.round(better), 0, looks.others) + looks.offset + 1
        target[looks.rows] = ranks.astype(np.int64)
