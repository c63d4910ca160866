"""Which issues may stay where they are, so that the rest costs least to move.

The issues that no call lists keep their relative order: they are a common subsequence
of today's order and the desired one. Between two kept neighbours lies a gap of g
issues that takes ceil(g / K) calls of at most K keys. A kept set's price is the sum
over its gaps of `call` x calls + `move` x issues; both counts, and any mix of them,
are therefore minimised by one dynamic program over the kept issues, in
O(n log n log K).
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Price:
    """What one call and one moved issue count for; whole numbers, so ties are ties."""

    call: int
    move: int


def kept_positions(ranks: Sequence[int], most_keys: int, price: Price) -> list[int]:
    """Choose the desired positions (ascending) whose issues stay put, at least price.

    `ranks[j]` is the place today of the issue that is desired at position j.
    """
    size = len(ranks)
    most = min(most_keys, size + 1)
    best, came = _Best(size, most), [0] * (size + 2)
    value = 0
    for position in range(1, size + 2):
        best.add(ranks[position - 2] + 1 if position > 1 else 0, position - 1, value)
        rank = ranks[position - 1] + 1 if position <= size else size + 1
        calls, left = divmod(position - 1, most)
        found, came[position] = best.find(rank, left, price.call)
        fixed = price.call * calls + price.move * (position - 1) + found
        value = fixed - price.call * (position // most) - price.move * position
    return _walk_back(came, size)


def _walk_back(came: Sequence[int], size: int) -> list[int]:
    """Follow the best predecessors from the end; positions count from 0."""
    kept = []
    position = came[size + 1]
    while position:
        kept.append(position - 1)
        position = came[position]
    return kept[::-1]


class _Best:
    """The least value so far among smaller ranks, by residue of the position.

    With m = j - 1 and residues by K,
    ceil((m - i) / K) = floor(m / K) - floor(i / K) + [i mod K < m mod K],
    so a predecessor i is known by its value and its residue: one Fenwick tree of prefix
    minima over ranks for any residue, and one of Fenwick trees for large residues.
    """

    def __init__(self, size: int, most: int) -> None:
        self._ranks = size + 2
        self._most = most
        self._base = size + 2
        self._any: list[int | None] = [None] * (self._ranks + 1)
        self._large: list[int | None] = [None] * ((self._ranks + 1) * (most + 1))

    def add(self, rank: int, position: int, value: int) -> None:
        """Enter a position (0 is the start) with its rank and its value."""
        entry = value * self._base + position
        residue = self._most - position % self._most
        row = rank + 1
        while row <= self._ranks:
            known = self._any[row]
            if known is None or entry < known:
                self._any[row] = entry
            self._enter(row * (self._most + 1), residue, entry)
            row += row & -row

    def _enter(self, start: int, column: int, entry: int) -> None:
        cells, most = self._large, self._most
        while column <= most:
            known = cells[start + column]
            if known is None or entry < known:
                cells[start + column] = entry
            column += column & -column

    def find(self, rank: int, left: int, call: int) -> tuple[int, int]:
        """Find the least value below a rank, one call dearer for a small residue."""
        base, row = self._base, rank
        found: int | None = None
        while row:
            known = self._any[row]
            if known is not None:
                found = _less(found, known + call * base)
            found = self._least(found, row * (self._most + 1), self._most - left)
            row -= row & -row
        if found is None:  # the start is below every rank
            raise AssertionError("the start was not entered")
        return divmod(found, base)

    def _least(self, found: int | None, start: int, column: int) -> int | None:
        cells = self._large
        while column:
            known = cells[start + column]
            if known is not None and (found is None or known < found):
                found = known
            column -= column & -column
        return found


def _less(one: int | None, other: int) -> int:
    return other if one is None or other < one else one
