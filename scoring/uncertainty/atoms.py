"""Every unit as a few hundred equally likely cases, and all of them in one line.

The cases of a lone item are a Fibonacci lattice: each of its two numbers takes as many
values as there are cases, and together they fill the square evenly (Zaremba 1966).
Nothing is drawn, so that the same backlog always gives the same answer.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from scoring.ordering.merging import falling
from scoring.uncertainty.normal import Floats, middles
from scoring.uncertainty.units import Ints, Units, ratios_of

# How many cases a unit may have.
_COUNTS: Final = (610, 377, 233, 144, 89, 55, 34)

# As many cases as a backlog may have in all before each unit gets fewer.
_MOST_CASES: Final = 400_000

# Members up to which a block's cases are an even net; above, they are shuffles.
_EVEN: Final = 4

_SHUFFLES: Final = 1966


@dataclass(frozen=True, eq=False)
class Atoms:
    """The cases of all units, unit by unit, each unit's from its best ratio down.

    `firsts` says where a unit's cases begin and `counts` how many it has: one, where it
    is certain. Costs and durations are those of a case.
    """

    units: Units
    firsts: Ints
    counts: Ints
    costs: Floats
    durations: Floats
    ratios: Floats

    @cached_property
    def owners(self) -> Ints:
        """Name each case's unit."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def turns(self) -> Ints:
        """Count, for each case, the cases of its own unit that are better."""
        return np.arange(len(self.owners)) - self.firsts[self.owners]

    @cached_property
    def order(self) -> Ints:
        """Sort all cases from the best ratio down, ties by the units' own order."""
        return falling(self.ratios)

    @cached_property
    def places(self) -> Ints:
        """Find each case's place in that order."""
        places = np.empty_like(self.order)
        places[self.order] = np.arange(len(self.order))
        return places

    def before(self, amounts: Floats) -> Floats:
        """Add up, for each case, an amount over all better cases of any unit."""
        rising = np.cumsum(amounts[self.order])
        rising -= amounts[self.order]
        return rising[self.places]


def spread_out(units: Units, *, most: int = _MOST_CASES) -> Atoms:
    """Make the cases: at most `most` in all, where that leaves each unit enough."""
    loose = np.flatnonzero(~units.certain)
    count = next((c for c in _COUNTS if c * len(loose) <= most), _COUNTS[-1])
    counts = np.where(units.certain, 1, count)
    firsts = np.cumsum(counts) - counts
    costs = np.empty(counts.sum())
    durations = np.empty_like(costs)
    sure = firsts[units.certain]
    costs[sure] = units.total(units.costs.likely)[units.certain]
    durations[sure] = units.total(units.durations.likely)[units.certain]
    ratios = ratios_of(costs[sure], durations[sure])
    found = Atoms(units, firsts, counts, costs, durations, np.empty_like(costs))
    found.ratios[sure] = ratios
    for size in np.unique(units.sizes[loose]).tolist():
        _fill(found, loose[units.sizes[loose] == size], size, count)
    return found


def _fill(atoms: Atoms, alike: Ints, size: int, count: int) -> None:
    """Work out the cases of units of one size, some at a time."""
    levels = _levels(count, size)
    most = max(1, _MOST_CASES // count)
    for at in range(0, len(alike), most):
        some = alike[at : at + most]
        costs, durations = _cases(atoms.units, some, size, levels)
        ratios = ratios_of(costs, durations)
        best = np.argsort(-ratios, axis=1)
        rows = (atoms.firsts[some][:, None] + np.arange(count)).ravel()
        for target, values in (
            (atoms.costs, costs),
            (atoms.durations, durations),
            (atoms.ratios, ratios),
        ):
            target[rows] = np.take_along_axis(values, best, axis=1).ravel()


def _levels(count: int, members: int) -> tuple[Floats, Floats]:
    """Choose which of the equally likely scores a unit's members have in each case.

    Small units have points as even as can be in all their numbers at once (Kronecker's
    sequence by powers of the generalised golden ratio); large ones have shuffles.
    """
    straight = np.arange(count)
    numbers = 2 * members
    if members <= _EVEN:
        steps = _golden(numbers - 1) ** -np.arange(1.0, numbers)
        rest = np.outer(steps, straight + 0.5) % 1
    else:
        rest = np.random.default_rng(_SHUFFLES).random((numbers - 1, count))
    ranks = np.argsort(np.argsort(rest, axis=1), axis=1)
    scores = middles(count)[np.vstack([straight, ranks])]
    return scores[::2], scores[1::2]


def _golden(numbers: int) -> float:
    """Solve x to the power of (numbers + 1) = x + 1; for one number the golden mean."""
    found = 2.0
    for _ in range(60):
        found = (1 + found) ** (1 / (numbers + 1))
    return found


def _cases(
    units: Units, some: Ints, size: int, levels: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Add up cost and duration of some units' members, a row each unit."""
    costs, durations = np.zeros((2, len(some), levels[0].shape[1]))
    for member in range(size):
        rows = units.starts[some] + member
        costs += units.costs.take(rows).at(levels[0][member : member + 1])
        durations += units.durations.take(rows).at(levels[1][member : member + 1])
    return costs, durations


def expected_regret(atoms: Atoms) -> float:
    """Say what the order by means is expected to lose against perfect knowledge.

    Of two units, the one that turns out better would go first: summed over all pairs of
    cases, that is the cost of all cases in one line, less each unit's own pairs. Zero
    where nothing is uncertain, and never below.
    """
    if atoms.units.certain.all():
        return 0.0
    count = atoms.counts[atoms.owners]
    costs, durations = atoms.costs / count, atoms.durations / count
    rising = np.cumsum(durations) - durations
    own = rising - rising[atoms.firsts[atoms.owners]]
    knowing = float(costs @ (atoms.before(durations) - own))
    unit_costs = np.add.reduceat(costs, atoms.firsts)
    unit_durations = np.add.reduceat(durations, atoms.firsts)
    waits = np.cumsum(unit_durations) - unit_durations
    return max(0.0, float(unit_costs @ waits) - knowing)
