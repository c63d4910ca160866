"""Any links among few items: the cheapest order of many cases at once.

A dynamic programme over the sets of items that may be done first (ideals), with all
cases side by side in each state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.uncertainty.arrangement import Arranged, Ints
from scoring.uncertainty.normal import Floats
from scoring.uncertainty.pooling import pooled

MOST_IDEALS: Final = 12_000

# States × cases held at once.
_MOST_HELD: Final = 1_000_000


@dataclass(frozen=True, eq=False)
class Ideals:
    """The sets by size: which were reached from which, and by which last member.

    `ways[i]` are pairs of a member and the set without it, the highest member first, so
    that of equally good orders the one that stands as given is found.
    """

    size: int
    ways: Sequence[Sequence[tuple[int, int]]]

    def arrange(self, costs: Floats, durations: Floats) -> Arranged:
        """Order all cases, some at a time."""
        order = np.empty(costs.shape, dtype=np.intp)
        step = max(1, _MOST_HELD // len(self.ways))
        for at in range(0, len(costs), step):
            some = slice(at, at + step)
            order[some] = self._best(costs[some].T.copy(), durations[some].T.copy())
        ordered = (
            np.take_along_axis(part, order, axis=1) for part in (costs, durations)
        )
        return Arranged(order, pooled(*ordered))

    def _best(self, costs: Floats, durations: Floats) -> Ints:
        """Find the cheapest order of each case; members are rows here."""
        cases = costs.shape[1]
        total, spent = np.zeros((2, len(self.ways), cases))
        last = np.zeros((len(self.ways), cases), dtype=np.intp)  # a way's number
        for state, ways in enumerate(self.ways[1:], 1):
            member, rest = ways[0]
            np.add(spent[rest], durations[member], out=spent[state])
            np.add(total[rest], costs[member] * spent[state], out=total[state])
            for number, (member, rest) in enumerate(ways[1:], 1):
                other = total[rest] + costs[member] * spent[state]
                last[state][other < total[state]] = number
                np.minimum(total[state], other, out=total[state])
        return self._read(last)

    def _read(self, last: Ints) -> Ints:
        """Walk back from the set of all."""
        most = max(map(len, self.ways))
        table = np.zeros((2, len(self.ways), most), dtype=np.intp)
        for state, ways in enumerate(self.ways[1:], 1):
            table[:, state, : len(ways)] = np.array(ways).T
        members, rests = table
        cases = np.arange(last.shape[1])
        order = np.empty((len(cases), self.size), dtype=np.intp)
        at = np.full(len(cases), len(self.ways) - 1)
        for place in range(self.size - 1, -1, -1):
            way = last[at, cases]
            order[:, place] = members[at, way]
            at = rests[at, way]
        return order


def ideals_of(before: Sequence[Sequence[int]], most: int) -> Ideals | None:
    """List the sets that hold all blockers of their members; None beyond so many."""
    size = len(before)
    needs = [sum(1 << other for other in them) for them in before]
    number = {0: 0}
    ways: list[list[tuple[int, int]]] = [[]]
    layer = [0]
    for _ in range(size):
        grown: dict[int, list[tuple[int, int]]] = {}
        for done in layer:
            for member in range(size - 1, -1, -1):
                bit = 1 << member
                if not done & bit and not needs[member] & ~done:
                    grown.setdefault(done | bit, []).append((member, number[done]))
        if len(number) + len(grown) > most:
            return None
        for done, them in grown.items():
            number[done] = len(number)
            ways.append(sorted(them, reverse=True))
        layer = list(grown)
    return Ideals(size, ways)
