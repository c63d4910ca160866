"""Delay cost of orders, and what one change to an order costs or saves.

The delay cost of an order is the sum of cost of delay x completion time (Smith 1956):
it counts an item's own duration. `Item.cost_of_delay` is taken as the rate that counts;
where a deadline changes it, the caller puts today's rate there. Cost is in the
backlog's currency, or in point-weeks in relative mode.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scoring.item import Item

Numbers = NDArray[np.float64]


def cd3(rate: float, duration: float) -> float:
    """Divide cost of delay by duration; infinite for no duration, 0 for neither."""
    if duration > 0:
        return rate / duration
    return math.copysign(math.inf, rate) if rate else 0.0


def delay_cost(rates: Numbers, durations: Numbers) -> float:
    """Sum rate x completion time over an order."""
    return float(rates @ np.cumsum(durations))


@dataclass(frozen=True, slots=True)
class Change:
    """Where an item goes when its numbers change, and what that does to the total.

    `moved` is the part of `cost` that its new place has: a saving is negative.
    """

    place: int
    cost: float
    moved: float


@dataclass(frozen=True)
class PricedOrder:
    """An order with running sums, so that one change is priced without a new total.

    Places count from 0. `cost` is the order's delay cost.
    """

    keys: tuple[str, ...]
    rates: Numbers
    durations: Numbers

    @cached_property
    def cost(self) -> float:
        """Sum rate x completion time."""
        return delay_cost(self.rates, self.durations)

    @cached_property
    def places(self) -> dict[str, int]:
        """Look up each key's place."""
        return {key: place for place, key in enumerate(self.keys)}

    @cached_property
    def _weeks(self) -> Numbers:
        return np.concatenate(([0.0], np.cumsum(self.durations)))

    @cached_property
    def _rates(self) -> Numbers:
        return np.concatenate(([0.0], np.cumsum(self.rates)))

    @cached_property
    def _falling(self) -> Numbers:
        """Negate the ratios: ascending where the order is by CD3."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = self.rates / self.durations
        return -np.nan_to_num(ratios, nan=0.0, posinf=np.inf, neginf=-np.inf)

    def move(self, place: int, to: int) -> float:
        """Price putting the item at one place to another; a saving is negative.

        This is also the price of a pin: what it costs to hold an item at `to`.
        """
        return self._shift(place, to, self.rates[place], self.durations[place])

    def _shift(self, place: int, to: int, rate: float, duration: float) -> float:
        if to <= place:
            pushed = self._rates[place] - self._rates[to]
            gained = self._weeks[place] - self._weeks[to]
            return float(duration * pushed - rate * gained)
        pulled = self._rates[to + 1] - self._rates[place + 1]
        lost = self._weeks[to + 1] - self._weeks[place + 1]
        return float(rate * lost - duration * pulled)

    def change(self, place: int, *, rate: float, duration: float) -> Change:
        """Price new numbers for one item that then goes where its CD3 belongs.

        The order must be by CD3, without links. O(log n) once the sums are made.
        Among equals the item stays as near to its place as it can.
        """
        own = rate * (self._weeks[place] + duration)
        was = self.rates[place] * self._weeks[place + 1]
        behind = self._rates[-1] - self._rates[place + 1]
        stretched = (duration - self.durations[place]) * behind
        to = self._seat(place, cd3(rate, duration))
        moved = self._shift(place, to, rate, duration)
        return Change(to, float(own - was + stretched) + moved, moved)

    def _seat(self, place: int, ratio: float) -> int:
        """Find the place of a ratio among the others."""
        falling = self._falling
        low = int(np.searchsorted(falling, -ratio, "left"))
        high = int(np.searchsorted(falling, -ratio, "right"))
        low -= low > place
        high -= high > place
        return min(max(place, low), high)

    def saving(
        self, keys: Sequence[str], anchor: str, place: Literal["before", "after"]
    ) -> float:
        """Price gathering some keys beside an anchor; a saving is positive."""
        chosen = np.array([self.places[key] for key in keys], dtype=np.int64)
        slot = self.places[anchor] + (place == "after")
        rising = np.sort(chosen)
        passed = self._passed(rising, slot)
        inside = delay_cost(self.rates[rising], self.durations[rising])
        return passed + inside - delay_cost(self.rates[chosen], self.durations[chosen])

    def _passed(self, rising: NDArray[np.int64], slot: int) -> float:
        """Price the pairs of a gathered item and one that it passes on its way."""
        rates, durations = self.rates[rising], self.durations[rising]
        low, high = np.minimum(rising, slot), np.maximum(rising, slot)
        inner = int(np.searchsorted(rising, slot))
        own = np.arange(len(rising))
        first, last = np.minimum(own, inner), np.maximum(own, inner)
        own_rates = np.concatenate(([0.0], np.cumsum(rates)))
        own_weeks = np.concatenate(([0.0], np.cumsum(durations)))
        by_rates = self._rates[high] - self._rates[low]
        by_weeks = self._weeks[high] - self._weeks[low]
        by_rates -= own_rates[last] - own_rates[first]
        by_weeks -= own_weeks[last] - own_weeks[first]
        sign = np.where(rising < slot, -1.0, 1.0)
        return float(np.sum(sign * (rates * by_weeks - durations * by_rates)))


def price_order(items: Sequence[Item]) -> PricedOrder:
    """Prepare an order for pricing."""
    rates = np.fromiter((item.cost_of_delay for item in items), float, len(items))
    durations = np.fromiter((item.duration for item in items), float, len(items))
    return PricedOrder(tuple(item.key for item in items), rates, durations)


def break_even(rate: float, duration: float, against: float) -> tuple[float, float]:
    """Find the cost of delay, and the duration, whose CD3 equals the one named.

    The second is infinite where no duration does it.
    """
    weeks = rate / against if against and rate / against > 0 else math.inf
    return against * duration, weeks
