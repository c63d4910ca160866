"""How sure the order is: what a reader is told of each item, and what to refine."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scoring.item import Item, Link
from scoring.money import delay_cost
from scoring.summary import Row, Summary
from scoring.uncertainty.atoms import expected_regret, spread_out
from scoring.uncertainty.ranks import Ranks, ranks_of
from scoring.uncertainty.shared import Draws, DriverWorth, drivers_of, judge_shared
from scoring.uncertainty.units import Units, freeze
from scoring.uncertainty.value import Worth, held_back, refine_first, worths

# Estimates that a reader is asked to refine at once.
_REFINED: Final = 3


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure one item's place is.

    `first` and `top` are the chances that it is worth most, and among the top so many,
    once all is known. `low`, `middle` and `high` are the ranks, counted from 1, that it
    stays below in one, five and nine cases of ten. `worth` is what refining it saves.
    """

    key: str
    first: float
    top: float
    low: int
    middle: int
    high: int
    worth: Worth


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure an order is; `items` stand in that order.

    `expected` is its expected delay cost, own durations counted. `regret` is what it is
    expected to lose against the order one would choose if every number were known;
    `by_means` the same of the order by means, which no order can beat beforehand.
    `refine` names the estimates to refine first. Amounts are in the backlog's currency
    or in point-weeks. `held` counts the items whose links are too tangled to be ordered
    anew for each case: they keep their sequence among themselves, so that their chances
    are estimates, and regret and worth at least what is told. Where items share
    drivers, ranks and regret come from samples: `draws` says how many, `drivers` what
    knowing each driver is worth.
    """

    top: int
    items: tuple[Sureness, ...]
    expected: float
    regret: float
    by_means: float
    refine: tuple[Worth, ...]
    held: int = 0
    draws: Draws | None = None
    drivers: tuple[DriverWorth, ...] = ()


def confidence(
    items: Sequence[Item],
    links: Sequence[Link],
    *,
    top: int,
    through: Collection[str] = (),
    order: Sequence[str] = (),
) -> Confidence:
    """Say how sure an order is; without one, the order by means.

    Items come as they were read, with their ranges, each with the rate that counts.
    Numbers vary independently of each other, but for the drivers that items share.
    Links are kept: linked items are ordered anew as numbers vary.
    """
    units = freeze(items, links, through=through)
    ranks, regret, held, known, draws = _judged(units, items, top)
    worth = worths(units)
    # No number alone is worth more than all: each says what that is at the least.
    each = (*(one.most for one in worth), *(one.worth for one in known))
    by_means = max(regret, *each, 0.0)
    worth = tuple(one.within(by_means) for one in worth)
    columns = (
        np.clip(ranks.first, 0.0, 1.0).tolist(),
        np.clip(ranks.top, 0.0, 1.0).tolist(),
        ranks.low.tolist(),
        ranks.middle.tolist(),
        ranks.high.tolist(),
        worth,
    )
    rows = zip(units.keys, *columns, strict=True)
    found = {row[0]: Sureness(*row) for row in rows}
    keys = tuple(order) or units.keys
    least, expected = _expected(units, units.keys), _expected(units, keys)
    return Confidence(
        top=top,
        items=tuple(found[key] for key in keys),
        expected=expected,
        regret=max(0.0, by_means + (expected - least)),
        by_means=by_means,
        refine=refine_first(worth, _REFINED),
        held=max(held, held_back(units)),
        draws=draws,
        drivers=known,
    )


def _judged(
    units: Units, items: Sequence[Item], top: int
) -> tuple[Ranks, float, int, tuple[DriverWorth, ...], Draws | None]:
    """Find ranks, the regret and what is held: by samples only where drivers are."""
    drivers = drivers_of(items)
    if not drivers:
        atoms = spread_out(units)
        found = ranks_of(atoms, top=top), expected_regret(atoms)
        return *found, atoms.held, (), None
    shared = judge_shared(units, drivers, top=top)
    return shared.ranks, shared.regret, shared.held, shared.worths, shared.draws


def confidence_in(summary: Summary, *, top: int) -> Confidence:
    """Say how sure a summary's own order is.

    Its items must still have the ranges they were read with. Amounts are at the rates
    of the day, not at what deadlines and profiles make of them later; a rate that a
    deadline or a profile has changed is certain.
    """
    return confidence(
        [_at_rate(row) for row in summary.rows],
        list(_links(summary.rows)),
        top=top,
        order=[row.item.key for row in summary.rows],
    )


def _at_rate(row: Row) -> Item:
    item = replace(row.item, place=row.was)
    if row.rate == item.cost_of_delay:
        return item
    return replace(
        item, cost_of_delay=row.rate, cost_of_delay_span=None, driver_span=None
    )


def _links(rows: Iterable[Row]) -> Iterable[Link]:
    for row in rows:
        yield from (Link(blocker, row.item.key) for blocker in row.blockers)


def _expected(units: Units, keys: Sequence[str]) -> float:
    """Price an order at the means: independent numbers multiply by their means.

    A driver is on one side only, so that it multiplies by its mean as well.
    """
    row = {key: number for number, key in enumerate(units.keys)}
    chosen = np.array([row[key] for key in keys], dtype=np.intp)
    return delay_cost(units.costs.means[chosen], units.durations.means[chosen])
