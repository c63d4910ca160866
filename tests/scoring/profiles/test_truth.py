"""Few items are ordered the best way there is; the search and the bound come close."""

from datetime import date, timedelta
from random import Random

import numpy as np
import pytest

from scoring.item import Item, Link
from scoring.profiles.bound import Prices, best_bound
from scoring.profiles.few import best_of_few
from scoring.profiles.forest import forest_of
from scoring.profiles.links import jobs_of, listed
from scoring.profiles.over_time import order_over_time, price
from scoring.profiles.search import cheap_order
from scoring.profiles.shapes import curves_of
from tests.scoring.profiles.instances import (
    TODAY,
    best_cost,
    cost,
    keeps,
    random_items,
    random_links,
)

CASES = 60


# The truth about ten takes a tenth of a second.
MOST = 10


def instance(seed: int) -> tuple[list[Item], list[Link]]:
    random = Random(seed)  # noqa: S311 - a seed repeats the instance
    items = random_items(random, random.randint(1, MOST))
    return items, random_links(random, items, random.choice((0.0, 0.15, 0.4)))


@pytest.mark.parametrize("seed", range(CASES))
def test_few_items_are_ordered_the_best_way_there_is(seed: int) -> None:
    items, links = instance(seed)
    found = order_over_time(items, links, today=TODAY)
    by_key = {item.key: item for item in items}
    truth = best_cost(items, links)
    assert keeps(found.keys, links)
    assert found.cost == pytest.approx(truth, rel=1e-4, abs=1e-3)
    assert cost([by_key[key] for key in found.keys]) == pytest.approx(
        found.cost, rel=1e-4, abs=1e-3
    )
    assert (found.gap, found.lower_bound) == (0, found.cost)


def test_the_search_misses_next_to_nothing_and_no_bound_is_above_the_truth() -> None:
    """Held against the best of all orders, which another test holds to the truth."""
    missed = 0
    for seed in range(CASES):
        items, links = instance(1_000 + seed)
        best = order_over_time(items, links, today=TODAY).cost
        number = {item.key: n for n, item in enumerate(items)}
        durations = np.array([item.duration for item in items])
        edges = {(number[one.blocker], number[one.blocked]) for one in links}
        jobs, curves = jobs_of(durations, sorted(edges)), curves_of(items, TODAY)
        start = np.array(listed(jobs, range(len(items))))
        order = cheap_order(jobs, curves, [start], few=0)
        found = price(curves, durations, order)
        assert best - 1e-6 <= found <= best * 1.01 + 1e-6
        missed += found > best * (1 + 1e-9) + 1e-6
        assert best_bound(jobs, curves, order, found).bound <= best * (1 + 1e-9) + 1e-6
        if seed % 3:
            continue
        dear = price(curves, durations, start)
        assert best_bound(jobs, curves, start, dear).bound <= best * (1 + 1e-9) + 1e-6
    assert missed <= CASES // 20


def test_no_price_and_no_forest_proves_more_than_the_truth() -> None:
    """Coarse grids, prices at random, links in trees that are not the nearest."""
    close = []
    for seed in range(CASES):
        random = Random(2_000 + seed)  # noqa: S311 - a seed repeats the instance
        items = random_items(random, random.randint(2, 8))
        links = random_links(random, items, random.choice((0.1, 0.3, 0.6)))
        number = {item.key: n for n, item in enumerate(items)}
        edges = sorted({(number[one.blocker], number[one.blocked]) for one in links})
        durations = np.array([item.duration for item in items])
        jobs, curves = jobs_of(durations, edges), curves_of(items, TODAY)
        order = best_of_few(jobs, curves)
        best = price(curves, durations, order)
        place = np.argsort(order) if seed % 2 else np.arange(len(items))[::-1]
        chance = np.random.default_rng(seed)
        for cells in (3, 16, 256):
            prices = Prices(jobs, curves, forest_of(jobs, place), cells=cells)
            scale = best / max(float(durations.sum()), 1e-9)
            for paid in (prices.at_ease(order), chance.normal(0, scale, cells)):
                assert prices.bound(paid).bound <= best * (1 + 1e-9) + 1e-6
        if links and best > 0:
            close.append(prices.bound(prices.at_ease(order)).bound / best)
    assert np.median(close) > 0.9


def test_a_link_counts_in_the_bound_though_its_rows_have_time_apart() -> None:
    """A blocks D, whose date needs both; by itself A would wait for all the others.

    Without the link A could end last for nothing, and D in time: a bound of 0 would be
    left of the 900 that B loses while it waits.
    """
    items = [
        Item("A", 0, 3, place=0),
        Item("D", 1_000, 3, place=1, deadline=TODAY + timedelta(weeks=6)),
        Item("B", 100, 3, place=2),
    ]
    durations = np.array([item.duration for item in items])
    jobs, curves = jobs_of(durations, [(0, 1)]), curves_of(items, TODAY)
    order = np.array([0, 1, 2])
    assert price(curves, durations, order) == 900
    found = best_bound(jobs, curves, order, 900.0)
    assert 850 < found.bound <= 900


def test_g6_a_deadline_far_off_is_deferred_with_its_latest_start() -> None:
    """By today's numbers SSO would be third; its date leaves it time until 10 May."""
    numbers = [
        ("import", 40, 4),
        ("presets", 12, 2),
        ("re-import", 9, 3),
        ("audit", 6, 3),
    ]
    items = [
        Item(key, cod * 1_000, p, place=n) for n, (key, cod, p) in enumerate(numbers)
    ]
    sso = Item("SSO", 30_000, 6, place=9, deadline=date(2027, 6, 21))
    plain = order_over_time([*items, Item("SSO", 30_000, 6)], [], today=TODAY)
    assert plain.keys[2] == "SSO"
    found = order_over_time([*items, sso], [], today=TODAY)
    assert found.keys == ("import", "presets", "re-import", "audit", "SSO")
    assert found.latest_starts == {"SSO": date(2027, 5, 10)}
    # 40 x 4 + 12 x 6 + 9 x 9 + 6 x 12, and nothing for what is in time
    assert (found.cost, found.gap) == (385_000, 0)


def test_g6_nearer_the_date_it_goes_where_it_still_ends_in_time() -> None:
    """In thirteen weeks it may come third at the latest, and there it costs nothing."""
    numbers = [
        ("import", 40, 4),
        ("presets", 12, 2),
        ("re-import", 9, 3),
        ("audit", 6, 3),
    ]
    items = [
        Item(key, cod * 1_000, p, place=n) for n, (key, cod, p) in enumerate(numbers)
    ]
    sso = Item("SSO", 30_000, 6, place=9, deadline=date(2027, 2, 22))
    found = order_over_time([*items, sso], [], today=TODAY)
    assert found.keys == ("import", "presets", "SSO", "re-import", "audit")
    assert found.cost == (40 * 4 + 12 * 6 + 9 * 15 + 6 * 18) * 1_000
