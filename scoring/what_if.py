"""What other numbers for one item would do to the order, in money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scoring.item import Gap, Item, Link, Span
from scoring.money import PricedOrder
from scoring.plannable import as_read, beyond_reason
from scoring.profiles.names import changes
from scoring.summary import Summary
from scoring.uncertainty.expectation import expected
from scoring.weighing import Ranking, weigh_backlog

# Beyond so many links between the same rows, a hub between them says the same.
_MOST_LINKS: Final = 1_000

# No issue has such a key.
_HUB: Final = "\N{NULL}hub "


@dataclass(frozen=True, slots=True)
class Change:
    """Other numbers for one item; None leaves a number as it is.

    `gain` is what the change brings in, once, in the currency or in point-weeks: scope
    worth 100,000 that takes a month longer is a duration and a gain. The numbers are
    likely ones, as they were read. The old range does not hold for a new number, but
    for those named in `shifted`: with these it goes up or down by as much.
    """

    key: str
    cost_of_delay: float | None = None
    duration: float | None = None
    gain: float = 0.0
    shifted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change does; ranks count from 1.

    `before` and `after` are the delay costs of the order without and with the change;
    `unmoved` is what the order as it was would cost with the new numbers.
    """

    change: Change
    rank_before: int
    rank: int
    before: float
    after: float
    unmoved: float

    @property
    def added(self) -> float:
        """Tell what the change adds to the delay cost; less than 0 where it saves."""
        return self.after - self.before

    @property
    def saved_by_moving(self) -> float:
        """Tell what giving the item its new place saves."""
        return self.unmoved - self.after

    @property
    def net(self) -> float:
        """Weigh the gain against what the change adds: below 0 it does not pay."""
        return self.change.gain - self.added


def what_if(ranking: Ranking, change: Change) -> Outcome:
    """Order the backlog anew with one item changed.

    `ranking` is the cheapest order found, without a tolerance. Where costs change as
    time goes by both orders are searched for, so that the difference holds as far as
    their gaps say. A key that is not in the order is a KeyError, a number that cannot
    be planned with a ValueError.
    """
    order = ranking.order.keys
    rank_before = order.index(change.key) + 1 if change.key in ranking.place else 0
    if not rank_before:
        raise KeyError(change.key)
    item = ranking.items[ranking.place[change.key]]
    changed = _changed(item, change)
    if reason := beyond_reason(changed):
        raise ValueError(reason)
    if ranking.by_cd3 is not None and not changes(changed, ranking.today):
        [mean] = expected([changed])
        return _quick(ranking.by_cd3, change, rank_before - 1, mean)
    items = [ranking.items[ranking.place[key]] for key in order]
    items[rank_before - 1] = changed
    found = _weigh_again(ranking, items, ranking.blockers)
    return Outcome(
        change=change,
        rank_before=rank_before,
        rank=found.order.keys.index(change.key) + 1,
        before=ranking.totals.order,
        after=found.totals.order,
        unmoved=found.totals.jira_order,
    )


def _quick(priced: PricedOrder, change: Change, place: int, item: Item) -> Outcome:
    """Price one item's new numbers by running sums: without links that is exact."""
    found = priced.change(place, rate=item.cost_of_delay, duration=item.duration)
    return Outcome(
        change=change,
        rank_before=place + 1,
        rank=found.place + 1,
        before=priced.cost,
        after=priced.cost + found.cost,
        unmoved=priced.cost + found.cost - found.moved,
    )


def ranking_of(summary: Summary) -> Ranking:
    """Find the cheapest order of a summary's items anew; among equals it stays.

    The summary's own may be dearer: a tolerance leaves items where they are.
    """
    blockers = {row.item.key: row.blockers for row in summary.rows}
    return _weigh_again(summary, [row.item for row in summary.rows], blockers)


def _changed(item: Item, change: Change) -> Item:
    """Put in the new numbers; those that are as they were read change nothing."""
    read = as_read(item)
    cost, cost_span = _number("cost_of_delay", read, change.cost_of_delay, change)
    weeks, weeks_span = _number("duration", read, change.duration, change)
    changed = replace(
        read,
        cost_of_delay=cost,
        cost_of_delay_span=cost_span,
        duration=weeks,
        duration_span=weeks_span,
        driver_span=_driver_span(read, change),
    )
    return item if changed == read else changed


def _number(
    name: str, read: Item, new: float | None, change: Change
) -> tuple[float, Span | None]:
    """Choose a number and its range."""
    now = read.duration if name == "duration" else read.cost_of_delay
    span = read.duration_span if name == "duration" else read.cost_of_delay_span
    if new is None or new == now:
        return now, span
    if span is None or name not in change.shifted:
        return new, None
    return new, Span(span.low + new - now, span.high + new - now)


def _driver_span(read: Item, change: Change) -> Span | None:
    """Keep a driver, but where a new cost of delay is certain."""
    new = change.cost_of_delay
    keeps = new is None or new == read.cost_of_delay
    return read.driver_span if keeps or "cost_of_delay" in change.shifted else None


def _weigh_again(
    like: Ranking | Summary,
    items: Sequence[Item],
    blockers: Mapping[str, Sequence[str]],
) -> Ranking:
    """Weigh items whose order counts as today's, so that ties keep it."""
    links, hubs = _links(blockers)
    return weigh_backlog(
        [
            *(replace(item, place=place) for place, item in enumerate(items)),
            *(Gap(hub, "stands for a group of blockers") for hub in hubs),
        ],
        links,
        today=like.today,
        mode=like.mode,
        currency=like.currency,
    )


def _links(blockers: Mapping[str, Sequence[str]]) -> tuple[list[Link], list[str]]:
    """Make links of blockers; many that wait for the same many wait for a hub."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for key, them in blockers.items():
        groups.setdefault(tuple(them), []).append(key)
    links, hubs = list[Link](), list[str]()
    for them, keys in groups.items():
        if len(them) * len(keys) <= _MOST_LINKS:
            links += [Link(blocker, key) for key in keys for blocker in them]
            continue
        hub = f"{_HUB}{len(hubs)}"
        hubs.append(hub)
        links += [Link(blocker, hub) for blocker in them]
        links += [Link(hub, key) for key in keys]
    return links, hubs
