"""The order for a day, priced against Jira's, and what each row of it says."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Final

import numpy as np

from scoring.awaiting import also_waits, awaited, passed_through
from scoring.blockers import scored_blockers
from scoring.item import Gap, Item, Link, Mode, Order
from scoring.money import PricedOrder, cd3, delay_cost, price_order
from scoring.ordering.items import order_items
from scoring.plannable import sort_out
from scoring.profiles.course import Course, course_of
from scoring.profiles.names import changes, days_left
from scoring.reasons import Standing, say_why
from scoring.stability import stable_order
from scoring.summary import Row, Summary, Totals
from scoring.uncertainty.expectation import expected
from scoring.urgency import Rate, rate_on

KEPT: Final = "Stays near its place: moving it would gain less than the tolerance"

_TINY: Final = 1e-12


@dataclass(frozen=True, eq=False)
class Ranking:
    """The order and its totals, before every row is told.

    `items` stand in Jira's order; `place` finds a key among them. `rates` holds what
    counts today for those items whose deadline or profile has a say. `blockers` names,
    for each linked item, the scored items that must come before it, `awaited` what
    else does that has no score. `course` is there where some cost of delay changes as
    time goes by. `kept` says that issues were left where they are, within a tolerance.
    """

    mode: Mode
    currency: str
    today: date
    items: Sequence[Item]
    place: Mapping[str, int]
    rates: Mapping[str, Rate]
    blockers: Mapping[str, tuple[str, ...]]
    gaps: tuple[Gap, ...]
    order: Order
    totals: Totals
    course: Course | None = None
    kept: bool = False
    awaited: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def near_today(self, tolerance: float) -> "Ranking":
        """Leave more issues where they are, for at most this share of our delay cost.

        What it loses is in the totals: the cost of this order against the lower bound.
        """
        if self.course is not None:
            course = self.course.near_today(tolerance)
            return replace(
                self,
                course=course,
                order=course.order,
                blockers=_by_turn(self.blockers, course.order.keys),
                totals=course.totals(),
            )
        rated = self._rated()
        order = stable_order(rated, self.order, self.blockers, tolerance=tolerance)
        return replace(
            self,
            order=order,
            blockers=_by_turn(self.blockers, order.keys),
            totals=_totals(rated, order),
            kept=order.keys != self.order.keys,
        )

    @cached_property
    def by_cd3(self) -> PricedOrder | None:
        """Prepare the order for pricing one change; None where CD3 alone is not all."""
        dated = any(item.deadline is not None for item in self.items)
        if self.blockers or dated or self.course is not None or self.kept:
            return None
        return price_order([self.items[self.place[key]] for key in self.order.keys])

    def summary(self) -> Summary:
        """Tell all rows, with what is not scored and the totals."""
        return Summary(
            mode=self.mode,
            currency=self.currency,
            today=self.today,
            rows=tuple(self.rows()),
            gaps=self.gaps,
            cycles=self.order.cycles,
            totals=self.totals,
            over_time=self.course is not None,
        )

    def _rated(self) -> list[Item]:
        return [_at_rate(item, self.rates.get(item.key)) for item in self.items]

    def rows(self, *, reasons: bool = True) -> Iterator[Row]:
        """Tell the rows one by one, in the recommended order."""
        ends, least, above = 0.0, math.inf, None
        rates, begun = 0.0, dict[str, tuple[float, float]]()
        lower = self._most_below() if self.kept else []
        unscored = {gap.key for gap in self.gaps}
        for place, key in enumerate(self.order.keys, start=1):
            starts, item = ends, self.items[self.place[key]]
            ends = starts + item.duration
            row = self._row(item, place, starts)
            if self.course is not None:
                row = replace(row, delay_cost=self.course.costs[place - 1])
            if reasons:
                held = _held_by(row, rates, begun)
                row = replace(row, why=self._why(row, least, above, held))
                if lower and not held and not row.pulled_by:
                    out = row.cd3 > least or lower[place] > row.cd3
                    row = replace(row, why=KEPT) if out else row
                why = also_waits(row.why, row.waits_for, unscored)
                row = replace(row, why=why) if row.waits_for else row
                begun[key] = (rates, starts)
                rates += row.rate
            least, above = min(least, row.cd3), row
            yield row

    def _most_below(self) -> list[float]:
        """Give the highest CD3 of all rows from each place on (0-based), and after."""
        ratios = [
            cd3(self._rate(key), self.items[self.place[key]].duration)
            for key in self.order.keys
        ]
        return [*reversed(list(accumulate(reversed(ratios), max))), -math.inf]

    @cached_property
    def _blocks(self) -> Mapping[str, int]:
        """Number the blocks of two or more, by key."""
        many = (block for block in self.order.blocks if len(block) > 1)
        return {key: n for n, block in enumerate(many, start=1) for key in block}

    def _row(self, item: Item, place: int, starts: float) -> Row:
        rate = self.rates.get(item.key) or Rate(item.cost_of_delay)
        ends = starts + item.duration
        return Row(
            item=item,
            place=place,
            was=self.place[item.key] + 1,
            rate=rate.rate,
            cd3=cd3(rate.rate, item.duration),
            starts=starts,
            ends=ends,
            delay_cost=rate.rate * ends,
            latest_start=rate.latest_start,
            pulled_by=self.order.pulled.get(item.key),
            blockers=self.blockers.get(item.key, ()),
            waits_for=self.awaited.get(item.key, ()),
            block=self._blocks.get(item.key, 0),
        )

    def _why(self, row: Row, least: float, above: Row | None, held: str | None) -> str:
        """Say why; `least` is the least CD3 of all rows above.

        Of two with the same CD3, today's order puts only the earlier one first: where
        it is the other way round, a link does.
        """
        rate = self.rates.get(row.item.key)
        tied = above is not None and above.cd3 == row.cd3
        if tied and above and above.was > row.was:
            tied = False
            held = held or (row.blockers[-1] if row.blockers else None)
        standing = Standing(
            place=row.place,
            rate=row.rate,
            duration=row.item.duration,
            latest_start=row.latest_start,
            deadline=row.item.deadline,
            days_left=days_left(row.item, self.today),
            waits=rate is not None and rate.waits,
            pulled_by=row.pulled_by,
            pulled_worth=self._rate(row.pulled_by) if row.pulled_by else 0.0,
            held_by=held,
            tied_with=above.item.key if above and tied else None,
            awaits=bool(row.waits_for),
        )
        if self.course is not None:
            standing = self.course.standing(standing, row, least)
        return say_why(standing, self.currency)

    def _rate(self, key: str) -> float:
        rate = self.rates.get(key)
        return rate.rate if rate else self.items[self.place[key]].cost_of_delay


def _held_by(
    row: Row, rates: float, begun: Mapping[str, tuple[float, float]]
) -> str | None:
    """Name the blocker without which the item would stand further up.

    Only the last blocker can hold it, and it does so where the run from that blocker
    to the item has a lower CD3 than the item: then going before the run would pay.
    """
    last = row.blockers[-1] if row.blockers else None
    if last is None or last not in begun:
        return None
    rates_before, starts_before = begun[last]
    run = cd3(rates - rates_before, row.starts - starts_before)
    return last if row.cd3 > run else None


def weigh_backlog(
    read: Sequence[Item | Gap],
    links: Sequence[Link],
    *,
    today: date,
    mode: Mode,
    currency: str,
) -> Ranking:
    """Order a backlog for the day, and price Jira's order against ours.

    Both are priced with the same items; Jira's may break links and is priced as it is,
    so it can even be the cheaper. Links are carried through gaps and through issues
    outside. Where a deadline or a profile changes a cost of delay from today on, the
    order is one over time, and its cost and its bound are too. Where ranges are given
    their means are what counts: that order is the best in expectation (Rothkopf 1966),
    and its cost the expected.
    """
    if (mode is Mode.MONEY) != bool(currency):
        raise ValueError("money has a currency and points have none: give just one")
    scored, gaps = sort_out(read)
    items = expected(scored)
    place = {item.key: number for number, item in enumerate(items)}
    through = passed_through(links, place, {gap.key for gap in gaps})
    course, order, rates, totals = _ordered(items, links, through, today)
    blockers = scored_blockers(links, order.cycles, place, through)
    return Ranking(
        mode=mode,
        currency=currency,
        today=today,
        items=items,
        place=place,
        rates=rates,
        blockers=_by_turn(blockers, order.keys),
        gaps=gaps,
        order=order,
        totals=totals,
        course=course,
        awaited=awaited(links, order.cycles, place),
    )


def _ordered(
    items: Sequence[Item], links: Sequence[Link], through: Collection[str], today: date
) -> tuple[Course | None, Order, Mapping[str, Rate], Totals]:
    """Order by the rates of the day, or where they change, as time goes by."""
    if any(changes(item, today) for item in items):
        course = course_of(items, links, today=today, through=through)
        return course, course.order, course.rates, course.totals()
    dated = [item for item in items if item.deadline is not None]
    rates = {item.key: rate_on(item, today) for item in dated}
    rated = [_at_rate(item, rates.get(item.key)) for item in items]
    order = order_items(rated, links, through=through)
    return None, order, rates, _totals(rated, order)


def _by_turn(
    blockers: Mapping[str, tuple[str, ...]], keys: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Sort each item's blockers by their turn: the last one is what it awaits.

    Items that share their blockers still do.
    """
    shared = {id(them): them for them in blockers.values()}
    named = {one for them in shared.values() for one in them}
    turn = {key: number for number, key in enumerate(keys) if key in named}
    by_turn = {id(b): tuple(sorted(b, key=turn.__getitem__)) for b in shared.values()}
    return {key: by_turn[id(b)] for key, b in blockers.items()}


def _at_rate(item: Item, rate: Rate | None) -> Item:
    if rate is None or rate.rate == item.cost_of_delay:
        return item
    return replace(item, cost_of_delay=rate.rate)


def _totals(rated: Sequence[Item], order: Order) -> Totals:
    """Price both orders by the same sums, so that equal orders save exactly nothing."""
    size = len(rated)
    place = {item.key: number for number, item in enumerate(rated)}
    rates = np.fromiter((item.cost_of_delay for item in rated), float, size)
    durations = np.fromiter((item.duration for item in rated), float, size)
    ours = np.fromiter((place[key] for key in order.keys), np.int64, size)
    before = delay_cost(rates, durations)
    after = delay_cost(rates[ours], durations[ours])
    bound = after if order.gap == 0 else min(order.lower_bound, after)
    return Totals(
        jira_order=before,
        order=after,
        saved=before - after,
        lower_bound=bound,
        gap=0.0 if after == bound else (after - bound) / max(abs(bound), _TINY),
    )
