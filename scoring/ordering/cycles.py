"""Loops of links: the link that closed the loop last is left out, and says why."""

from collections.abc import Iterable, Sequence

from scoring.item import Cycle, Link


def break_cycles(links: Iterable[Link]) -> tuple[list[Link], tuple[Cycle, ...]]:
    """Keep the links that close no loop, the oldest first; drop the rest.

    A link is dropped if, and only if, the links kept before it already lead back. Of
    two links between the same issues, the younger says nothing new.
    """
    oldest: dict[tuple[str, str], Link] = {}
    for link in sorted(links, key=_age):
        oldest.setdefault((link.blocker, link.blocked), link)
    unique = list(oldest.values())
    suspects = _on_loops(unique)
    if not suspects:
        return unique, ()
    growing = _Growing()
    kept: list[Link] = []
    cycles: list[Cycle] = []
    for link in unique:
        suspect = link.blocker in suspects and link.blocked in suspects
        back = growing.add(link.blocker, link.blocked) if suspect else None
        if back is None:
            kept.append(link)
        else:
            cycles.append(Cycle((link.blocker, *back), link))
    return kept, tuple(cycles)


def _age(link: Link) -> tuple[bool, int, str, str, str]:
    """Sort numeric ids by number, before all others, which sort as text."""
    number = link.id.lstrip("0")
    numeric = link.id.isascii() and link.id.isdigit()
    size = len(number) if numeric else 0
    return not numeric, size, number if numeric else link.id, link.blocker, link.blocked


def _on_loops(links: Sequence[Link]) -> set[str]:
    """Name the issues that are left when ends are peeled off, from both sides."""
    left = list(links)
    for forward in (True, False):
        after: dict[str, list[str]] = {}
        waiting: dict[str, int] = {}
        for link in left:
            first, second = link.blocker, link.blocked
            first, second = (first, second) if forward else (second, first)
            after.setdefault(first, []).append(second)
            waiting[second] = waiting.get(second, 0) + 1
            waiting.setdefault(first, 0)
        free = [key for key, count in waiting.items() if not count]
        for key in free:  # grows while it is read
            for later in after.get(key, ()):
                waiting[later] -= 1
                if not waiting[later]:
                    free.append(later)
        gone = set(free)
        left = [link for link in left if not gone & {link.blocker, link.blocked}]
    return {link.blocker for link in left}


class _Growing:
    """A graph without loops that takes one link at a time (Pearce & Kelly 2006).

    `place` is an order that fits all links so far: only the issues between a new
    link's two ends need be looked at.
    """

    def __init__(self) -> None:
        self.after: dict[str, list[str]] = {}
        self.before: dict[str, list[str]] = {}
        self.place: dict[str, int] = {}
        self.first = 0

    def add(self, first: str, second: str) -> tuple[str, ...] | None:
        """Add a link, or answer with the way back from its end to its start."""
        if first not in self.place:
            # Nothing leads to it yet, so it may stand before all others.
            self.first -= 1
            self.place[first] = self.first
        self.place.setdefault(second, len(self.place))
        if self.place[first] >= self.place[second]:
            came = self._reach(second, self.after, up_to=self.place[first])
            if first in came:
                return _way(came, first)
            self._shift(list(came), self._reach(first, self.before, self.place[second]))
        self.after.setdefault(first, []).append(second)
        self.before.setdefault(second, []).append(first)
        return None

    def _reach(
        self, start: str, ways: dict[str, list[str]], up_to: int
    ) -> dict[str, str]:
        """Walk breadth first within a stretch of places, noting whence one came."""
        low, high = sorted((self.place[start], up_to))
        came = {start: start}
        queue = [start]
        for key in queue:  # grows while it is read
            for other in ways.get(key, ()):
                if other not in came and low <= self.place[other] <= high:
                    came[other] = key
                    queue.append(other)
        return came

    def _shift(self, ahead: list[str], behind: Iterable[str]) -> None:
        """Put all that leads to the new link before all that follows it."""
        by_place = self.place.__getitem__
        moved = sorted(behind, key=by_place) + sorted(ahead, key=by_place)
        places = sorted(map(by_place, moved))
        self.place.update(zip(moved, places, strict=True))


def _way(came: dict[str, str], end: str) -> tuple[str, ...]:
    """Read the way from the start of a walk to its end."""
    way = [end]
    while came[way[-1]] != way[-1]:
        way.append(came[way[-1]])
    return tuple(reversed(way))
