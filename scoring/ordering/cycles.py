"""Loops of links: the link that closed the loop last is left out, and says why."""

from collections.abc import Iterable, Sequence
from typing import Final

from scoring.item import Cycle, Link

# The room between two neighbours in a row: it halves with each that comes between.
_ROOM: Final = 1 << 256


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
    """A graph without loops that takes one link at a time.

    `line` is an order that fits all links so far (Pearce & Kelly 2006): only the issues
    between a new link's two ends need be looked at, from both ends in turns (Haeupler
    et al. 2012), and only what lies behind the end that is done first is moved.
    """

    def __init__(self) -> None:
        self.after: dict[str, list[str]] = {}
        self.before: dict[str, list[str]] = {}
        self.line = Line()

    def add(self, first: str, second: str) -> tuple[str, ...] | None:
        """Add a link, or answer with the way back from its end to its start."""
        place = self.line.place
        if first not in place:
            # Nothing leads to it yet, so it may stand before all others.
            self.line.put([first], behind=None)
        if second not in place:
            self.line.add(second)
        if place[first] >= place[second]:
            ahead, behind = self._walks(second, first)
            if ahead.met is not None:
                return _way(ahead.came, behind.came, ahead.met)
            self._move(ahead, behind, first, second)
        self.after.setdefault(first, []).append(second)
        self.before.setdefault(second, []).append(first)
        return None

    def _walks(self, second: str, first: str) -> "tuple[_Walk, _Walk]":
        """Walk on from a new link's end and back from its start until both meet.

        The shorter edge goes on first, and where one of them ends there is no way.
        Nothing outside the stretch of places between the two can lie on one.
        """
        place = self.line.place
        span = place[second], place[first]
        ahead = _Walk(second, self.after, place, span)
        behind = _Walk(first, self.before, place, span)
        if first == second:
            ahead.met = first
        while ahead.met is None and ahead.edge and behind.edge:
            if len(ahead.edge) <= len(behind.edge):
                ahead.step(behind.came)
            else:
                ahead.met = behind.step(ahead.came)
        return ahead, behind

    def _move(self, ahead: "_Walk", behind: "_Walk", first: str, second: str) -> None:
        """Put all that follows the link after it, or all that leads to it before it."""
        by_place = self.line.place.__getitem__
        moved = sorted(behind.came if ahead.edge else ahead.came, key=by_place)
        behind_it = self.line.left_of(second) if ahead.edge else first
        self.line.move(moved, behind=behind_it)


class Line:
    """Keys in a row, any two of which can be compared by their `place`.

    Between two neighbours there is room for many more; where it runs out, all places
    are made anew. None stands for both ends.
    """

    def __init__(self) -> None:
        self.place: dict[str, int] = {}
        self._before: dict[str | None, str | None] = {None: None}
        self._after: dict[str | None, str | None] = {None: None}

    def put(self, keys: Sequence[str], *, behind: str | None) -> None:
        """Put keys that are not in the row behind one that is, or in front of all."""
        left, right = behind, self._after[behind]
        for key in keys:
            self._join(left, key)
            left = key
        self._join(left, right)
        wide = _ROOM * (len(keys) + 1)
        low = None if behind is None else self.place[behind]
        high = None if right is None else self.place[right]
        if low is None:
            low = 0 if high is None else high - wide
        step = ((low + wide if high is None else high) - low) // (len(keys) + 1)
        if step:
            places = range(low + step, low + step * (len(keys) + 1), step)
            self.place.update(zip(keys, places, strict=True))
        else:
            self._make_room()

    def add(self, key: str) -> None:
        """Put a key behind all others."""
        self.put([key], behind=self._before[None])

    def move(self, keys: Sequence[str], *, behind: str | None) -> None:
        """Take keys out and put them, in this order, behind another one."""
        for key in keys:
            self._join(self._before[key], self._after[key])
        self.put(keys, behind=behind)

    def left_of(self, key: str) -> str | None:
        """Name the key before one; None where it is the first."""
        return self._before[key]

    def _join(self, left: str | None, right: str | None) -> None:
        self._after[left], self._before[right] = right, left

    def _make_room(self) -> None:
        key, place = self._after[None], 0
        while key is not None:
            self.place[key] = place = place + _ROOM
            key = self._after[key]


class _Walk:
    """A walk breadth first within a stretch of places, noting whence one came."""

    def __init__(
        self,
        start: str,
        ways: dict[str, list[str]],
        place: dict[str, int],
        span: tuple[int, int],
    ) -> None:
        self.came = {start: start}
        self.edge = [start]
        self.met: str | None = None
        self._ways, self._place, self._span = ways, place, span

    def step(self, others: dict[str, str]) -> str | None:
        """Go one step further everywhere; say where the other walk is met."""
        came, place, (low, high) = self.came, self._place, self._span
        edge: list[str] = []
        for key in self.edge:
            for other in self._ways.get(key, ()):
                if other not in came and low <= place[other] <= high:
                    came[other] = key
                    if other in others:
                        self.met = other
                        return other
                    edge.append(other)
        self.edge = edge
        return None


def _way(ahead: dict[str, str], behind: dict[str, str], met: str) -> tuple[str, ...]:
    """Read the way on which two walks met, from the start of the one to the other's."""
    return (*reversed(_home(ahead, met)), *_home(behind, met)[1:])


def _home(came: dict[str, str], end: str) -> list[str]:
    way = [end]
    while came[way[-1]] != way[-1]:
        way.append(came[way[-1]])
    return way
