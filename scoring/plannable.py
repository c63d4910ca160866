"""Which items can be planned with, and which numbers they were read with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from scoring.item import Gap, Item

# Beyond these an amount or a duration is a slip of the keyboard, and sums of a million
# of them would still be finite.
MOST_COST: Final = 1e15
MOST_WEEKS: Final = 1e9


def sort_out(
    read: Sequence[Item | Gap],
) -> tuple[list[Item], tuple[Gap, ...]]:
    """Part items, in Jira's order, from gaps; a number beyond reason makes a gap."""
    items, gaps = [], []
    for one in read:
        if isinstance(one, Gap):
            gaps.append(one)
        elif reason := beyond_reason(one):
            gaps.append(Gap(one.key, reason, one.summary, one.place))
        else:
            items.append(one)
    items.sort(key=lambda item: (item.place, item.key))
    gaps.sort(key=lambda gap: (gap.place, gap.key))
    return items, tuple(gaps)


def as_read(item: Item) -> Item:
    """Put back the likely numbers of an item that holds its means."""
    cost, weeks = item.likely_cost_of_delay, item.likely_duration
    if cost is None or weeks is None:
        return item
    return replace(
        item,
        cost_of_delay=cost,
        duration=weeks,
        likely_cost_of_delay=None,
        likely_duration=None,
    )


def beyond_reason(item: Item) -> str:
    """Say why an item cannot be ordered, if it cannot."""
    if not abs(item.cost_of_delay) <= MOST_COST:  # true for NaN too
        told = f"cost of delay {item.cost_of_delay:g} is beyond what can be priced"
        return f"{told}: it may be {MOST_COST:g} at most"
    if not 0 <= item.duration <= MOST_WEEKS:
        told = f"duration {item.duration:g} is beyond what can be planned"
        return f"{told}: it may be 0 to {MOST_WEEKS:g}"
    return ""
