"""What varies independently: lone items, and groups of linked ones as wholes.

Whatever the numbers of a group turn out to be, its own best order cuts it into chunks,
and the chunks of all groups and the lone items are merged by ratio (Sidney 1975). So a
group needs to be ordered anew for its own numbers only.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoring.blockers import scored_blockers
from scoring.item import Item, Link
from scoring.ordering.items import order_items
from scoring.ordering.links import components, graph_of
from scoring.uncertainty.arrangement import Ints
from scoring.uncertainty.expectation import at_means
from scoring.uncertainty.group import Group
from scoring.uncertainty.normal import Floats
from scoring.uncertainty.pooling import bounded_ratios
from scoring.uncertainty.ranges import cost_spreads, duration_spreads
from scoring.uncertainty.spreads import Spreads


@dataclass(frozen=True, eq=False)
class Units:
    """Items in the order by means, one row each, and the units that they make.

    `ratios` are those of the chunks at the means. `members` lists the rows unit by
    unit, each unit's in the order by means; a unit begins at one of `starts`. `groups`
    are the units of more than one item, by the unit's number.
    """

    keys: tuple[str, ...]
    costs: Spreads
    durations: Spreads
    ratios: Floats
    members: Ints
    starts: Ints
    groups: Mapping[int, Group]

    def __len__(self) -> int:
        """Count the units."""
        return len(self.starts)

    @cached_property
    def sizes(self) -> Ints:
        """Count each unit's items."""
        return np.diff(self.starts, append=len(self.keys))

    @cached_property
    def certain_rows(self) -> NDArray[np.bool_]:
        """Say which items hold nothing but certain numbers."""
        certain: NDArray[np.bool_] = self.costs.certain & self.durations.certain
        return certain

    @cached_property
    def certain(self) -> NDArray[np.bool_]:
        """Say which units hold nothing but certain numbers."""
        sure = self.certain_rows[self.members]
        return np.logical_and.reduceat(sure, self.starts) if len(self) else sure

    def rows(self, unit: int) -> Ints:
        """Name one unit's rows."""
        start = self.starts[unit]
        return self.members[start : start + self.sizes[unit]]


def freeze(
    items: Sequence[Item], links: Sequence[Link], *, through: Collection[str] = ()
) -> Units:
    """Order the items by their means, and tell which hang together.

    `through` and the errors are those of `order_items`.
    """
    order = order_items(at_means(items), links, through=through)
    by_key = {item.key: item for item in items}
    ranked = [by_key[key] for key in order.keys]
    costs, durations = cost_spreads(ranked), duration_spreads(ranked)
    starts = np.cumsum([0, *map(len, order.blocks)], dtype=np.intp)[:-1]
    row = {key: number for number, key in enumerate(order.keys)}
    blockers = scored_blockers(links, order.cycles, row.keys(), through)
    before = {
        row[key]: sorted(row[one] for one in them) for key, them in blockers.items()
    }
    least = durations.at(durations.ends[0][:, None])[:, 0]
    members, groups = _grouped(least, before)
    return Units(
        keys=order.keys,
        costs=costs,
        durations=durations,
        ratios=_chunk_ratios(costs.means, durations.means, starts),
        members=np.array([row for unit in members for row in unit], dtype=np.intp),
        starts=np.cumsum([0, *map(len, members)], dtype=np.intp)[:-1],
        groups=groups,
    )


def _chunk_ratios(costs: Floats, durations: Floats, starts: Ints) -> Floats:
    """Divide chunk by chunk, for each item; rounding must not let them rise."""
    if not len(starts):
        return np.zeros(0)
    sums = (np.add.reduceat(part, starts) for part in (costs, durations))
    falling = np.minimum.accumulate(bounded_ratios(*sums))
    return np.repeat(falling, np.diff(starts, append=len(costs)))


def _grouped(
    least: Floats, before: Mapping[int, Sequence[int]]
) -> tuple[list[list[int]], dict[int, Group]]:
    """Find what hangs together, units by their first rows; `least` are durations."""
    edges = [(blocker, row) for row, them in before.items() for blocker in them]
    graph = graph_of(len(least), edges)
    members = components(graph, range(len(least)))
    groups = {}
    for unit, rows in enumerate(members):
        if len(rows) > 1:
            place = {row: number for number, row in enumerate(rows)}
            groups[unit] = Group(
                tuple(tuple(place[one] for one in before.get(row, ())) for row in rows),
                timeless=not least[rows].all(),
            )
    return members, groups
