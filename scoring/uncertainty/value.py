"""What it is worth to know one estimate better before the order is fixed.

Hold all others at their means. If one estimate turns out so and so, its unit would go
to another place; what that saves, averaged over all it may turn out to be, is the
expected value of partial perfect information. Prefix sums over the order by means give
each saving at once: no order is sorted anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.uncertainty.normal import Floats, middles
from scoring.uncertainty.units import Ints, Units, ratios_of

# Equally likely values tried of each number, and of each pair of numbers (squared).
_VALUES: Final = 16

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


def worths(units: Units, *, values: int = _VALUES) -> tuple[Worth, ...]:
    """Price the refining of every item's estimates, in the order by means."""
    line = _Line(units)
    found = np.zeros((3, len(units.keys)))
    for at in range(0, len(units.keys), _CHUNK):
        some = slice(at, at + _CHUNK)
        found[:, some] = _gains(line, units, some, values)
    return tuple(
        Worth(key, *numbers)
        for key, numbers in zip(units.keys, found.T.tolist(), strict=True)
    )


def refine_first(worths: Iterable[Worth], count: int) -> tuple[Worth, ...]:
    """Choose the estimates whose refining is worth the most, the best first."""
    useful = [worth for worth in worths if worth.both > 0]
    return tuple(sorted(useful, key=lambda worth: -worth.both)[:count])


class _Line:
    """The units in the order by means, with running sums of both numbers."""

    def __init__(self, units: Units) -> None:
        self.costs = units.costs.means
        self.durations = units.durations.means
        costs, durations = units.total(self.costs), units.total(self.durations)
        self.unit_costs, self.unit_durations = costs, durations
        self._falling = -ratios_of(costs, durations)
        self._costs = np.concatenate([[0.0], np.cumsum(costs)])
        self._durations = np.concatenate([[0.0], np.cumsum(durations)])

    def gain(self, place: Ints, costs: Floats, durations: Floats) -> Floats:
        """Price going where one belongs: for a unit a row, for a case a column."""
        at = np.searchsorted(self._falling, -ratios_of(costs, durations))
        place = place[:, None]
        end = np.where(at <= place, place, place + 1)  # its own place passes nothing
        passed_costs = self._costs[at] - self._costs[end]
        passed_durations = self._durations[at] - self._durations[end]
        gains: Floats = durations * passed_costs - costs * passed_durations
        np.maximum(gains, 0.0, out=gains)
        return gains


def _gains(line: _Line, units: Units, some: slice, values: int) -> Floats:
    """Average the gains of some items: cost known, duration known, both known."""
    scores = middles(values)[None, :]
    unit = units.unit_of[some]
    mean_costs, mean_durations = line.costs[some, None], line.durations[some, None]
    rest_costs = line.unit_costs[unit, None] - mean_costs
    rest_durations = np.maximum(line.unit_durations[unit, None] - mean_durations, 0.0)
    costs = units.costs.take(some).at(scores)
    durations = units.durations.take(some).at(scores)
    cases: Sequence[tuple[Floats, Floats]] = (
        (costs, mean_durations),
        (mean_costs, durations),
        (np.repeat(costs, values, axis=1), np.tile(durations, values)),
    )
    return np.array(
        [
            line.gain(unit, rest_costs + cost, rest_durations + duration).mean(axis=1)
            for cost, duration in cases
        ]
    )
