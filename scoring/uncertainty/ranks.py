"""Where each item may come to stand: chances of the top, and ranks from 10 to 90 %."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.uncertainty.arrangement import Ints
from scoring.uncertainty.atoms import Atoms, spread_out
from scoring.uncertainty.counts import Cumulants, at_most, cumulants
from scoring.uncertainty.normal import Floats, middles
from scoring.uncertainty.units import Units

# Own cases looked at for ranks: this many in all, within bounds for each item.
_LOOKS: Final = 100_000
_FEWEST: Final = 32
_MOST: Final = 300

# The same for chances in backlogs with groups: all cases there are, up to some 10,000
# items. Where each sample must be ordered anew there is time for that.
_GROUP_LOOKS: Final = 400_000
_MOST_GROUP: Final = 4_096

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

    Against samples the chances are within 0.01. Items in groups that are too tangled
    (`Atoms.held`) keep their sequence, and are as exact as that.
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
    if size:
        counted = cumulants(atoms)
        shelf = _Shelf(atoms)
        for rows in shelf.alike():
            _judge(found, atoms, counted, shelf, rows, top)
    return found


class _Shelf:
    """Each item's cases, from its best chunk's ratio down."""

    def __init__(self, atoms: Atoms) -> None:
        units = atoms.units
        self._grouped = bool(units.groups)
        self._cases = np.empty(len(units.keys), dtype=np.intp)
        self._cases[units.members] = np.repeat(atoms.cases, units.sizes)
        self._linked = np.empty(len(units.keys), dtype=bool)
        self._linked[units.members] = np.repeat(units.sizes > 1, units.sizes)
        if units.groups:
            self._sorted: Ints = np.argsort(atoms.rows, kind="stable")
            self._firsts: Ints = np.cumsum(self._cases) - self._cases
        else:
            self._sorted = np.arange(len(atoms.rows))
            self._firsts = np.empty_like(self._cases)
            self._firsts[units.members] = atoms.firsts

    def alike(self) -> Iterator[Ints]:
        """Part the items by how many cases they have, and whether they are linked."""
        kinds = self._cases * 2 + self._linked
        for kind in np.unique(kinds).tolist():
            yield np.flatnonzero(kinds == kind)

    def looks(self, rows: Ints, *, ranks: bool) -> Ints:
        """Choose some cases of items that are alike, a row each item."""
        cases = int(self._cases[rows[0]])
        total, most = _LOOKS, _MOST
        if self._grouped and not ranks:
            total, most = _GROUP_LOOKS, _MOST_GROUP
        looks = min(max(_FEWEST, total // len(rows)), most, cases)
        turns = ((np.arange(looks) + 0.5) * cases / looks).astype(np.intp)
        chosen: Ints = self._sorted[self._firsts[rows][:, None] + turns]
        return chosen


def _judge(  # noqa: PLR0913, PLR0917 - what is filled in, from what, and how far
    found: Ranks,
    atoms: Atoms,
    counted: Cumulants,
    shelf: _Shelf,
    rows: Ints,
    top: int,
) -> None:
    """Fill in some items' rows."""
    looks = shelf.looks(rows, ranks=False)
    found.first[rows], found.top[rows] = _within(atoms, counted, looks, (1, top))
    tenths = _tenths(atoms, counted, shelf.looks(rows, ranks=True))
    for target, ranks in zip(
        (found.low, found.middle, found.high), tenths, strict=True
    ):
        target[rows] = ranks.astype(np.int64)


def _within(
    atoms: Atoms, counted: Cumulants, looks: Ints, counts: Sequence[int]
) -> Floats:
    """Give each item's chances of ranks of at most so many, and so many."""
    flat = looks.ravel()
    limits = np.array(counts)[:, None] - 1 - atoms.ahead[flat]
    cases = np.broadcast_to(flat, limits.shape)
    chances = at_most(atoms, counted, cases.ravel(), limits.ravel())
    mean: Floats = chances.reshape(len(counts), *looks.shape).mean(axis=2)
    return mean


def _tenths(atoms: Atoms, counted: Cumulants, looks: Ints) -> Floats:
    """Find the tenths of the ranks over all of an item's cases."""
    some = counted.at(looks)
    nodes = middles(_NODES)
    lean = some.skew[..., None] * (nodes * nodes - 1) / 6
    better = some.mean[..., None] + some.deviation[..., None] * (nodes + lean)
    sizes = atoms.units.sizes[atoms.owners[looks]]
    others = len(atoms.units.keys) - sizes
    np.clip(np.round(better), 0, others[..., None], out=better)
    better += atoms.ahead[looks][..., None] + 1
    flat = np.sort(better.reshape(len(looks), -1), axis=1)
    found: Floats = flat.T[[int(np.ceil(q * flat.shape[1])) - 1 for q in TENTHS]]
    return found
