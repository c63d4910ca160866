"""What other numbers for one item would do to the order, in money."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scoring.item import Item, Link
from scoring.summary import Summary
from scoring.weighing import Ranking, weigh_backlog


@dataclass(frozen=True, slots=True)
class Change:
    """Other numbers for one item; None leaves a number as it is.

    `gain` is what the change brings in, once, in the currency or in point-weeks: scope
    worth 100,000 that takes a month longer is a duration and a gain.
    """

    key: str
    cost_of_delay: float | None = None
    duration: float | None = None
    gain: float = 0.0


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
    items = [ranking.items[ranking.place[key]] for key in order]
    items[rank_before - 1] = _changed(items[rank_before - 1], change)
    found = _weigh_again(ranking, items, ranking.blockers)
    if found.gaps:
        raise ValueError(found.gaps[0].reason)
    return Outcome(
        change=change,
        rank_before=rank_before,
        rank=found.order.keys.index(change.key) + 1,
        before=ranking.totals.order,
        after=found.totals.order,
        unmoved=found.totals.jira_order,
    )


def ranking_of(summary: Summary) -> Ranking:
    """Find the cheapest order of a summary's items anew; among equals it stays.

    The summary's own may be dearer: a tolerance leaves items where they are.
    """
    blockers = {row.item.key: row.blockers for row in summary.rows}
    return _weigh_again(summary, [row.item for row in summary.rows], blockers)


def _changed(item: Item, change: Change) -> Item:
    """Put in the new numbers; the old ranges do not hold for them."""
    if change.cost_of_delay is not None:
        item = replace(
            item, cost_of_delay=change.cost_of_delay, cost_of_delay_span=None
        )
    if change.duration is not None:
        item = replace(item, duration=change.duration, duration_span=None)
    return item


def _weigh_again(
    like: Ranking | Summary,
    items: Sequence[Item],
    blockers: Mapping[str, Sequence[str]],
) -> Ranking:
    """Weigh items whose order counts as today's, so that ties keep it."""
    return weigh_backlog(
        [replace(item, place=place) for place, item in enumerate(items)],
        list(_links(blockers)),
        today=like.today,
        mode=like.mode,
        currency=like.currency,
    )


def _links(blockers: Mapping[str, Sequence[str]]) -> Iterator[Link]:
    for key, them in blockers.items():
        yield from (Link(blocker, key) for blocker in them)
