"""What delay costs as time goes by: the published urgency profiles as curves.

A curve gives the delay cost of an item as a function of its completion, in weeks from
today. The four published profiles are Black Swan Farming's («Urgency profiles»); the
ramp is the shape that the Kanban vocabulary calls intangible. Throughout, an item's
cost of delay is the highest weekly rate that its profile ever reaches:

| profile | rate per week | in the end |
|---|---|---|
| `standard` | all of it (long life-cycle, peak unaffected) | no limit |
| `deadline` | none until the deadline, then all of it | and a penalty |
| `short` | all of it now, falling to none (short life-cycle) | cost x life / 2 |
| `long` | all of it now, falling to half (long life-cycle, peak reduced) | no limit |
| `ramp` | none now, growing to all of it | no limit |

Where a short, long or ramp item has a deadline too, its profile begins there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.item import Item
from scoring.profiles.names import LIFE, profile_of, weeks_until
from scoring.urgency import Rate, rate_on

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A week's billionth: what ends later than a deadline by this is not late.
_ON_TIME: Final = 1e-9


# The rows of `Curves.parts`.
PARTS: Final = ("due", "life", "straight", "bend", "bow", "fade", "fine", "tilt")


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """One delay cost curve a row, all evaluated at once.

    With x the weeks after `due` and y = min(x, `life`), a row's delay cost is
    `straight` x + `bend` (y + `bow` y^2) + `fade` (1 - exp(-x / `life`)), and `fine`
    where it is late. On top of it comes `tilt` for each week from today on, which only
    proofs use. `parts` holds these as rows of a matrix; flags say which of the later
    ones are of any use.
    """

    parts: Floats
    bent: bool
    fading: bool
    fined: bool
    tilted: bool

    @property
    def size(self) -> int:
        """Count the rows."""
        return int(self.parts.shape[1])

    @property
    def due(self) -> Floats:
        """Give the weeks until each row's deadline; 0 where it has none."""
        due: Floats = self.parts[0]
        return due

    def take(self, rows: Ints | slice | int) -> "Curves":
        """Choose rows, in the order given."""
        return self._with(self.parts[:, rows])

    def column(self) -> "Curves":
        """Stand the rows one below the other, to meet many times each."""
        return self._with(self.parts[:, :, None])

    def padded(self, count: int) -> "Curves":
        """Add rows that cost nothing."""
        nothing = np.zeros((len(PARTS), count))
        nothing[PARTS.index("life")] = 1.0
        return self._with(np.hstack((self.parts, nothing))) if count else self

    def tilt(self, rates: Floats) -> "Curves":
        """Add to each row what it costs, besides, for every week from today on."""
        return curves_from(np.vstack((self.parts[:-1], rates)))

    def _with(self, parts: Floats) -> "Curves":
        return Curves(parts, self.bent, self.fading, self.fined, self.tilted)

    def cost(self, ends: Floats) -> Floats:
        """Price each row's completion, in the currency or in point-weeks."""
        due, life, straight, bend, bow, fade, fine, tilt = self.parts
        late = np.maximum(ends - due, 0.0)
        found: Floats = straight * late
        if self.tilted:
            found += tilt * ends
        if self.bent:
            young = np.minimum(late, life)
            found += (bend * bow * young + bend) * young
        if self.fading:
            # exp, not expm1: ten times as fast, and off by a rounding of `fade` at most
            found += fade - fade * np.exp(late / -life)
        if self.fined:
            found += fine * (late > _ON_TIME)
        return found

    def slope(self, ends: Floats) -> Floats:
        """Tell what a week more costs from there on; penalties are no slope."""
        due, life, straight, bend, bow, fade, _, tilt = self.parts
        late = np.maximum(ends - due, 0.0)
        found: Floats = straight + bend * (1.0 + 2.0 * bow * late) * (late < life)
        found += fade / life * np.exp(-late / life)
        found *= ends >= due - _ON_TIME
        found += tilt
        return found

    def sag(self) -> Floats:
        """Bound how fast each slope grows, per week, apart from the deadline's kink."""
        _, life, _, bend, bow, fade, _, _ = self.parts
        found: Floats = np.maximum(2.0 * bend * bow, 0.0)
        found += np.maximum(-fade / life**2, 0.0)
        return found


def curves_of(items: Sequence[Item], today: date) -> Curves:
    """Make the curves of items, in their order."""
    rows = np.array([_parts(item, today) for item in items], dtype=np.float64)
    return curves_from(rows.reshape(-1, len(PARTS)).T)


def curves_from(parts: Floats) -> Curves:
    """Make curves from the matrix of their parts, in the order that `Curves` names."""
    bent, fading, fined, tilted = (bool(np.any(parts[row])) for row in (3, 5, 6, 7))
    return Curves(np.ascontiguousarray(parts), bent, fading, fined, tilted)


def rates_today(items: Sequence[Item], curves: Curves, today: date) -> dict[str, Rate]:
    """Tell what counts today of those items whose deadline or profile has a say.

    It is what waiting a week longer costs an item that would start today.
    """
    durations = np.array([item.duration for item in items], dtype=np.float64)
    slopes = curves.slope(durations).tolist()
    found = {}
    for item, slope in zip(items, slopes, strict=True):
        if item.deadline is not None or item.profile in LIFE:
            rate = rate_on(item, today)
            bends = item.profile in LIFE and not rate.waits
            found[item.key] = replace(rate, rate=slope) if bends else rate
    return found


def tabulate(curves: Curves, grid: Floats) -> Floats:
    """Tabulate T[row, g], the delay cost of each row at each grid point."""
    return curves.column().cost(grid[None, :])


def _parts(item: Item, today: date) -> Iterable[float]:
    """Put an item's profile into the terms of `Curves`."""
    cost, due = item.cost_of_delay, weeks_until(item, today)
    fine = item.penalty if due else 0.0
    profile = profile_of(item)
    life = item.profile_weeks or LIFE.get(profile, 1.0)
    match profile:
        case "short":
            return due, life, 0.0, cost, -0.5 / life, 0.0, fine, 0.0
        case "long":
            return due, life, cost / 2, 0.0, 0.0, cost * life / 2, fine, 0.0
        case "ramp":
            return due, life, cost, -cost, -0.5 / life, 0.0, fine, 0.0
        case _:
            return due, life, cost, 0.0, 0.0, 0.0, fine, 0.0
