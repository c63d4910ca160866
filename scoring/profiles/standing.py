"""Which rows stand where they do for the sake of a link."""

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
    for row in reversed(search.rows.tolist()):
        after = search.jobs.graph.after[row]
        if not after:
            continue
        first = min(after, key=search.place.__getitem__)
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
    for row, before in enumerate(search.jobs.graph.before):
        if not before:
            continue
        last = max(before, key=search.place.__getitem__)
        at = int(search.place[row])
        low = max(0, at - _REACH)
        up_to = int(search.place[last]) - low
        if up_to >= 0 and _saves(search, row, low, at, slice(None, up_to + 1)):
            found[row] = last
    return found


def _saves(search: Search, row: int, low: int, high: int, part: slice) -> bool:
    deltas = search.deltas(row, low, high)[part]
    return bool(np.any(deltas < -search.noise))
