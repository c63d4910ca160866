"""What is ranked against each other: the blocks of the mean solution, as wholes.

Links make items stand together; in the solution at the means those are the order's
blocks. They are frozen: a block's cost and duration vary, its members and their
sequence do not, and links between blocks are left out of account.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoring.item import Item, Link
from scoring.ordering.items import order_items
from scoring.uncertainty.ranges import (
    Real,
    Spreads,
    at_means,
    cost_spreads,
    duration_spreads,
)

Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Units:
    """Items in the order by means, cut into units at `starts`.

    `costs` and `durations` have one row an item. Ties between units stand as here.
    """

    keys: tuple[str, ...]
    costs: Spreads
    durations: Spreads
    starts: Ints

    def __len__(self) -> int:
        """Count the units."""
        return len(self.starts)

    @cached_property
    def sizes(self) -> Ints:
        """Count each unit's items."""
        return np.diff(self.starts, append=len(self.keys))

    @cached_property
    def unit_of(self) -> Ints:
        """Name each item's unit."""
        return np.repeat(np.arange(len(self)), self.sizes)

    @cached_property
    def certain(self) -> NDArray[np.bool_]:
        """Say which units hold nothing but certain numbers."""
        sure = self.costs.certain & self.durations.certain
        return np.logical_and.reduceat(sure, self.starts) if len(self) else sure

    def total(self, values: NDArray[Real]) -> NDArray[Real]:
        """Add up over each unit's items, along the last axis."""
        if len(self) == len(self.keys):
            return values
        return np.add.reduceat(values, self.starts, axis=-1)


def freeze(
    items: Sequence[Item], links: Sequence[Link], *, through: Collection[str] = ()
) -> Units:
    """Order the items by their means, and keep that solution's blocks as units.

    `through` and the errors are those of `order_items`.
    """
    order = order_items(at_means(items), links, through=through)
    by_key = {item.key: item for item in items}
    ranked = [by_key[key] for key in order.keys]
    sizes = [len(block) for block in order.blocks]
    return Units(
        keys=order.keys,
        costs=cost_spreads(ranked),
        durations=duration_spreads(ranked),
        starts=np.cumsum([0, *sizes], dtype=np.intp)[:-1],
    )


def ratios_of(costs: NDArray[Real], durations: NDArray[Real]) -> NDArray[Real]:
    """Divide as the ordering does: the cost's sign decides where nothing takes time."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = costs / durations
    if not durations.all():
        ratios[(durations == 0) & (costs == 0)] = 0.0
    return ratios
