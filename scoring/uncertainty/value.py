"""What it is worth to know one estimate better before the order is fixed.

Hold all others at their means. If one estimate turns out so and so, the best order
would be another; what that saves, averaged over all it may turn out to be, is the
expected value of partial perfect information. Only the item's own group of links is
ordered anew; running sums over the order by means place its chunks among the rest.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np

from scoring.uncertainty.arrangement import Ints
from scoring.uncertainty.group import Group
from scoring.uncertainty.kinks import Convex, average, looks
from scoring.uncertainty.line import Line, Place, Savings
from scoring.uncertainty.normal import Floats, nodes
from scoring.uncertainty.spreads import END, Spreads
from scoring.uncertainty.units import Units

# Steps from the lowest value of a number to its highest; durations, and steps of the
# cost at each, where both are known.
_STEPS: Final = 24
_WEEKS: Final = 16
_COSTS: Final = 8

# The same where effort must be saved.
_FEW_STEPS: Final = 4
_FEW_WEEKS: Final = 2

# As much effort as groups may take in all (`Group.effort`): a matter of seconds.
_MOST_EFFORT: Final = 100_000_000

# Numbers of a group held at once.
_MOST_HELD: Final = 1_000_000

_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Worth:
    """What knowing one item's numbers is worth, each alone and both at once.

    In the backlog's currency or in point-weeks; never below 0.
    """

    key: str
    cost_of_delay: float
    duration: float
    both: float

    @property
    def most(self) -> float:
        """Give the worth of the one number that is worth more."""
        return max(self.cost_of_delay, self.duration)

    def within(self, most: float) -> "Worth":
        """Let nothing be worth more than so much."""
        return replace(
            self,
            cost_of_delay=min(self.cost_of_delay, most),
            duration=min(self.duration, most),
            both=min(self.both, most),
        )


def worths(units: Units) -> tuple[Worth, ...]:
    """Price the refining of every item's estimates, in the order by means."""
    line = Line(units)
    found = np.zeros((3, len(units.keys)))
    lone = units.members[units.starts[units.sizes == 1]]
    lone = lone[~units.certain_rows[lone]]
    for at in range(0, len(lone), _CHUNK):
        rows = lone[at : at + _CHUNK]
        found[:, rows] = _lone(line, units, rows)
    for unit, group, fine in _priced(units):
        rows = units.rows(unit)
        found[:, rows] = _group(line.group(rows, group), units, fine)
    found[2] = np.maximum(found[2], found[:2].max(axis=0, initial=0.0))
    return tuple(
        Worth(key, *numbers)
        for key, numbers in zip(units.keys, found.T.tolist(), strict=True)
    )


def held_back(units: Units) -> int:
    """Count the items that are not priced in all orders that their links allow."""
    whole = sum(
        units.groups[unit].size
        for unit, group, _ in _priced(units)
        if group is units.groups[unit]
    )
    loose = sum(
        group.size for unit, group in units.groups.items() if not units.certain[unit]
    )
    return loose - whole


def refine_first(worths: Iterable[Worth], count: int) -> tuple[Worth, ...]:
    """Choose the estimates whose refining is worth the most, the best first."""
    useful = [worth for worth in worths if worth.both > 0]
    return tuple(sorted(useful, key=lambda worth: -worth.both)[:count])


def _lone(line: Line, units: Units, rows: Ints) -> Floats:
    """Price some items without links: cost known, duration known, both known."""
    costs, durations = units.costs.take(rows), units.durations.take(rows)
    mean_costs, mean_durations = line.costs[rows, None], line.durations[rows, None]

    def of_costs(values: Floats) -> tuple[Floats, Floats]:
        found = line.lone(rows, values, mean_durations)
        return found.gains, found.by_cost

    def of_durations(values: Floats) -> tuple[Floats, Floats]:
        found = line.lone(rows, mean_costs, values)
        return found.gains, found.by_duration

    by_cost = average(costs, _STEPS, of_costs)
    by_duration = average(durations, _STEPS, of_durations)
    return np.array([by_cost, by_duration, _lone_both(line, units, rows)])


def _lone_both(line: Line, units: Units, rows: Ints) -> Floats:
    """Average over durations what knowing the cost is worth at each."""
    weeks, shares = nodes(_WEEKS, END)
    again = np.repeat(rows, len(weeks))
    known = units.durations.take(rows).at(weeks[None, :]).reshape(-1, 1)

    def of_costs(values: Floats) -> tuple[Floats, Floats]:
        found = line.lone(again, values, known)
        return found.gains, found.by_cost

    found = average(units.costs.take(again), _COSTS, of_costs)
    both: Floats = found.reshape(len(rows), -1) @ shares
    return both


