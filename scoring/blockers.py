"""Which scored items must come before which, through unscored ones too."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from scoring.item import Cycle, Link

# An unscored issue that joins more pairs than this is dearer to replace than to keep.
_MOST_PAIRS: Final = 64

# Ways through layers of unscored issues grow beyond counting.
_MANY: Final = 1_000_000


def scored_blockers(
    links: Iterable[Link],
    cycles: Sequence[Cycle],
    scored: Collection[str],
    through: Collection[str],
) -> dict[str, tuple[str, ...]]:
    """Name the nearest scored blockers of every scored item that has any, sorted.

    A blocks U and U blocks B is A before B where U has no score. What was dropped to
    break a loop does not count, however many links say it, nor do links to issues
    outside.
    """
    direct = _direct(links, cycles, lambda key: key in scored or key in through)
    near = _Nearest(direct, scored)
    found = ((key, near.of(key)) for key in direct if key in scored)
    return {key: blockers for key, blockers in found if blockers}


def hubs(
    links: Iterable[Link],
    cycles: Sequence[Cycle],
    scored: Collection[str],
    through: Collection[str],
) -> list[str]:
    """Name the unscored issues that join so many scored ones that they are kept.

    Where a thousand wait for one that waits for a thousand, two thousand links say what
    a million between the scored ones would.
    """
    before = _direct(links, cycles, lambda key: key in scored or key in through)
    after: dict[str, list[str]] = {}
    for blocked, blockers in before.items():
        for blocker in blockers:
            after.setdefault(blocker, []).append(blocked)
    ends = [_reached(through, ways, scored) for ways in (before, after)]
    return sorted(key for key in through if ends[0][key] * ends[1][key] > _MOST_PAIRS)


def _reached(
    through: Collection[str],
    ways: Mapping[str, Sequence[str]],
    scored: Collection[str],
) -> dict[str, int]:
    """Count the ways from each unscored issue to scored ones; there are no loops."""
    found: dict[str, int] = {}
    for start in through:
        stack = [start]
        while stack:
            key = stack[-1]
            open_ = [
                other
                for other in ways.get(key, ())
                if other in through and other not in found
            ]
            if open_:
                stack += open_
                continue
            stack.pop()
            reached = (
                1 if other in scored else found.get(other, 0)
                for other in ways.get(key, ())
            )
            found[key] = min(sum(reached), _MANY)
    return found


def _direct(
    links: Iterable[Link], cycles: Sequence[Cycle], known: Callable[[str], bool]
) -> dict[str, list[str]]:
    """List what each issue directly waits for, without what was dropped."""
    dropped = {(cycle.dropped.blocker, cycle.dropped.blocked) for cycle in cycles}
    direct: dict[str, list[str]] = {}
    for link in links:
        pair = link.blocker, link.blocked
        if known(link.blocker) and pair not in dropped and link.blocker != link.blocked:
            direct.setdefault(link.blocked, []).append(link.blocker)
    return direct


class _Nearest:
    """Walks back to the nearest scored issues.

    Where one unscored issue alone leads to many, all that wait for it share its tuple:
    a thousand blockers of a thousand are not a million names.
    """

    def __init__(
        self, direct: Mapping[str, Sequence[str]], scored: Collection[str]
    ) -> None:
        self._direct = direct
        self._scored = scored
        self._shared: dict[str, tuple[str, ...]] = {}

    def of(self, key: str) -> tuple[str, ...]:
        """Name the nearest scored blockers, sorted, the key itself left out."""
        direct = self._direct[key]
        if len(direct) > 1 or direct[0] in self._scored:
            return self._walk(key)
        found = self._shared.get(direct[0])
        if found is None:
            found = self._walk(direct[0]) if direct[0] in self._direct else ()
            self._shared[direct[0]] = found
        return tuple(one for one in found if one != key) if key in found else found

    def _walk(self, start: str) -> tuple[str, ...]:
        seen: set[str] = set()
        edge = list(self._direct[start])
        while edge:
            blocker = edge.pop()
            if blocker not in seen:
                seen.add(blocker)
                if blocker not in self._scored:
                    edge.extend(self._direct.get(blocker, ()))
        return tuple(sorted(one for one in seen - {start} if one in self._scored))
