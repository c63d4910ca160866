"""Refining an estimate is worth what sorting anew for each outcome would save."""

from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist, mean

import numpy as np
import pytest

from scoring.item import Item, Link, Span
from scoring.uncertainty.ranges import at_means, cost_spreads, duration_spreads
from scoring.uncertainty.units import freeze
from scoring.uncertainty.value import Worth, refine_first, worths
from tests.scoring.uncertainty.instances import KINDS, Kind, backlog, chains

VALUES = 8
SCORES = np.array([[NormalDist().inv_cdf((n + 0.5) / VALUES) for n in range(VALUES)]])


def total(units: list[list[Item]]) -> float:
    ends = cost = 0.0
    for item in (item for unit in units for item in unit):
        ends += item.duration
        cost += item.cost_of_delay * ends
    return cost


def ratio(unit: list[Item]) -> float:
    cost, weeks = sum(i.cost_of_delay for i in unit), sum(i.duration for i in unit)
    if weeks <= 1e-12:
        return 0.0 if not cost else float("inf") if cost > 0 else float("-inf")
    return cost / weeks


def saving(units: list[list[Item]]) -> float:
    """Sort the units anew and compare."""
    return total(units) - total(sorted(units, key=ratio, reverse=True))


def directly(items: list[Item], links: list[Link]) -> dict[str, tuple[float, ...]]:
    """Put every outcome of every item into the order by means, and sort anew."""
    frozen = freeze(items, links)
    by_key = {item.key: item for item in at_means(items)}
    starts = [*frozen.starts.tolist(), len(frozen.keys)]
    units = [[by_key[key] for key in frozen.keys[a:b]] for a, b in pairwise(starts)]
    found: dict[str, tuple[float, ...]] = {}
    for item in items:
        at = by_key[item.key]
        costs = cost_spreads([item]).at(SCORES)[0].tolist()
        weeks = duration_spreads([item]).at(SCORES)[0].tolist()

        def resolved(cost: float, duration: float, at: Item = at) -> float:
            known = replace(at, cost_of_delay=cost, duration=duration)
            return saving([[known if i is at else i for i in unit] for unit in units])

        found[item.key] = (
            mean(resolved(cost, at.duration) for cost in costs),
            mean(resolved(at.cost_of_delay, week) for week in weeks),
            mean(resolved(cost, week) for cost in costs for week in weeks),
        )
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("linked", [False, True])
def test_worth_is_that_of_sorting_anew(kind: Kind, linked: bool) -> None:  # noqa: FBT001 - a parameter
    items = backlog(kind, 12, seed=8)
    links = chains(12, seed=4) if linked else []
    truth = directly(items, links)
    scale = max(max(values) for values in truth.values())
    for worth in worths(freeze(items, links), values=VALUES):
        found = (worth.cost_of_delay, worth.duration, worth.both)
        assert found == pytest.approx(truth[worth.key], rel=1e-9, abs=1e-9 * scale)


def test_what_is_certain_is_worth_nothing_to_refine() -> None:
    items = [Item("A", 5, 1), Item("B", 4, 1, cost_of_delay_span=Span(1, 9), place=1)]
    by_key = {worth.key: worth for worth in worths(freeze(items, []))}
    assert by_key["A"] == Worth("A", 0, 0, 0)
    assert by_key["B"].duration == 0
    assert by_key["B"].cost_of_delay == pytest.approx(by_key["B"].both)
    assert by_key["B"].both > 0


def test_what_cannot_change_the_order_is_worth_nothing() -> None:
    items = [Item("A", 90, 1, cost_of_delay_span=Span(80, 95)), Item("B", 1, 1)]
    assert all(worth.both == 0 for worth in worths(freeze(items, [])))


def test_the_estimates_worth_most_come_first() -> None:
    found = [Worth("A", 0, 1, 1), Worth("B", 3, 3, 5), Worth("C", 0, 0, 0)]
    assert [worth.key for worth in refine_first(found, 3)] == ["B", "A"]
    assert [worth.key for worth in refine_first(found, 1)] == ["B"]


def test_thousands_of_items_are_priced_in_parts() -> None:
    items = backlog("few", 2_500)
    whole = worths(freeze(items, []), values=2)
    assert len(whole) == 2_500
    assert sum(worth.both > 0 for worth in whole[2_000:]) > 0
