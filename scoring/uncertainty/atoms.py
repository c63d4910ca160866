"""Every unit as equally likely cases, and the chunks of all of them in one line.

The cases of a lone item are a Fibonacci lattice: each of its two numbers takes as many
values as there are cases, and together they fill the square evenly (Zaremba 1966). A
group of linked items is ordered anew in each of its cases, of which there are more, for
it has more numbers. Nothing is drawn, so that the same backlog always gives the same
answer.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np

from scoring.ordering.merging import falling
from scoring.uncertainty.arrangement import Arranged, Ints
from scoring.uncertainty.group import Group
from scoring.uncertainty.normal import Floats, middles
from scoring.uncertainty.pooling import ratios_of
from scoring.uncertainty.units import Units

# How many cases a lone item may have.
_COUNTS: Final = (610, 377, 233, 144, 89, 55, 34)

# As many cases as a backlog may have in all before each item gets fewer.
_MOST_CASES: Final = 400_000

# How many cases a group may have; as many places in all cases of all groups, and as
# much effort, so that it is a matter of seconds.
_GROUP_COUNTS: Final = (4_096, 2_048, 1_024, 512, 256, 128, 64)
_MOST_PLACES: Final = 400_000
_MOST_EFFORT: Final = 150_000_000

# A group that has fewer cases is better held than ordered anew.
_FEWEST: Final = 256

_PAIR: Final = 2
_GOLDEN: Final = (math.sqrt(5) - 1) / 2
_MOST_PRIME: Final = 10_000


@dataclass(frozen=True, eq=False)
class Atoms:
    """The items of all units in all their cases, each with the ratio of its chunk.

    They stand unit by unit, each unit's from its best ratio down. `firsts` says where a
    unit's begin, `cases` how many cases it has (one, where it is certain). `rows` are
    the items, `ahead` counts those of the same unit that stand before it in that case.
    `lost` is, for each unit, what its order at the means costs more by itself than the
    best of each case. `held` counts the items whose groups are too tangled to be
    ordered anew.
    """

    units: Units
    firsts: Ints
    cases: Ints
    rows: Ints
    ahead: Ints
    costs: Floats
    durations: Floats
    ratios: Floats
    lost: Floats
    held: int

    @cached_property
    def owners(self) -> Ints:
        """Name each one's unit."""
        return np.repeat(np.arange(len(self.cases)), self.cases * self.units.sizes)

    @cached_property
    def shares(self) -> Floats:
        """Give each one's chance: that of its case."""
        shares: Floats = 1.0 / self.cases[self.owners]
        return shares

    @cached_property
    def order(self) -> Ints:
        """Sort all from the best ratio down, ties by the units' own order."""
        return falling(self.ratios)

    @cached_property
    def places(self) -> Ints:
        """Find each one's place in that order."""
        places = np.empty_like(self.order)
        places[self.order] = np.arange(len(self.order))
        return places

    def before(self, amounts: Floats) -> Floats:
        """Add up, for each one, an amount over all better ones of any unit."""
        rising = np.cumsum(amounts[self.order])
        rising -= amounts[self.order]
        return rising[self.places]

    def before_own(self, amounts: Floats) -> Floats:
        """Add up, for each one, an amount over the better ones of its own unit."""
        rising = np.cumsum(amounts) - amounts
        found: Floats = rising - rising[self.firsts[self.owners]]
        return found


def spread_out(units: Units, *, most: int = _MOST_CASES) -> Atoms:
    """Make the cases: at most `most` of lone items, where each gets enough by that."""
    loose = np.flatnonzero(~units.certain)
    lone = loose[units.sizes[loose] == 1]
    count = next((c for c in _COUNTS if c * len(lone) <= most), _COUNTS[-1])
    cases = np.where(units.certain, 1, count)
    groups, held = _planned(units)
    for unit, (_, fits) in groups.items():
        cases[unit] = fits
    sizes = cases * units.sizes
    firsts = np.cumsum(sizes) - sizes
    rows, ahead = np.zeros((2, sizes.sum()), dtype=np.intp)
    costs, durations, ratios = np.zeros((3, sizes.sum()))
    lost = np.zeros(len(units))
    found = Atoms(
        units, firsts, cases, rows, ahead, costs, durations, ratios, lost, held
    )
    _fill_certain(found)
    _fill_lone(found, lone, count)
    for unit, (group, _) in groups.items():
        _fill_group(found, unit, group)
    return found


