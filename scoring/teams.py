"""The order worked off by several teams: when each item starts, and what that costs.

Whenever a team is free it takes the first item of the order that may start (list
scheduling; Graham 1966). Without links that is within (1 + √2)/2, or 21 %, of the
cheapest schedule (Kawaguchi & Kyan 1986). The bound is the better of Eastman, Even &
Isaacs (1964) and of every item's longest chain of blockers; a schedule with a gap of 0
is the cheapest.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Final

import numpy as np

from scoring.item import Item, Link
from scoring.ordering.arrays import order_arrays

_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Shift:
    """One item's turn: which queue and team of it, from which week to which.

    `queue` is the team's name where items name their teams, else empty; `team` counts
    from 1 within it.
    """

    key: str
    queue: str
    team: int
    starts: float
    ends: float
    delay_cost: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """All items' turns, in the order given, and how far below the cost a best may lie.

    `gap` is relative to |lower_bound|, and 0 where cost and bound are equal. The bound
    holds for every schedule in which some team works until all is done.
    """

    shifts: tuple[Shift, ...]
    cost: float
    lower_bound: float
    gap: float


def share_out(items: Sequence[Item], links: Sequence[Link], *, teams: int) -> Schedule:
    """Let so many equal teams work off the items, given in the recommended order.

    Links that the order itself breaks, as those left out of a loop, do not count.
    Raises ValueError for fewer than one team.
    """
    if teams < 1:
        raise ValueError("give at least one team")
    blockers = _blockers(items, links)
    shifts = _Simulation(items, blockers, [""] * len(items), {"": teams}).run()
    return _schedule(items, blockers, shifts, _parallel_bound(items, teams))


def queue_up(items: Sequence[Item], links: Sequence[Link]) -> Schedule:
    """Let each team that items name work off its own items, in the recommended order.

    One team a name; items without one share a queue of their own. Links hold across
    queues. The bound lets every queue take its items in its own best order.
    """
    blockers = _blockers(items, links)
    names = [item.team for item in items]
    shifts = _Simulation(items, blockers, names, dict.fromkeys(names, 1)).run()
    queues: dict[str, list[Item]] = {}
    for item in items:
        queues.setdefault(item.team, []).append(item)
    bound = sum(_parallel_bound(queue, 1) for queue in queues.values())
    return _schedule(items, blockers, shifts, bound)


def _blockers(items: Sequence[Item], links: Iterable[Link]) -> list[list[int]]:
    """Name, for each place, the earlier places that must have ended."""
    place = {item.key: number for number, item in enumerate(items)}
    found: list[set[int]] = [set() for _ in items]
    for link in links:
        blocker, blocked = place.get(link.blocker), place.get(link.blocked)
        if blocker is not None and blocked is not None and blocker < blocked:
            found[blocked].add(blocker)
    return [sorted(them) for them in found]


@dataclass
class _Queue:
    """What may start, by place, and the teams that are free."""

    ready: list[int] = field(default_factory=list)
    free: list[int] = field(default_factory=list)


class _Simulation:
    """The teams at work, from one end of an item to the next."""

    def __init__(
        self,
        items: Sequence[Item],
        blockers: Sequence[Sequence[int]],
        queues: Sequence[str],
        teams: Mapping[str, int],
    ) -> None:
        self._items, self._names = items, queues
        self._waits = [len(them) for them in blockers]
        self._blocks: list[list[int]] = [[] for _ in items]
        for place, them in enumerate(blockers):
            for blocker in them:
                self._blocks[blocker].append(place)
        self._queues = {
            name: _Queue(free=list(range(1, count + 1)))
            for name, count in teams.items()
        }
        for place, waits in enumerate(self._waits):
            if not waits:
                self._queues[queues[place]].ready.append(place)
        for queue in self._queues.values():
            heapify(queue.ready)
        self._working: list[tuple[float, int, int]] = []

    def run(self) -> tuple[Shift, ...]:
        """Go from end to end until nothing is under way."""
        shifts = dict(self._started(0.0, set(self._queues)))
        while self._working:
            now = self._working[0][0]
            touched = set()
            while self._working and self._working[0][0] == now:
                _, place, team = heappop(self._working)
                touched |= self._end(place, team)
            shifts.update(self._started(now, touched))
        return tuple(shifts[place] for place in range(len(self._items)))

    def _end(self, place: int, team: int) -> set[str]:
        """Free a team and what waited for its item; name the queues this touches."""
        touched = {self._names[place]}
        heappush(self._queues[self._names[place]].free, team)
        for later in self._blocks[place]:
            self._waits[later] -= 1
            if not self._waits[later]:
                heappush(self._queues[self._names[later]].ready, later)
                touched.add(self._names[later])
        return touched

    def _started(self, now: float, names: set[str]) -> Iterator[tuple[int, Shift]]:
        """Start what may start in the queues named."""
        for name in names:
            queue = self._queues[name]
            while queue.ready and queue.free:
                place, team = heappop(queue.ready), heappop(queue.free)
                item = self._items[place]
                ends = now + item.duration
                heappush(self._working, (ends, place, team))
                cost = item.cost_of_delay * ends
                yield place, Shift(item.key, name, team, now, ends, cost)


def _parallel_bound(items: Sequence[Item], teams: int) -> float:
    """Bound the cost of any schedule without links (Eastman, Even & Isaacs 1964).

    One team's best cost, shared by all, and the part of their own work that no sharing
    takes away. Items that cost less the later they come stay out of it here.
    """
    costs = np.array([max(item.cost_of_delay, 0.0) for item in items], dtype=float)
    durations = np.array([item.duration for item in items], dtype=float)
    alone = order_arrays(costs, durations, np.empty((0, 2), dtype=np.intp)).cost
    own = float(costs @ durations)
    return max(alone / teams + (teams - 1) / (2 * teams) * own, own)


def _schedule(
    items: Sequence[Item],
    blockers: Sequence[Sequence[int]],
    shifts: tuple[Shift, ...],
    bound: float,
) -> Schedule:
    """Add up the cost, and take the best bound there is."""
    cost = math.fsum(shift.delay_cost for shift in shifts)
    chained = 0.0
    ends: list[float] = []
    for item, them in zip(items, blockers, strict=True):
        ends.append(item.duration + max((ends[one] for one in them), default=0.0))
        chained += max(item.cost_of_delay, 0.0) * ends[-1]
    weeks = sum(item.duration for item in items)
    sinking = sum(min(item.cost_of_delay, 0.0) for item in items) * weeks
    lower = min(max(bound, chained) + sinking, cost)
    gap = 0.0 if lower == cost else (cost - lower) / max(abs(lower), _TINY)
    return Schedule(shifts, cost, lower, gap)
