"""How many items stand before one of ours: sums of independent yes-or-no's.

The number of better items is Poisson-binomial (each other unit counts with all its
items or none). Where many units contend, the refined normal approximation (Volkova
1996) is off by less than a thousandth; where few do, the distribution is computed
exactly from its characteristic function (Fernández & Williams 2010; Hong 2013).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.uncertainty.atoms import Atoms
from scoring.uncertainty.normal import Floats, density, quick_chance_below
from scoring.uncertainty.units import Ints

Waves = NDArray[np.complex128]

# Fourth power sum against the squared variance: above this, a normal is too smooth.
_LUMPY: Final = 0.1

# Standard deviations, and a unit more, beyond which the normal answer stands.
_FAR: Final = 6.0

# Points of the characteristic function; blocks too large for them stay normal.
_MOST_POINTS: Final = 1_023

# Below this a variance is rounding noise.
_TINY: Final = 1e-9

_CHUNK: Final = 4_096


@dataclass(frozen=True, eq=False)
class Cumulants:
    """Mean, variance, third cumulant and fourth power sum of the better items' count.

    One value a case: given that its own unit turns out so, its own items left out.
    """

    mean: Floats
    variance: Floats
    third: Floats
    fourth: Floats

    def at(self, cases: Ints) -> "Cumulants":
        """Pick some cases."""
        return Cumulants(
            self.mean[cases],
            self.variance[cases],
            self.third[cases],
            self.fourth[cases],
        )

    @property
    def deviation(self) -> Floats:
        """Take the root of the variance."""
        return np.sqrt(self.variance)

    @property
    def skew(self) -> Floats:
        """Scale the third cumulant; 0 where nothing varies."""
        width = self.deviation**3
        found: Floats = np.divide(
            self.third, width, out=np.zeros_like(width), where=width > 0
        )
        return found


def cumulants(atoms: Atoms) -> Cumulants:
    """Add up all units' shares before each case, and take its own unit's out."""
    count = atoms.counts[atoms.owners]
    size = atoms.units.sizes[atoms.owners].astype(np.float64)
    own, more = atoms.turns / count, (atoms.turns + 1) / count
    found = []
    for power, part in enumerate((_share, _width, _lean, _width), start=1):
        had, has = part(own) * size**power, part(more) * size**power
        found.append(atoms.before(has - had) - had)
    mean, variance, third, fourth = found
    sure = variance < _TINY
    variance[sure] = third[sure] = fourth[sure] = 0.0
    mean[sure] = np.round(mean[sure])
    return Cumulants(mean, variance, third, fourth)


def _share(share: Floats) -> Floats:
    return share


def _width(share: Floats) -> Floats:
    return share * (1 - share)


def _lean(share: Floats) -> Floats:
    return share * (1 - share) * (1 - 2 * share)


def at_most(atoms: Atoms, all_cases: Cumulants, cases: Ints, limits: Ints) -> Floats:
    """Give the chance, for each case named, that at most so many items are better."""
    some = all_cases.at(cases)
    over = limits + 0.5 - some.mean
    chance = _refined(some, over)
    near = np.abs(over) < _FAR * some.deviation + _largest(atoms)
    lumpy = some.fourth > _LUMPY * some.variance**2
    rows = np.flatnonzero(lumpy & near & (limits >= 0) & (some.variance > 0))
    if len(rows):
        points = _points(atoms, float(some.deviation[rows].max()))
        if points <= _MOST_POINTS:
            wave = _Wave(atoms, points)
            chance[rows] = wave.at_most(cases[rows], some.mean[rows], limits[rows])
    return np.where(limits < 0, 0.0, chance)


def _refined(some: Cumulants, over: Floats) -> Floats:
    """Approximate by a normal with a term for the skew, so far above the mean."""
    width = some.deviation
    score = np.copysign(np.inf, over)
    np.divide(over, width, out=score, where=width > 0)
    near = np.clip(score, -9.0, 9.0)
    lean = some.skew * (1 - near * near) * density(near) / 6
    chance: Floats = np.clip(quick_chance_below(near) + lean, 0.0, 1.0)
    return chance


def _largest(atoms: Atoms) -> int:
    """Count the items of the largest uncertain unit."""
    return int(atoms.units.sizes[~atoms.units.certain].max(initial=1))


def _points(atoms: Atoms, deviation: float) -> int:
    """Choose an odd number of points that no likely count reaches round."""
    return 2 * int(7 * deviation + _largest(atoms) + 4) + 1


class _Wave:
    """The characteristic function of the count, at the points that a sum needs.

    Factors are kept as logarithms, so that one unit's can be taken out again. Points
    are odd in number: no factor is ever 0, not even that of a half.
    """

    def __init__(self, atoms: Atoms, points: int) -> None:
        self._atoms, self._points = atoms, points
        self._angles = 2 * np.pi * np.arange(1, points // 2 + 1) / points
        pairs = np.stack([atoms.units.sizes, atoms.counts], axis=1)
        kinds, kind = np.unique(pairs, axis=0, return_inverse=True)
        heads = np.cumsum(kinds[:, 1] + 1) - (kinds[:, 1] + 1)
        self._logs = np.concatenate([self._factors(*pair) for pair in kinds.tolist()])
        self._heads: Ints = heads[kind]
        self._rows: Ints = self._heads[atoms.owners] + atoms.turns

    def _factors(self, size: int, count: int) -> Waves:
        """Tell one unit's factor after each of its cases has come."""
        share = np.arange(count + 1)[:, None] / count
        factors: Waves = np.log(1 - share + share * np.exp(1j * self._angles * size))
        return factors

    def at_most(self, cases: Ints, means: Floats, limits: Ints) -> Floats:
        """Give the chance that at most so many items are better, case by case."""
        places = self._atoms.places[cases]
        chunks = places // _CHUNK
        chances = np.empty(len(cases))
        for chunk in np.unique(chunks).tolist():
            some = np.flatnonzero(chunks == chunk)
            waves = self._before(chunk * _CHUNK)[places[some] - chunk * _CHUNK]
            waves -= self._logs[self._rows[cases[some]]]
            chances[some] = self._summed(np.exp(waves), means[some], limits[some])
        return np.clip(chances, 0.0, 1.0)

    def _before(self, start: int) -> Waves:
        """Add up all units' factors before each case of one chunk."""
        atoms = self._atoms
        gone = atoms.owners[atoms.order[:start]]
        turns = np.bincount(gone, minlength=len(self._heads))
        held = np.bincount(self._heads + turns, minlength=len(self._logs))
        rows = self._rows[atoms.order[start : start + _CHUNK]]
        steps = self._logs[rows + 1] - self._logs[rows]
        rising = np.cumsum(steps, axis=0)
        rising -= steps
        rising += held @ self._logs
        return rising

    def _summed(self, waves: Waves, means: Floats, limits: Ints) -> Floats:
        """Sum the distribution up to the limits, from half a turn below the means."""
        half = self._points // 2
        middles = np.round(means).astype(np.intp)
        upto = np.clip(limits - middles, -half - 1, half) + half + 1
        turn = np.exp(-1j * np.outer(self._angles, np.arange(self._points)))
        shifted = turn[:, (np.arange(self._points) - half) % self._points]
        first = np.zeros((len(self._angles), 1))
        summed = np.concatenate([first, np.cumsum(shifted, axis=1)], axis=1)
        moved = waves * turn.T[middles % self._points] * summed.T[upto]
        found: Floats = (upto + 2 * moved.sum(axis=1).real) / self._points
        return found
