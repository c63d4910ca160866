"""How the delay cost of an order piles up, week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from scoring.item import Item
from scoring.profiles.names import changes
from scoring.profiles.shapes import Curves, Floats, curves_of

# As many points as a picture can show.
_POINTS: Final = 400


@dataclass(frozen=True, slots=True, eq=False)
class Pile:
    """The delay cost that all items together have run up until each of some weeks.

    An item's own stops when it ends; at the end stands the order's delay cost.
    """

    weeks: Floats
    costs: Floats


def pile_up(items: Sequence[Item], today: date) -> Pile:
    """Add up what an order costs, deadlines and profiles included.

    Every completion is a point, or at least a few hundred evenly chosen ones.
    """
    durations = np.array([item.duration for item in items], dtype=np.float64)
    ends = np.cumsum(durations)
    curves = curves_of(items, today)
    if any(changes(item, today) for item in items):
        return _curved(curves, ends)
    return _straight(np.array([item.cost_of_delay for item in items]), ends)


def _straight(rates: Floats, ends: Floats) -> Pile:
    """Cost the constant rates: all that is unfinished costs its own each week."""
    done = np.concatenate(([0.0], np.cumsum(rates * ends)))
    left = rates.sum() - np.concatenate(([0.0], np.cumsum(rates)))
    weeks = np.concatenate(([0.0], ends))
    chosen = _spread(len(weeks))
    return Pile(weeks[chosen], (done + left * weeks)[chosen])


def _curved(curves: Curves, ends: Floats) -> Pile:
    """Cost each curve until its item ends; between completions costs bend too."""
    chosen = ends[_spread(len(ends))]
    weeks = np.union1d(chosen, np.linspace(0.0, ends[-1], _POINTS))
    costs = [float(curves.cost(np.minimum(week, ends)).sum()) for week in weeks]
    return Pile(weeks, np.array(costs))


def _spread(count: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Choose indices evenly, the first and the last among them."""
    if count <= _POINTS:
        return np.arange(count)
    return np.linspace(0, count - 1, _POINTS).astype(np.intp)
