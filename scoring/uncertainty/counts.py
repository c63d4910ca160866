"""How many items stand before one of ours: sums of independent yes-or-no's.

The number of better items is Poisson-binomial (each other item counts or does not; of
linked ones, as many as stand before in their own best order). Where many contend, the
refined normal approximation (Volkova 1996) is off by less than a thousandth; where few
do, the distribution is computed exactly from its characteristic function (Fernández &
Williams 2010; Hong 2013).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.uncertainty.arrangement import Ints
from scoring.uncertainty.atoms import Atoms
from scoring.uncertainty.normal import Floats, density, quick_chance_below

Waves = NDArray[np.complex128]

# Fourth power sum against the squared variance: above this, a normal is too smooth.
_LUMPY: Final = 0.1

# Standard deviations, and a unit more, beyond which the normal answer stands.
_FAR: Final = 6.0

# Points of the characteristic function; blocks too large for them stay normal.
_MOST_POINTS: Final = 1_023

# Below this a variance is rounding noise.
_TINY: Final = 1e-9

# Cases looked at together, fewer where there are many points.
_CHUNK: Final = 4_096
_FEW_POINTS: Final = 64

# A factor nearer to 0 than this counts as this.
_NOTHING: Final = 1e-14


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
    """Add up all units' shares before each case, and take its own unit's out.

    A unit's count before a case has raw moments, which grow as its own items go by.
    """
    ahead, shares = atoms.ahead.astype(np.float64), atoms.shares
    steps = (
        shares,
        shares * (2 * ahead + 1),
        shares * (3 * ahead * (ahead + 1) + 1),
    )
    moments = [atoms.before_own(step) for step in steps]
    had = _central(*moments)
    has = _central(*(was + step for was, step in zip(moments, steps, strict=True)))
    size = atoms.units.sizes[atoms.owners].astype(np.float64)
    had, has = (*had, had[1] * size * size), (*has, has[1] * size * size)
    mean, variance, third, fourth = (
        atoms.before(after - before) - before
        for before, after in zip(had, has, strict=True)
    )
    sure = variance < _TINY
    variance[sure] = third[sure] = fourth[sure] = 0.0
    mean[sure] = np.round(mean[sure])
    return Cumulants(mean, variance, third, fourth)


def _central(mean: Floats, second: Floats, third: Floats) -> tuple[Floats, ...]:
    """Turn raw moments into cumulants."""
    variance = second - mean * mean
    return mean, variance, third - 3 * mean * second + 2 * mean**3


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

    It grows case by case along their line. One unit's factor is taken out again by
    dividing: so none may be quite 0.
    """

    def __init__(self, atoms: Atoms, points: int) -> None:
        units = atoms.units
        self._atoms, self._points = atoms, points
        self._angles = 2 * np.pi * np.arange(1, points // 2 + 1) / points
        turns = np.arange(int(units.sizes.max()) + 1)
        circle = np.exp(1j * np.outer(turns, self._angles))
        self._steps: Waves = np.diff(circle, axis=0)
        self._slots: Ints = units.starts[atoms.owners] + atoms.ahead
        self._chunk = max(64, _CHUNK * _FEW_POINTS // max(_FEW_POINTS, points))

    def at_most(self, cases: Ints, means: Floats, limits: Ints) -> Floats:
        """Give the chance that at most so many items are better, case by case."""
        places = self._atoms.places[cases]
        chunks = places // self._chunk
        order = np.argsort(chunks, kind="stable")
        bounds = np.flatnonzero(np.diff(chunks[order])) + 1
        chances = np.empty(len(cases))
        for some in np.split(order, bounds):
            start = int(chunks[some[0]]) * self._chunk
            waves = self._others(start)[places[some] - start]
            chances[some] = self._summed(waves, means[some], limits[some])
        return np.clip(chances, 0.0, 1.0)

    def _others(self, start: int) -> Waves:
        """Multiply the other units' factors before each case of one chunk."""
        atoms = self._atoms
        here = atoms.order[start : start + self._chunk]
        factors = self._factors(atoms.order[:start])
        by_unit = np.argsort(atoms.owners[here], kind="stable")
        rows = here[by_unit]
        owners = atoms.owners[rows]
        heads = np.flatnonzero(np.diff(owners, prepend=-1))
        steps = self._steps[atoms.ahead[rows]]
        steps *= atoms.shares[rows][:, None]
        after = np.cumsum(steps, axis=0)
        begun = factors[owners[heads]] - after[heads] + steps[heads]
        after += np.repeat(begun, np.diff(heads, append=len(rows)), axis=0)
        before = _never_nothing(after - steps)
        rises, own = np.empty((2, len(here) + 1, len(self._angles)), np.complex128)
        rises[0] = np.multiply.reduce(_never_nothing(factors), axis=0)
        rises[1:][by_unit] = _never_nothing(after) / before
        own[:-1][by_unit] = before
        waves: Waves = np.cumprod(rises, axis=0)[:-1] / own[:-1]
        return waves

    def _factors(self, gone: Ints) -> Waves:
        """Tell each unit's factor after all that went by."""
        units = self._atoms.units
        shares = self._atoms.shares[gone]
        held = np.bincount(self._slots[gone], shares, len(units.keys))
        places = np.arange(len(held)) - np.repeat(units.starts, units.sizes)
        grown = held[:, None] * self._steps[places]
        if len(units) < len(held):
            grown = np.add.reduceat(grown, units.starts, axis=0)
        grown += 1
        return grown

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


def _never_nothing(factors: Waves) -> Waves:
    """Lift what would divide by nothing."""
    factors[np.abs(factors.real) + np.abs(factors.imag) < _NOTHING] = _NOTHING
    return factors
