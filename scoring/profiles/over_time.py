"""The order that loses the least by waiting, where cost of delay changes over time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from types import MappingProxyType
from typing import Final

import numpy as np

from scoring.blockers import hubs, scored_blockers
from scoring.item import Cycle, Item, Link, Order
from scoring.ordering.items import order_items
from scoring.profiles.bound import best_bound
from scoring.profiles.few import MOST
from scoring.profiles.insertion import Search
from scoring.profiles.links import Jobs, jobs_of, listed
from scoring.profiles.names import profile_of
from scoring.profiles.search import cheap_order, once_more, straight
from scoring.profiles.shapes import Curves, Floats, Ints, curves_of
from scoring.profiles.standing import held, pulled
from scoring.urgency import STANDARD, latest_start

_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class OrderOverTime(Order):
    """An order by curves, and until when each item with a deadline may start.

    `held` maps an item that would stand further up, were it not blocked, to the last of
    its blockers. `curved` says that the order was searched for: where every curve is
    straight as far as it matters, the order is the exact engine's, and `held` is empty.
    """

    latest_starts: Mapping[str, date] = field(
        default_factory=lambda: MappingProxyType({})
    )
    held: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    curved: bool = False


def order_over_time(
    items: Sequence[Item],
    links: Sequence[Link],
    *,
    today: date,
    through: Collection[str] = (),
) -> OrderOverTime:
    """Order the items so that waiting costs the least as time goes by.

    Links, `through` and errors are those of `order_items`. The order costs no more than
    the plain CD3 order, nor than today's where that breaks no link. The bound holds for
    every order that keeps the links; the gap is 0 only where the order is proven.
    """
    ranked = sorted(items, key=lambda item: (item.place, item.key))
    durations = np.array([item.duration for item in ranked], dtype=np.float64)
    curves = curves_of(ranked, today)
    rates = _straight_rates(curves, durations)
    if rates is None:
        found = _curved_order(ranked, links, through, curves)
    else:
        found = _straight_order(ranked, links, through, rates, curves)
    starts = {
        item.key: latest_start(item.deadline, item.duration)
        for item in ranked
        if item.deadline is not None and profile_of(item) != STANDARD
    }
    return replace(found, latest_starts=MappingProxyType(starts))


def _straight_rates(curves: Curves, durations: Floats) -> Floats | None:
    """Find the rates where no row's curve bends while it can end; else None.

    A deadline that nothing can miss costs nothing; one that is missed whatever comes
    first costs the full rate from now on.
    """
    due, _, rates, bend, _, fade, fine, _ = curves.parts
    total = durations.sum()
    safe = ((due > 0) & (due >= total)) | (total == 0)
    plain = (due <= durations) & (bend == 0) & (fade == 0) & (fine == 0)
    if not (safe | plain).all():
        return None
    found: Floats = np.where(safe, 0.0, rates)
    return found


def _straight_order(
    ranked: Sequence[Item],
    links: Sequence[Link],
    through: Collection[str],
    rates: Floats,
    curves: Curves,
) -> OrderOverTime:
    """Leave what is straight to the exact engine; price it by the curves."""
    rated = [
        replace(item, cost_of_delay=rate)
        for item, rate in zip(ranked, rates.tolist(), strict=True)
    ]
    found = order_items(rated, links, through=through)
    row = {item.key: number for number, item in enumerate(ranked)}
    order = np.array([row[key] for key in found.keys], dtype=np.int64)
    durations = np.array([item.duration for item in ranked], dtype=np.float64)
    cost = price(curves, durations, order)
    bound = cost - (found.cost - found.lower_bound)
    parts = {name.name: getattr(found, name.name) for name in fields(found)}
    return OrderOverTime(**parts | {"cost": cost, "lower_bound": bound})


def _curved_order(
    ranked: Sequence[Item],
    links: Sequence[Link],
    through: Collection[str],
    curves: Curves,
) -> OrderOverTime:
    """Search for a cheap order, and prove how far from the cheapest it may be."""
    plain = order_items(ranked, links, through=through)
    jobs = jobs_between(ranked, links, plain.cycles, through)
    keys = [item.key for item in ranked]
    row = {key: number for number, key in enumerate(keys)}
    curves = curves.padded(jobs.hubs)
    known = [
        np.array(listed(jobs, range(jobs.scored)), dtype=np.int64),
        np.array(listed(jobs, [row[key] for key in plain.keys]), dtype=np.int64),
        straight(jobs, curves.slope(jobs.durations)),
    ]
    order = cheap_order(jobs, curves, known)
    cost = bound = price(curves, jobs.durations, order)
    if jobs.size > MOST:
        proof = best_bound(jobs, curves, order, cost)
        order, bound = once_more(jobs, curves, order, proof.starts), proof.bound
    search = Search(jobs, curves, order)
    return found_order(search, keys, bound=bound, cycles=plain.cycles)


def jobs_between(
    ranked: Sequence[Item],
    links: Sequence[Link],
    cycles: Sequence[Cycle],
    through: Collection[str],
) -> Jobs:
    """Make rows of the items, in their order, with the links between them.

    Issues without a score are rows too where their links would otherwise be many.
    """
    row = {item.key: number for number, item in enumerate(ranked)}
    kept = hubs(links, cycles, row, set(through))
    row |= {key: len(row) + number for number, key in enumerate(kept)}
    blockers = scored_blockers(links, cycles, row, set(through) - row.keys())
    durations = np.array([item.duration for item in ranked], dtype=np.float64)
    edges = [(row[a], row[b]) for b, them in blockers.items() for a in them]
    return jobs_of(durations, edges, hubs=len(kept))


def found_order(
    search: Search, keys: Sequence[str], *, bound: float, cycles: tuple[Cycle, ...]
) -> OrderOverTime:
    """Tell an order of rows by their keys, with its cost and what links do to it."""
    cost = price(search.curves, search.jobs.durations, search.rows)
    below = min(bound, cost)
    named = tuple(keys[row] for row in search.rows.tolist() if row < len(keys))
    return OrderOverTime(
        keys=named,
        cost=cost,
        lower_bound=below,
        gap=0.0 if below == cost else (cost - below) / max(abs(below), _TINY),
        blocks=tuple((key,) for key in named),
        pulled=_named(pulled(search), keys),
        cycles=cycles,
        held=_named(held(search), keys),
        curved=True,
    )


def _named(rows: Mapping[int, int], keys: Sequence[str]) -> Mapping[str, str]:
    return MappingProxyType({keys[one]: keys[two] for one, two in rows.items()})


def price(curves: Curves, durations: Floats, order: Ints) -> float:
    """Add up what an order of rows costs over time."""
    ends = np.cumsum(durations[order])
    return float(curves.take(order).cost(ends).sum())


def price_items(items: Sequence[Item], today: date) -> float:
    """Add up what items cost over time if they are worked on in this order."""
    durations = np.array([item.duration for item in items], dtype=np.float64)
    return price(curves_of(items, today), durations, np.arange(len(items)))
