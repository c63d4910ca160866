"""Trees of links, ordered for many cases at once (Horn 1972)."""

from collections.abc import Sequence

import numpy as np

from scoring.uncertainty.arrangement import Arranged, Ints
from scoring.uncertainty.normal import Floats
from scoring.uncertainty.pooling import bounded_ratios


def forked(parents: Sequence[int], costs: Floats, durations: Floats) -> Arranged:
    """Order a tree in which each has at most one blocker; -1 is none.

    The best chunk of all either may start, and goes next, or joins the chunk of its
    blocker: so every round ends one chunk in every case, and as many rounds as there
    are items end them all.
    """
    grove = _Grove(parents, costs, durations)
    for _ in parents:
        grove.step()
    return grove.read()


def joined(follower: Sequence[int], costs: Floats, durations: Floats) -> Arranged:
    """Order a tree in which each blocks at most one: the same, read backwards."""
    last = len(follower) - 1
    turned = [last - after if after >= 0 else -1 for after in reversed(follower)]
    found = forked(turned, -costs[:, ::-1], durations[:, ::-1])
    return Arranged(last - found.order[:, ::-1], -found.ratios[:, ::-1])


class _Grove:
    """Chunks by their heads, in arrays that are looked up flat."""

    def __init__(
        self, parents: Sequence[int], costs: Floats, durations: Floats
    ) -> None:
        cases, size = costs.shape
        self._size = size
        self._parents = np.array(parents, dtype=np.intp)
        self._base: Ints = np.arange(cases) * size
        self._costs, self._durations = costs.ravel().copy(), durations.ravel().copy()
        self._ratios = bounded_ratios(self._costs, self._durations)
        self._waiting = self._ratios.copy()
        self._owner = np.tile(np.arange(size), (cases, 1))
        self._tail = self._owner.ravel().copy()
        self._follow = np.zeros(cases * size + cases, dtype=np.intp)
        self._gone = np.zeros(cases * size, dtype=bool)
        self._last = np.arange(cases) + cases * size  # a cell of each case's own

    def step(self) -> None:
        """End the best chunk of each case."""
        best = self._waiting.reshape(-1, self._size).argmax(axis=1)
        at = self._base + best
        self._waiting[at] = -np.inf
        above = self._parents[best]
        flat = self._owner.ravel()
        head = np.where(above >= 0, flat[self._base + above], -1)
        free = (head < 0) | self._gone[self._base + head]
        self._start(np.flatnonzero(free), best, at)
        self._join(np.flatnonzero(~free), best, at, head)

    def _start(self, cases: Ints, best: Ints, at: Ints) -> None:
        """Let chunks go next."""
        self._gone[at[cases]] = True
        self._follow[self._last[cases]] = best[cases]
        self._last[cases] = self._base[cases] + self._tail[at[cases]]

    def _join(self, cases: Ints, best: Ints, at: Ints, head: Ints) -> None:
        """Put chunks behind those of their blockers."""
        child, to = at[cases], self._base[cases] + head[cases]
        self._costs[to] += self._costs[child]
        self._durations[to] += self._durations[child]
        self._ratios[to] = bounded_ratios(self._costs[to], self._durations[to])
        self._waiting[to] = self._ratios[to]
        self._follow[self._base[cases] + self._tail[to]] = best[cases]
        self._tail[to] = self._tail[child]
        rows = self._owner[cases]
        rows[rows == best[cases, None]] = -1
        self._owner[cases] = np.where(rows < 0, head[cases, None], rows)

    def read(self) -> Arranged:
        """Follow each case from its first item to its last."""
        cases = len(self._base)
        order = np.empty((cases, self._size), dtype=np.intp)
        at = self._follow[np.arange(cases) + cases * self._size]
        for place in range(self._size):
            order[:, place] = at
            at = self._follow[self._base + at]
        owners = np.take_along_axis(self._owner, order, axis=1)
        return Arranged(order, self._ratios[self._base[:, None] + owners])
