"""Which moves are sent first, and what each saves, where costs change over time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

import numpy as np

from scoring.item import Item
from scoring.moves import sort_moves, split_gaps
from scoring.plan import Move
from scoring.profiles.over_time import price
from scoring.profiles.shapes import Floats, Ints, curves_of

# So many rows may be priced to choose each gap by what was sent before it, or else to
# price each gap once; beyond, today's rates decide.
MOST_PRICED: Final = 2_000_000


def sort_moves_over_time(
    current: Sequence[Item],
    moves: Sequence[Move],
    *,
    today: date,
    rated: Sequence[Item],
    most: int = MOST_PRICED,
) -> tuple[Move, ...]:
    """Send first what saves most per call, as deadlines and profiles count.

    `current` is today's order, and `rated` the same at today's rates. After each gap
    the rest is priced anew, in the order that stands then; where that is more than
    `most` rows each gap is priced once, and where that is too, at today's rates. Calls
    of one gap keep their sequence; equal gaps keep the plan's.
    """
    gaps = split_gaps(moves)
    size, count = len(current), len(gaps)
    if size * count > most:
        return sort_moves(rated, moves)
    standing = _Standing(current, today)
    if size * count * (count + 1) // 2 > most:
        saved = [standing.saving(gap) for gap in gaps]
        turns = sorted(range(count), key=lambda n: saved[n], reverse=True)
        return tuple(move for n in turns for move in gaps[n])
    return tuple(move for gap in _best_first(standing, gaps) for move in gap)


def price_moves_over_time(
    current: Sequence[Item], moves: Iterable[Move], *, today: date
) -> tuple[float, ...]:
    """Price each call as it is made: what it saves, after those before it."""
    standing = _Standing(current, today)
    return tuple(standing.send((move,)) for move in moves)


def _best_first(
    standing: "_Standing", gaps: Sequence[tuple[Move, ...]]
) -> Iterator[tuple[Move, ...]]:
    left = list(gaps)
    while left:
        saved = [standing.saving(gap) for gap in left]
        best = left.pop(int(np.argmax(saved)))
        standing.send(best)
        yield best


class _Standing:
    """The order that stands so far, in rows, and what it costs."""

    def __init__(self, items: Sequence[Item], today: date) -> None:
        self._row = {item.key: number for number, item in enumerate(items)}
        self._curves = curves_of(items, today)
        self._weeks: Floats = np.array([item.duration for item in items])
        self._order: Ints = np.arange(len(items))
        self._cost = self._price(self._order)

    def saving(self, gap: Sequence[Move]) -> float:
        """Tell what a gap's calls would save, per call."""
        return (self._cost - self._price(self._after(gap))) / len(gap)

    def send(self, gap: Sequence[Move]) -> float:
        """Make a gap's calls; tell what that saves."""
        before = self._cost
        self._order = self._after(gap)
        self._cost = self._price(self._order)
        return before - self._cost

    def _price(self, order: Ints) -> float:
        return price(self._curves, self._weeks, order)

    def _after(self, gap: Sequence[Move]) -> Ints:
        """Give the order in which a gap's rows stand beside its anchor."""
        rows = np.array([self._row[key] for move in gap for key in move.keys])
        gone = np.zeros(len(self._order), dtype=bool)
        gone[rows] = True
        kept = self._order[~gone[self._order]]
        anchor = self._row[gap[0].anchor]
        at = int(np.flatnonzero(kept == anchor)[0]) + (gap[0].place == "after")
        found: Ints = np.concatenate([kept[:at], rows, kept[at:]])
        return found