def _planned(units: Units) -> tuple[dict[int, tuple[Group, int]], int]:
    """Choose how each group is ordered and in how many cases; count the held items.

    The easiest groups come first, so that they never lack what harder ones take. A
    group that would get too few cases is held in its sequence at the means.
    """
    loose = [unit for unit in units.groups if not units.certain[unit]]
    size = sum(units.groups[unit].size for unit in loose)
    most = next(
        (count for count in _GROUP_COUNTS if count * size <= _MOST_PLACES),
        _GROUP_COUNTS[-1],
    )
    left, held = _MOST_EFFORT, 0
    plan: dict[int, tuple[Group, int]] = {}
    for unit in sorted(loose, key=lambda unit: units.groups[unit].effort):
        group = units.groups[unit]
        share = left // (len(loose) - len(plan))
        if share // group.effort < min(most, _FEWEST):
            group, held = group.as_line, held + group.size
        fits = max(1, min(most, share // group.effort))
        left -= fits * group.effort
        plan[unit] = group, fits
    return plan, held


def _fill_certain(atoms: Atoms) -> None:
    """Write down the items of units without any range, in the order by means."""
    units = atoms.units
    there = np.repeat(units.certain, units.sizes)
    rows = units.members[there]
    at = np.flatnonzero(np.repeat(units.certain, atoms.cases * units.sizes))
    places = np.arange(len(units.members)) - np.repeat(units.starts, units.sizes)
    atoms.rows[at], atoms.ahead[at] = rows, places[there]
    atoms.costs[at], atoms.durations[at] = (
        spreads.likely[rows] for spreads in (units.costs, units.durations)
    )
    atoms.ratios[at] = units.ratios[rows]


def _fill_lone(atoms: Atoms, lone: Ints, count: int) -> None:
    """Work out the cases of lone items, some at a time."""
    units = atoms.units
    levels = _levels(count, 2)
    most = max(1, _MOST_CASES // count)
    for at in range(0, len(lone), most):
        some = lone[at : at + most]
        rows = units.members[units.starts[some]]
        costs = units.costs.take(rows).at(levels[:1])
        durations = units.durations.take(rows).at(levels[1:])
        ratios = ratios_of(costs, durations)
        best = np.argsort(-ratios, axis=1)
        to = (atoms.firsts[some][:, None] + np.arange(count)).ravel()
        atoms.rows[to] = np.repeat(rows, count)
        for target, values in (
            (atoms.costs, costs),
            (atoms.durations, durations),
            (atoms.ratios, ratios),
        ):
            target[to] = np.take_along_axis(values, best, axis=1).ravel()


def _fill_group(atoms: Atoms, unit: int, group: Group) -> None:
    """Work out one group's cases, each ordered by itself."""
    rows = atoms.units.rows(unit)
    costs, durations = _cases(atoms.units, rows, int(atoms.cases[unit]))
    arranged = group.arrange(costs, durations)
    ordered = [
        np.take_along_axis(part, arranged.order, axis=1) for part in (costs, durations)
    ]
    atoms.lost[unit] = _lost(group, (costs, durations), ordered)
    _write(atoms, unit, arranged, ordered)


def _write(atoms: Atoms, unit: int, arranged: Arranged, ordered: list[Floats]) -> None:
    rows, size = atoms.units.rows(unit), arranged.ratios.size
    ratios = arranged.ratios.ravel()
    best = np.argsort(-ratios, kind="stable")
    to = slice(atoms.firsts[unit], atoms.firsts[unit] + size)
    ahead = np.broadcast_to(np.arange(len(rows)), arranged.order.shape)
    atoms.rows[to] = rows[arranged.order.ravel()[best]]
    atoms.ahead[to] = ahead.ravel()[best]
    atoms.costs[to], atoms.durations[to] = (part.ravel()[best] for part in ordered)
    atoms.ratios[to] = ratios[best]


def _lost(group: Group, given: tuple[Floats, Floats], ordered: list[Floats]) -> float:
    """Average what the order at the means costs more than the best one."""
    if group.is_line:
        return 0.0
    costs, durations = given
    plain = (costs * durations.cumsum(axis=1)).sum(axis=1)
    best = (ordered[0] * ordered[1].cumsum(axis=1)).sum(axis=1)
    return float((plain - best).mean())


def _cases(units: Units, rows: Ints, count: int) -> tuple[Floats, Floats]:
    """Give a group's numbers in all its cases, a row each case."""
    costs, durations = units.costs.take(rows), units.durations.take(rows)
    loose = np.concatenate([~costs.certain, ~durations.certain])
    scores = np.zeros((len(loose), count))
    scores[loose] = _levels(count, int(loose.sum()))
    size = len(rows)
    return costs.drawn(scores[:size].T), durations.drawn(scores[size:].T)


def _levels(count: int, numbers: int) -> Floats:
    """Choose which of the equally likely scores some numbers have in each case.

    Points as even as can be in all numbers at once: two have the golden mean's lattice,
    more the sequence by roots of primes (Richtmyer 1951), which at a thousand points
    is several times as exact as shuffles.
    """
    straight = np.arange(count)
    steps = np.array([_GOLDEN]) if numbers <= _PAIR else _roots(numbers - 1)
    rest = np.outer(steps[: numbers - 1], straight + 0.5) % 1
    ranks = np.argsort(np.argsort(rest, axis=1), axis=1)
    scores: Floats = middles(count)[np.vstack([straight, ranks])]
    return scores


@lru_cache(maxsize=1)
def _primes() -> tuple[int, ...]:
    """List as many primes as the largest groups have numbers."""
    return tuple(
        number
        for number in range(2, _MOST_PRIME)
        if all(number % other for other in range(2, math.isqrt(number) + 1))
    )


def _roots(count: int) -> Floats:
    """Take the roots of the first primes; beyond the list they begin anew, shifted."""
    primes = np.array(_primes(), dtype=np.float64)
    turns = np.arange(count)
    again = 1 + turns // len(primes) * _GOLDEN
    found: Floats = np.sqrt(primes[turns % len(primes)]) * again
    return found


def expected_regret(atoms: Atoms) -> float:
    """Say what the order by means is expected to lose against perfect knowledge.

    Of two units, what turns out better would go first: summed over all pairs of cases,
    that is the cost of all cases in one line, less each unit's own pairs. Within a
    unit, its cases know what was lost. Zero where nothing is uncertain, never below.
    """
    if atoms.units.certain.all():
        return 0.0
    costs, durations = atoms.costs * atoms.shares, atoms.durations * atoms.shares
    apart = atoms.before(durations) - atoms.before_own(durations)
    knowing = float(costs @ apart)
    lost = float(atoms.lost.sum())
    return max(0.0, _across(atoms, costs, durations) - knowing + lost)


def _across(atoms: Atoms, costs: Floats, durations: Floats) -> float:
    """Price the order by means at the cases' own means, less pairs within a unit."""
    units, size = atoms.units, len(atoms.units.keys)
    rates, weeks = (np.bincount(atoms.rows, part, size) for part in (costs, durations))
    waits = np.cumsum(weeks) - weeks
    mine = weeks[units.members]
    rising = np.cumsum(mine) - mine
    own = np.empty(size)
    own[units.members] = rising - np.repeat(rising[units.starts], units.sizes)
    return float(rates @ (waits - own))
