"""Leave issues where they are, over time, as long as that loses next to nothing."""

from typing import Final

import numpy as np

from scoring.profiles.insertion import Search
from scoring.profiles.links import Jobs, listed
from scoring.profiles.shapes import Curves, Ints

# The rows are gone through so often; larger backlogs take the best order at once.
_ROUNDS: Final = 3
_MOST: Final = 2_000


def nearby(jobs: Jobs, curves: Curves, best: Ints, tolerance: float) -> Search:
    """Find an order near today's that costs at most `tolerance` x the best more.

    From today's order on, the row whose move saves most goes first, until little enough
    is left to save. Where that does not end, the best order stands.
    """
    ours = Search(jobs, curves, np.array(listed(jobs, best.tolist()), dtype=np.int64))
    most = ours.cost + tolerance * abs(ours.cost)
    today = np.array(listed(jobs, range(jobs.scored)), dtype=np.int64)
    search = Search(jobs, curves, today)
    if search.cost <= most or jobs.size > _MOST:
        return search if search.cost <= most else ours
    for _ in range(_ROUNDS):
        for row in _by_saving(search):
            search.place_best(row)
            if search.cost <= most:
                return search
    return ours


def _by_saving(search: Search) -> list[int]:
    """Sort the rows that would save something by moving, the most first."""
    savings = []
    for row in range(search.jobs.size):
        low, high = search.room(row)
        saving = float(search.deltas(row, low, high).min())
        if saving < -search.noise:
            savings.append((saving, row))
    return [row for _, row in sorted(savings)]
