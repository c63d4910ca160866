"""What it costs to hold an item at a place that its numbers do not earn."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.money import delay_cost
from scoring.profiles.over_time import price
from scoring.weighing import Ranking

NOTHING: Final[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class PinPrice:
    """What holding an item at a place adds to the delay cost.

    Places count from 1; `rank` is the item's own. `place` is the nearest to what was
    `asked` for that breaks no link; `along` are the linked items that go with it.
    """

    key: str
    asked: int
    rank: int
    place: int
    price: float
    along: tuple[str, ...] = ()


def price_pin(ranking: Ranking, key: str, place: int) -> PinPrice:
    """Price holding an item at a place, all others keeping the order they have.

    What must come before it goes before it, what must come after it after. Less than 0
    where the order was left dearer than it could be. A key that is not in the order is
    a KeyError.
    """
    if key not in ranking.place:
        raise KeyError(key)
    keys = ranking.order.keys
    rank = keys.index(key) + 1
    held, along = hold(keys, ranking.blockers, key, place)
    return PinPrice(
        key=key,
        asked=place,
        rank=rank,
        place=held.index(key) + 1,
        price=_cost(ranking, held) - _cost(ranking, keys),
        along=along,
    )


def hold(
    keys: Sequence[str], blockers: Mapping[str, Sequence[str]], key: str, place: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put a key at a place of an order, and say which linked keys must go with it."""
    before, after = _reached(key, blockers), _reached(key, _turned(blockers))
    tied = before | after | {key}
    free = [one for one in keys if one not in tied]
    ahead = max(0, min(place - 1 - len(before), len(free)))
    first = before | set(free[:ahead])
    head = tuple(one for one in keys if one in first)
    tail = tuple(one for one in keys if one not in first and one != key)
    return (*head, key, *tail), tuple(_along(keys, key, tied, first))


def _along(
    keys: Sequence[str], key: str, tied: Collection[str], first: Collection[str]
) -> Iterator[str]:
    """Name what is tied to the key and changes sides with some key that is not.

    The free keys between their old and their new side are the ones that are passed.
    """
    at = keys.index(key)
    passed = [
        place
        for place, one in enumerate(keys)
        if one not in tied and (place < at) != (one in first)
    ]
    if passed:
        between = range(min(passed[0], at) + 1, max(passed[-1], at))
        yield from (keys[n] for n in between if keys[n] in tied and n != at)


def _reached(key: str, steps: Mapping[str, Iterable[str]]) -> set[str]:
    """Find all keys that steps lead to."""
    found: set[str] = set()
    stack = [key]
    while stack:
        new = [one for one in steps.get(stack.pop(), NOTHING) if one not in found]
        found.update(new)
        stack += new
    return found


def _turned(blockers: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    for key, them in blockers.items():
        for blocker in them:
            blocks.setdefault(blocker, []).append(key)
    return blocks


def _cost(ranking: Ranking, keys: Sequence[str]) -> float:
    """Price an order of the ranking's keys as its totals are priced."""
    rows = np.array([ranking.place[key] for key in keys], dtype=np.int64)
    if ranking.course is not None:
        return price(ranking.course.curves, ranking.course.jobs.durations, rows)
    items = [ranking.items[row] for row in rows.tolist()]
    rates = [
        rate.rate if (rate := ranking.rates.get(item.key)) else item.cost_of_delay
        for item in items
    ]
    durations = [item.duration for item in items]
    return delay_cost(np.array(rates, dtype=float), np.array(durations, dtype=float))