@dataclass(frozen=True, slots=True)
class _Fine:
    """How many steps are looked at, and values of a duration for each of the cost's."""

    steps: int
    weeks: int
    costs: int

    def effort(self, group: Group) -> int:
        """Estimate what it takes to price all members of a group."""
        both = (self.weeks + 2) * looks(self.costs)
        return group.size * (2 * looks(self.steps) + both) * group.effort


_FINENESS: Final = (
    _Fine(_STEPS, _WEEKS // 2, _COSTS),
    _Fine(_FEW_STEPS, _FEW_WEEKS, _FEW_STEPS // 2),
)


def _priced(units: Units) -> Iterator[tuple[int, Group, _Fine]]:
    """Choose how each uncertain group is looked at, the easiest first.

    As finely as is left to afford; then held in its sequence at the means, where
    worths are at least what is told; or, where that is too much as well, not at all.
    """
    left = _MOST_EFFORT
    loose = [unit for unit in units.groups if not units.certain[unit]]
    for unit in sorted(loose, key=lambda unit: units.groups[unit].effort):
        whole = units.groups[unit]
        for group, fine in product((whole, whole.as_line), _FINENESS):
            effort = fine.effort(group)
            if effort <= left:
                left -= effort
                yield unit, group, fine
                break


def _group(place: Place, units: Units, fine: _Fine) -> Floats:
    """Price the items of a group: cost known, duration known, both known."""
    given = _Given(place, units)
    found = np.zeros((3, len(place.rows)))
    members = np.flatnonzero(~given.costs.certain)
    found[0, members] = given.by_cost(members, fine.steps)
    members = np.flatnonzero(~given.durations.certain)
    found[1, members] = given.by_duration(members, fine.steps)
    members = np.flatnonzero(~given.costs.certain & ~given.durations.certain)
    weeks, shares = nodes(fine.weeks, END)
    again = np.repeat(members, len(weeks))
    known = given.durations.take(members).at(weeks[None, :]).ravel()
    both = given.by_cost(again, fine.costs, known)
    found[2, members] = both.reshape(len(members), len(weeks)) @ shares
    return found


class _Given:
    """A group's numbers, of which those of one member are varied at a time."""

    def __init__(self, place: Place, units: Units) -> None:
        self._place = place
        self.costs = units.costs.take(place.rows)
        self.durations = units.durations.take(place.rows)

    def by_cost(self, members: Ints, steps: int, known: Floats | None = None) -> Floats:
        """Average over some members' costs, their durations known or at the means."""

        def convex(some: slice) -> Convex:
            weeks = None if known is None else known[some, None]

            def of_costs(values: Floats) -> tuple[Floats, Floats]:
                found = self._savings(members[some], values, weeks)
                return _like(values, found.gains, found.by_cost)

            return of_costs

        return self._average(self.costs, members, steps, convex)

    def by_duration(self, members: Ints, steps: int) -> Floats:
        """Average over some members' durations, their costs at the means."""

        def convex(some: slice) -> Convex:
            def of_durations(values: Floats) -> tuple[Floats, Floats]:
                found = self._savings(members[some], None, values)
                return _like(values, found.gains, found.by_duration)

            return of_durations

        return self._average(self.durations, members, steps, convex)

    def _average(
        self,
        spreads: Spreads,
        members: Ints,
        steps: int,
        convex: Callable[[slice], Convex],
    ) -> Floats:
        """Take as many members at once as can be held."""
        found = np.empty(len(members))
        each = max(1, _MOST_HELD // (len(self._place.rows) * looks(steps)))
        for at in range(0, len(members), each):
            some = slice(at, at + each)
            found[some] = average(spreads.take(members[some]), steps, convex(some))
        return found

    def _savings(
        self, members: Ints, costs: Floats | None, durations: Floats | None
    ) -> Savings:
        """Put what is known of one member at a time among the means."""
        given = [part for part in (costs, durations) if part is not None]
        each = max(part.shape[1] for part in given)
        varied = np.repeat(members, each)
        tables = []
        for spreads, known in ((self.costs, costs), (self.durations, durations)):
            table: Floats = np.tile(spreads.means, (len(varied), 1))
            if known is not None:
                values = np.broadcast_to(known, (len(members), each))
                table[np.arange(len(varied)), varied] = values.ravel()
            tables.append(table)
        return self._place.savings(tables[0], tables[1], varied)


def _like(values: Floats, gains: Floats, slopes: Floats) -> tuple[Floats, Floats]:
    return gains.reshape(values.shape), slopes.reshape(values.shape)
