"""How sure an order is where items share drivers: by samples, as many as are counted.

A driver multiplies the costs of delay of all its items at once, so that no analysis of
independent items holds. What knowing a driver is worth needs no samples: it is one
number, and the backlog is ordered anew for each of some values of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scoring.item import Item, Span
from scoring.uncertainty.arrangement import Ints
from scoring.uncertainty.group import Group
from scoring.uncertainty.normal import Floats, nodes
from scoring.uncertainty.ranges import driver_means, factor_spreads
from scoring.uncertainty.ranks import Ranks
from scoring.uncertainty.samples import Driver, order_anew, sample_ranks
from scoring.uncertainty.spreads import END
from scoring.uncertainty.units import Units

SEED: Final = 1

# Samples, of which there are fewer where there are more numbers than this in all, or
# where groups of links take more effort (`Group.effort`): a matter of seconds.
_SAMPLES: Final = (10_000, 5_000, 2_000, 1_000)
_MOST_NUMBERS: Final = 20_000_000
_MOST_EFFORT: Final = 400_000_000

# Values of a driver that are looked at, as many of all drivers' items, and what each
# takes in units of a group's effort.
_VALUES: Final = 200
_MOST_LOOKS: Final = 400_000_000
_LOOK: Final = 10


@dataclass(frozen=True, slots=True)
class DriverWorth:
    """What knowing a driver before the order is fixed is expected to save."""

    name: str
    worth: float


@dataclass(frozen=True, slots=True)
class Draws:
    """How many samples there were, from which seed; `error` is the regret's own."""

    samples: int
    seed: int
    error: float


@dataclass(frozen=True, eq=False)
class Shared:
    """What samples with shared drivers showed.

    `held` counts the items whose links are too tangled to be ordered anew each time.
    """

    ranks: Ranks
    regret: float
    held: int
    worths: tuple[DriverWorth, ...]
    draws: Draws


def drivers_of(items: Sequence[Item]) -> tuple[Driver, ...]:
    """Name the drivers that can move an order, each around what its items leave of it.

    Items hold their driver's mean (`cost_spreads`), so that the factor left has mean 1.
    """
    keys: dict[tuple[str, Span], list[str]] = {}
    for item in items:
        if item.driver_span:
            keys.setdefault((item.driver, item.driver_span), []).append(item.key)
    found = []
    for (name, span), named in sorted(keys.items(), key=lambda one: one[0][0]):
        [mean] = driver_means([Item("", 0.0, 0.0, driver_span=span)]).tolist()
        left = Span(span.low / mean, span.high / mean)
        driver = Driver(name, tuple(sorted(named)), left, likely=1 / mean)
        if not factor_spreads([(driver.likely, left)]).certain.all():
            found.append(driver)
    return tuple(found)


def judge_shared(units: Units, drivers: Sequence[Driver], *, top: int) -> Shared:
    """Draw as many samples as the count of items allows, and price each driver."""
    samples, units, held = _planned(units, drivers)
    found = sample_ranks(units, top=top, samples=samples, seed=SEED, drivers=drivers)
    return Shared(
        found.ranks,
        found.regret,
        held,
        driver_worths(units, drivers),
        Draws(samples, SEED, found.error),
    )


def driver_worths(units: Units, drivers: Sequence[Driver]) -> tuple[DriverWorth, ...]:
    """Price the knowing of each driver, all other numbers at their means.

    Where there are too many drivers, those with the most at stake are priced.
    """
    effort = sum(group.effort for group in units.groups.values())
    each = _VALUES * (_LOOK * len(units.keys) + effort)
    row = {key: number for number, key in enumerate(units.keys)}
    scores, shares = nodes(_VALUES, END)
    priced = []
    for driver in drivers:
        spread = factor_spreads([(driver.likely, driver.span)])
        rows = np.array([row[key] for key in driver.keys], np.intp)
        stake = np.abs(units.costs.means[rows]).sum() * (spread.down + spread.up)[0]
        priced.append((float(stake), driver.name, rows, spread.at(scores[None])[0]))
    priced.sort(key=lambda one: (-one[0], one[1]))
    return tuple(
        DriverWorth(name, float(_losses(units, rows, factors) @ shares))
        for _, name, rows, factors in priced[: _MOST_LOOKS // max(1, each)]
    )


def _losses(units: Units, rows: Ints, factors: Floats) -> Floats:
    """Tell what the order by means loses at each value of one driver."""
    costs = np.tile(units.costs.means, (len(factors), 1))
    costs[:, rows] *= factors[:, None]
    weeks = np.broadcast_to(units.durations.means, costs.shape)
    return order_anew(units, costs, weeks).lost


def _planned(units: Units, drivers: Sequence[Driver]) -> tuple[int, Units, int]:
    """Choose how many samples there are, and which groups are ordered anew in each.

    Groups in which nothing varies keep their order anyway. There are fewer samples
    sooner than groups that are held in their sequence at the means.
    """
    moved = {key for driver in drivers for key in driver.keys}
    groups, loose = dict(units.groups), []
    for unit, group in units.groups.items():
        touched = any(units.keys[row] in moved for row in units.rows(unit))
        if units.certain[unit] and not touched:
            groups[unit] = group.as_line
        else:
            loose.append(unit)
    loose.sort(key=lambda unit: groups[unit].effort)
    least = _afforded(groups, loose, _SAMPLES[-1])
    samples = next(
        (
            count
            for count in _SAMPLES
            if count * len(units.keys) <= _MOST_NUMBERS
            and _afforded(groups, loose, count) == least
        ),
        _SAMPLES[-1],
    )
    held = 0
    for unit in loose[least:]:
        held += groups[unit].size
        groups[unit] = groups[unit].as_line
    return samples, replace(units, groups=groups), held


def _afforded(groups: dict[int, Group], loose: Sequence[int], samples: int) -> int:
    """Count the easiest groups that can be ordered anew in so many samples."""
    efforts = np.cumsum([groups[unit].effort * samples for unit in loose])
    return int(np.searchsorted(efforts, _MOST_EFFORT, side="right"))
