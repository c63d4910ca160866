"""What a deadline does to a cost of delay on a given day."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from scoring.item import Item

DEADLINE: Final = "deadline"
STANDARD: Final = "standard"

# Below a millionth of a day a duration is rounding noise, not a day more.
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Rate:
    """The cost of delay per week that counts on a day, and the latest start date.

    `waits` says that the deadline leaves time, so that nothing counts yet.
    """

    rate: float
    latest_start: date | None = None
    waits: bool = False


def rate_on(item: Item, today: date) -> Rate:
    """Tell the rate on a day, by the published profile of an external deadline.

    Its cost of delay is 0 until the latest start date (deadline - duration, in calendar
    weeks), then the full rate (Black Swan Farming, «Urgency profiles»). A date without
    an outside effect is no deadline: an item that says its profile is standard keeps
    its rate on every day.
    """
    if item.deadline is None or item.profile == STANDARD:
        return Rate(item.cost_of_delay)
    start = latest_start(item.deadline, item.duration)
    if today < start:
        return Rate(0.0, start, waits=True)
    return Rate(item.cost_of_delay, start)


def latest_start(deadline: date, weeks: float) -> date:
    """Count back whole days from the deadline; what is begun later ends too late."""
    days = math.ceil(round(weeks * 7, _DIGITS))
    try:
        return deadline - timedelta(days=days)
    except OverflowError:  # before the year 1: it should have begun long ago
        return date.min
