"""The order by means with running sums: what goes before and behind a ratio."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scoring.uncertainty.arrangement import Ints
from scoring.uncertainty.group import Group
from scoring.uncertainty.normal import Floats
from scoring.uncertainty.pooling import ratios_of
from scoring.uncertainty.units import Units


class Savings(NamedTuple):
    """What the best order saves in some cases, and how that changes with one number.

    Against the order by means; `by_cost` and `by_duration` are slopes.
    """

    gains: Floats
    by_cost: Floats
    by_duration: Floats


class Line:
    """The items at their means, in the order by means."""

    def __init__(self, units: Units) -> None:
        self.costs = units.costs.means
        self.durations = units.durations.means
        self.falling = -units.ratios
        self._costs = np.concatenate([[0.0], np.cumsum(self.costs)])
        self._durations = np.concatenate([[0.0], np.cumsum(self.durations)])

    def lone(self, rows: Ints, costs: Floats, durations: Floats) -> Savings:
        """Price going where one belongs: a row each item, a column each case."""
        at = np.searchsorted(self.falling, -ratios_of(costs, durations))
        place = rows[:, None]
        end = np.where(at <= place, place, place + 1)  # its own place passes nothing
        passed_costs = self._costs[at] - self._costs[end]
        passed_durations = self._durations[at] - self._durations[end]
        gains = durations * passed_costs - costs * passed_durations
        return Savings(np.maximum(gains, 0.0), -passed_durations, passed_costs)

    def group(self, rows: Ints, group: Group) -> "Place":
        """Take a group of linked items out of the line."""
        falling, costs, durations = (
            part[rows] for part in (self.falling, self.costs, self.durations)
        )
        own = (np.concatenate([[0.0], np.cumsum(part)]) for part in (costs, durations))
        return Place(self, rows, group, falling, *own)

    def ahead(self, at: Ints) -> tuple[Floats, Floats]:
        """Sum costs and durations before some places."""
        return self._costs[at], self._durations[at]


@dataclass(frozen=True, eq=False)
class Place:
    """A group's own part of the line, which the rest does without."""

    line: Line
    rows: Ints
    of: Group
    falling: Floats
    costs: Floats
    durations: Floats

    def savings(self, costs: Floats, durations: Floats, varied: Ints) -> Savings:
        """Order the group anew in each case (a row), and put it back into the rest.

        `varied` names the member, of each case, that the slopes are for.
        """
        arranged = self.of.arrange(costs, durations)
        order, cases = arranged.order, np.arange(len(costs))
        fixed_costs, fixed_durations = self._rest(self.rows, np.arange(self.of.size))
        best_costs, best_durations = self._rest(
            np.searchsorted(self.line.falling, -arranged.ratios),
            np.searchsorted(self.falling, -arranged.ratios),
        )
        saved_costs = fixed_costs[order] - best_costs
        saved_weeks = fixed_durations[order] - best_durations
        ordered = [np.take_along_axis(part, order, 1) for part in (costs, durations)]
        plain_ends, best_ends = durations.cumsum(axis=1), ordered[1].cumsum(axis=1)
        gains = (ordered[0] * saved_weeks - ordered[1] * saved_costs).sum(axis=1)
        gains += (costs * plain_ends).sum(axis=1) - (ordered[0] * best_ends).sum(axis=1)
        to = (order == varied[:, None]).argmax(axis=1)
        by_cost = (
            saved_weeks[cases, to] + plain_ends[cases, varied] - best_ends[cases, to]
        )
        plain_ahead, best_ahead = costs.cumsum(axis=1), ordered[0].cumsum(axis=1)
        passed = plain_ahead[cases, varied] - best_ahead[cases, to]
        by_duration = -saved_costs[cases, to] - passed
        return Savings(np.maximum(gains, 0.0), by_cost, by_duration)

    def _rest(self, at: Ints, own: Ints) -> tuple[Floats, Floats]:
        """Sum what is before some places, without the group's own."""
        costs, durations = self.line.ahead(at)
        return costs - self.costs[own], durations - self.durations[own]
