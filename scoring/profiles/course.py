"""What an order over time costs, item by item, and what can be said of each place."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np

from scoring.item import Item, Link
from scoring.money import cd3
from scoring.profiles.links import Jobs
from scoring.profiles.names import LATE, changes, weeks_late
from scoring.profiles.nearby import nearby
from scoring.profiles.over_time import (
    OrderOverTime,
    found_order,
    jobs_between,
    order_over_time,
    price,
)
from scoring.profiles.shapes import (
    Curves,
    Floats,
    Ints,
    curves_of,
    rates_today,
)
from scoring.reasons import Standing
from scoring.summary import Row, Totals
from scoring.urgency import Rate

_TINY: Final = 1e-12


@dataclass(frozen=True, eq=False)
class Course:
    """A backlog in its order over time.

    `items` stand in today's order, and a row's number is an item's place there.
    """

    items: Sequence[Item]
    today: date
    jobs: Jobs
    curves: Curves
    order: OrderOverTime

    @cached_property
    def rates(self) -> dict[str, Rate]:
        """Tell what counts today of those items whose deadline or profile has a say."""
        return rates_today(self.items, self.curves, self.today)

    @cached_property
    def costs(self) -> list[float]:
        """Price each place of the order."""
        costs: list[float] = self._ordered.cost(self._ends).tolist()
        return costs

    def totals(self) -> Totals:
        """Price today's order and ours by the same sums."""
        before = price(self.curves, self.jobs.durations, np.arange(self.jobs.scored))
        after = price(self.curves, self.jobs.durations, self._rows)
        order = self.order
        bound = after if order.gap == 0 else min(order.lower_bound, after)
        return Totals(
            jira_order=before,
            order=after,
            saved=before - after,
            lower_bound=bound,
            gap=0.0 if after == bound else (after - bound) / max(abs(bound), _TINY),
        )

    def near_today(self, tolerance: float) -> "Course":
        """Leave more items where they are, for at most this share of the cost."""
        curves = self.curves.padded(self.jobs.hubs)
        search = nearby(self.jobs, curves, self._rows, tolerance)
        keys = [item.key for item in self.items]
        bound = self.order.lower_bound
        order = found_order(search, keys, bound=bound, cycles=self.order.cycles)
        if order.keys == self.order.keys:
            return self
        starts = self.order.latest_starts
        return replace(self, order=replace(order, latest_starts=starts))

    def standing(self, standing: Standing, row: Row, least: float) -> Standing:
        """Say of a row what holds although costs change.

        `least` is the least CD3 of all rows above. Where the rows are not by CD3, a
        place is explained by what a move away from it would cost.
        """
        at, held = row.place - 1, self.order.held.get(row.item.key)
        due = float(self._ordered.due[at])
        ranked = self._most_below[row.place] <= row.cd3 <= least
        moving = self.order.curved and (self._changing[at] or not ranked)
        pulls = self._place.get(standing.pulled_by or "")
        follows = self.order.keys[row.place] if row.place < self.jobs.scored else None
        after = self._ends[row.place] if follows else 0.0
        return replace(
            standing,
            pulled_worth=0.0 if pulls is None else self.items[pulls].cost_of_delay,
            held_by=held if self.order.curved else standing.held_by,
            tied_with=None if moving else standing.tied_with,
            late=weeks_late(row.item, row.ends, self.today),
            goes_before=follows if due and after > due + LATE else None,
            moving=moving,
            by_its_turn=self._slopes[at],
        )

    @cached_property
    def _rows(self) -> Ints:
        return np.array([self._place[key] for key in self.order.keys], dtype=np.int64)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {item.key: number for number, item in enumerate(self.items)}

    @cached_property
    def _ordered(self) -> Curves:
        return self.curves.take(self._rows)

    @cached_property
    def _ends(self) -> Floats:
        return np.cumsum(self.jobs.durations[self._rows])

    @cached_property
    def _slopes(self) -> list[float]:
        slopes: list[float] = self._ordered.slope(self._ends).tolist()
        return slopes

    @cached_property
    def _changing(self) -> list[bool]:
        return [changes(self.items[row], self.today) for row in self._rows.tolist()]

    @cached_property
    def _most_below(self) -> list[float]:
        """Tell the highest CD3 of today from each place on; none is below the last."""
        found = [-math.inf]
        for key, row in zip(self.order.keys[::-1], self._rows[::-1], strict=True):
            item = self.items[row]
            rate = self.rates.get(key)
            ratio = cd3(rate.rate if rate else item.cost_of_delay, item.duration)
            found.append(max(found[-1], ratio))
        return found[::-1]


def course_of(
    items: Sequence[Item],
    links: Sequence[Link],
    *,
    today: date,
    through: Collection[str],
) -> Course:
    """Order items, which stand in today's order, as time goes by."""
    order = order_over_time(items, links, today=today, through=through)
    jobs = jobs_between(items, links, order.cycles, through)
    return Course(items, today, jobs, curves_of(items, today), order)
