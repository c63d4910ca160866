"""Which rows stand where they do for the sake of a link."""

from collections.abc import Callable, Sequence

import numpy as np

from scoring.profiles.insertion import Search

# A row that would go further than this without its link would go this far too.
_REACH = 1_000


def pulled(search: Search) -> dict[int, int]:
    """Name, for each row that would rather stand later, the row that it blocks.

    It would save to stand behind the first row that it blocks. If that one is itself
    pulled forward, the row that pulls it is named.
    """
    found: dict[int, int] = {}
    firsts = _Ends(search, search.jobs.graph.after, min)
    for row in reversed(search.rows.tolist()):
        first = firsts.of(row)
        if first is None or row >= search.jobs.scored:
            continue
        at = int(search.place[row])
        high = min(search.jobs.size - 1, at + _REACH)
        past = int(search.place[first]) - at
        if past <= high - at and _saves(search, row, at, high, slice(past, None)):
            found[row] = found.get(first, first)
    return found


def held(search: Search) -> dict[int, int]:
    """Name, for each row that would rather stand earlier, what must come before it.

    It would save to stand before the last of the rows that block it.
    """
    found: dict[int, int] = {}
    lasts = _Ends(search, search.jobs.graph.before, max)
    for row in range(search.jobs.scored):
        last = lasts.of(row)
        if last is None:
            continue
        at = int(search.place[row])
        low = max(0, at - _REACH)
        up_to = int(search.place[last]) - low
        if up_to >= 0 and _saves(search, row, low, at, slice(None, up_to + 1)):
            found[row] = last
    return found


class _Ends:
    """The first, or the last, of the rows that links lead to, through hubs too."""

    def __init__(
        self,
        search: Search,
        ways: Sequence[Sequence[int]],
        choose: Callable[..., int],
    ) -> None:
        self._place = search.place.__getitem__
        self._scored = search.jobs.scored
        self._ways = ways
        self._choose = choose
        self._hubs: dict[int, int | None] = {}
        # No hub before those that its own links lead to.
        hubs = range(self._scored, search.jobs.size)
        for hub in sorted(hubs, key=self._place, reverse=choose is min):
            self._hubs[hub] = self.of(hub)

    def of(self, row: int) -> int | None:
        """Find it for a row; None where no item is linked with the row."""
        ends = (
            one if one < self._scored else self._hubs[one] for one in self._ways[row]
        )
        found = [one for one in ends if one is not None]
        return self._choose(found, key=self._place) if found else None


def _saves(search: Search, row: int, low: int, high: int, part: slice) -> bool:
    deltas = search.deltas(row, low, high)[part]
    return bool(np.any(deltas < -search.noise))
