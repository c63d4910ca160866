"""A group of linked items, and how it is ordered in each of many cases.

Chains and trees are cut in numpy for all cases at once, and so are other links where
few sets of items may be done first. What is left goes to the solver case by case. Who
cannot afford that holds the group in its sequence at the means, which is a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from scoring.ordering.arrays import order_arrays
from scoring.uncertainty.arrangement import Arranged
from scoring.uncertainty.growing import forked, joined
from scoring.uncertainty.normal import Floats
from scoring.uncertainty.pooling import bounded_ratios, pooled
from scoring.uncertainty.reaching import MOST_IDEALS, Ideals, ideals_of

# Members above which links are not counted out, and trees go to the solver.
_MOST_COUNTED: Final = 60
_MOST_GROWN: Final = 200

# What a case costs, in units of about ten nanoseconds: for a place that is pooled, a
# set that is reached, an item of a tree and of any links that the solver orders.
_POOLED: Final = 10
_REACHED: Final = 4
_SOLVED_TREE: Final = 1_000
_SOLVED: Final = 8_000


@dataclass(frozen=True, eq=False)
class Group:
    """Members in the order by means, and the blockers of each: all of them earlier.

    `timeless` says that some member may take no time: then equally good orders may hide
    chunks, and only the solver finds them.
    """

    before: tuple[tuple[int, ...], ...]
    timeless: bool = False

    @property
    def size(self) -> int:
        """Count the members."""
        return len(self.before)

    @cached_property
    def is_line(self) -> bool:
        """Say that the links leave one sequence only."""
        return all(member - 1 in self.before[member] for member in range(1, self.size))

    @cached_property
    def _after(self) -> list[list[int]]:
        after: list[list[int]] = [[] for _ in self.before]
        for member, them in enumerate(self.before):
            for blocker in them:
                after[blocker].append(member)
        return after

    @cached_property
    def _forks(self) -> bool:
        return all(len(them) <= 1 for them in self.before)

    @cached_property
    def _joins(self) -> bool:
        return all(len(them) <= 1 for them in self._after)

    @cached_property
    def _ideals(self) -> Ideals | None:
        if self.size > _MOST_COUNTED:
            return None
        return ideals_of(self.before, MOST_IDEALS)

    @cached_property
    def effort(self) -> int:
        """Estimate what it takes to order one case."""
        if self.is_line:
            return self.size * _POOLED
        if self.timeless:
            return self.size * _SOLVED
        if self._forks or self._joins:
            grown = self.size <= _MOST_GROWN
            return self.size * (self.size if grown else _SOLVED_TREE)
        if self._ideals is not None:
            return len(self._ideals.ways) * _REACHED
        return self.size * _SOLVED

    @property
    def as_line(self) -> "Group":
        """Hold the members in their sequence at the means."""
        return Group(
            tuple((member - 1,) if member else () for member in range(self.size))
        )

    def arrange(self, costs: Floats, durations: Floats) -> Arranged:
        """Order the group best in each case, a row each; members are columns."""
        if self.is_line:
            order = np.broadcast_to(np.arange(self.size), costs.shape)
            return Arranged(order, pooled(costs, durations))
        tree = self._forks or self._joins
        if self.timeless:
            return self._solve(costs, durations)
        if tree and self.size <= _MOST_GROWN:
            towards = self.before if self._forks else self._after
            nearest = [them[0] if them else -1 for them in towards]
            return (forked if self._forks else joined)(nearest, costs, durations)
        if not tree and self._ideals is not None:
            return self._ideals.arrange(costs, durations)
        return self._solve(costs, durations)

    def _solve(self, costs: Floats, durations: Floats) -> Arranged:
        found = Arranged(np.empty(costs.shape, dtype=np.intp), np.empty(costs.shape))
        edges = np.array(_pairs(self.before), dtype=np.intp)
        for case in range(len(costs)):
            best = order_arrays(costs[case], durations[case], edges)
            together = (
                np.add.reduceat(part[case][best.order], best.starts)
                for part in (costs, durations)
            )
            sizes = np.diff(best.starts, append=self.size)
            ratios = np.minimum.accumulate(bounded_ratios(*together))
            found.order[case] = best.order
            found.ratios[case] = np.repeat(ratios, sizes)
        return found


def _pairs(before: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    return [(one, member) for member, them in enumerate(before) for one in them]
