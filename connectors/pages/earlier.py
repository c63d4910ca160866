"""The order that the recommended one is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from scoring.moves import fitting_aim, plan_moves
from scoring.profiles.over_time import price_items
from scoring.summary import Row, Summary


@dataclass(frozen=True)
class Earlier:
    """The order that this one is held against, and its delay cost."""

    order: Sequence[Row]
    cost: float
    ours: Sequence[Row]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Look up each key's 1-based place."""
        return {row.item.key: at for at, row in enumerate(self.order, 1)}

    @cached_property
    def moved(self) -> frozenset[str]:
        """Find the keys that are moved from the one to the other; the rest slides."""
        before = [row.item.key for row in self.order]
        after = [row.item.key for row in self.ours]
        moves = plan_moves(before, after, aim=fitting_aim(before, after))
        return frozenset(key for move in moves for key in move.keys)


def earlier_order(summary: Summary, last_before: Sequence[str]) -> Earlier:
    """Find the order to compare with: Jira's, or the one before if that is ours."""
    moved = any(row.place != row.was for row in summary.rows)
    if moved or not last_before:
        order = sorted(summary.rows, key=lambda row: row.was)
        return Earlier(order, summary.totals.jira_order, summary.rows)
    order = _with_newcomers(last_before, summary.rows)
    if summary.over_time:
        items = [row.item for row in order]
        return Earlier(order, price_items(items, summary.today), summary.rows)
    ends = accumulate(row.item.duration for row in order)
    cost = sum(row.rate * end for row, end in zip(order, ends, strict=True))
    return Earlier(order, cost, summary.rows)


def _with_newcomers(before: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """Order today's rows as they were; a newcomer stands behind its neighbour."""
    known = {row.item.key: row for row in rows}
    old = [key for key in dict.fromkeys(before) if key in known]
    behind: dict[str, list[Row]] = {"": [], **{key: [] for key in old}}
    anchor = ""
    for row in rows:
        if row.item.key in behind:
            anchor = row.item.key
        else:
            behind[anchor].append(row)
    return [*behind[""], *(row for key in old for row in (known[key], *behind[key]))]
