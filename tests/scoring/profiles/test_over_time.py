"""An order over time keeps its links, hangs on no input order, and beats plain ones."""

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest

from bench.profiles import mixed_backlog
from scoring.item import Item, Link
from scoring.ordering.items import order_items
from scoring.profiles.over_time import OrderOverTime, order_over_time
from tests.scoring.profiles.instances import (
    TODAY,
    cost,
    keeps,
    random_items,
    random_links,
)

SEEDS = range(6)
DATA = os.environ.get("CD3_DATA", "")


def larger(seed: int, share: float) -> tuple[list[Item], list[Link]]:
    random = Random(seed)  # noqa: S311 - a seed repeats the backlog
    items = random_items(random, 30)
    return items, random_links(random, items, share)


def priced(items: list[Item], keys: tuple[str, ...]) -> float:
    by_key = {item.key: item for item in items}
    return cost([by_key[key] for key in keys])


@pytest.mark.parametrize("share", [0.0, 0.03])
@pytest.mark.parametrize("seed", SEEDS)
def test_it_costs_no_more_than_cd3_nor_than_today_and_keeps_the_links(
    seed: int, share: float
) -> None:
    items, links = larger(seed, share)
    found = order_over_time(items, links, today=TODAY)
    assert sorted(found.keys) == sorted(item.key for item in items)
    assert keeps(found.keys, links)
    assert found.cost == pytest.approx(priced(items, found.keys), rel=1e-4)
    plain = order_items(items, links)
    assert found.cost <= priced(items, plain.keys) * 1.0001
    today = tuple(item.key for item in items)
    if keeps(today, links):
        assert found.cost <= priced(items, today) * 1.0001
    assert found.lower_bound <= found.cost
    assert found.gap == pytest.approx(
        (found.cost - found.lower_bound) / found.lower_bound
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rows_order_makes_no_difference(seed: int) -> None:
    items, links = larger(seed, 0.02)
    random = Random(seed)  # noqa: S311 - a seed repeats the shuffle
    shuffled = random.sample(items, len(items))
    again = order_over_time(shuffled, random.sample(links, len(links)), today=TODAY)
    assert again == order_over_time(items, links, today=TODAY)


@pytest.mark.parametrize("seed", SEEDS)
def test_where_nothing_changes_the_exact_engine_decides(seed: int) -> None:
    items, links = larger(seed, 0.05)
    plain = [replace(item, profile="standard") for item in items]
    found, exact = order_over_time(plain, links, today=TODAY), order_items(plain, links)
    assert not found.curved
    assert (found.keys, found.blocks, found.pulled) == (
        exact.keys,
        exact.blocks,
        exact.pulled,
    )
    assert found.gap == exact.gap
    assert found.cost == pytest.approx(exact.cost)
    assert found.lower_bound == pytest.approx(exact.lower_bound)


def test_deadlines_that_nothing_can_miss_or_keep_leave_it_to_the_engine() -> None:
    """Five weeks of work: one date is past them, one within its own two weeks."""
    items = [
        Item("FAR", 900, 1, place=0, deadline=TODAY + timedelta(weeks=5)),
        Item("A", 10, 2, place=1),
        Item("SOON", 30, 2, place=2, deadline=TODAY + timedelta(weeks=1)),
    ]
    found = order_over_time(items, [], today=TODAY)
    assert (found.keys, found.curved) == (("SOON", "A", "FAR"), False)
    # a week late at the best, 30; then A at its end, 40; and FAR in time
    assert (found.cost, found.lower_bound, found.gap) == (70, 70, 0)


def test_links_are_carried_through_and_loops_named() -> None:
    items = [
        Item("B", 90, 1, place=0, profile="short", profile_weeks=5),
        Item("A", 1, 4, place=1, profile="ramp"),
    ]
    links = [Link("A", "U", "1"), Link("U", "B", "2"), Link("B", "A", "3")]
    found = order_over_time(items, links, today=TODAY, through={"U"})
    assert found.keys == ("A", "B")
    assert [cycle.dropped.id for cycle in found.cycles] == ["3"]
    assert (found.pulled, found.held) == ({"A": "B"}, {"B": "A"})


def test_equal_costs_keep_today_s_order() -> None:
    """All fourteen end in time, in any order, if what costs least comes last."""
    far = TODAY + timedelta(weeks=15)
    items = [Item(f"D-{n}", 100, 1, place=n, deadline=far) for n in range(14)]
    items.append(Item("Z", 1, 3, place=14))
    found = order_over_time(items, [], today=TODAY)
    assert found.curved
    assert found.keys == tuple(item.key for item in items)
    assert (found.cost, found.gap > 0) == (17, found.lower_bound < 17)


def many(size: int, seed: int) -> list[Item]:
    """Make a backlog of money and weeks, half of it with a say in time."""
    chance = np.random.default_rng(seed)
    costs = chance.lognormal(np.log(2_000), 1.3, size)
    weeks = chance.lognormal(np.log(1.5), 0.8, size)
    profiles = chance.choice(
        ["", "deadline", "short", "long", "ramp"], size, p=[0.5, 0.3, 0.06, 0.07, 0.07]
    )
    days = chance.integers(1, int(7 * weeks.sum()), size)
    lives = chance.uniform(26, 400, size)
    return [
        Item(
            f"A-{n}",
            float(costs[n]),
            float(weeks[n]),
            place=n,
            profile=str(profiles[n]),
            deadline=TODAY + timedelta(days=int(days[n]))
            if profiles[n] == "deadline"
            else None,
            profile_weeks=float(lives[n]),
        )
        for n in range(size)
    ]


def test_a_thousand_mixed_items_are_certified_within_three_per_cent() -> None:
    items = many(1_000, 7)
    found = order_over_time(items, [], today=TODAY)
    assert 0 < found.gap <= 0.03
    assert found.cost == pytest.approx(priced(items, found.keys), rel=1e-4)
    plain = priced(items, order_items(items, []).keys)
    assert plain > 1.2 * found.cost


@pytest.mark.parametrize(("seed", "unshaken"), [(1, 156_214), (2, 791_518)])
def test_hundreds_of_dates_are_shaken_too(seed: int, unshaken: int) -> None:
    """Each missed date costs twenty weeks at once: no move of one row mends that."""
    chance, size = np.random.default_rng(seed), 300
    costs = chance.lognormal(np.log(2_000), 1.3, size).tolist()
    weeks = chance.lognormal(np.log(1.5), 0.8, size).tolist()
    days = chance.integers(1, int(7 * sum(weeks)), size).tolist()
    items = [
        Item(
            f"A-{n}",
            costs[n],
            weeks[n],
            place=n,
            deadline=TODAY + timedelta(days=days[n]),
            penalty=20 * costs[n],
        )
        for n in range(size)
    ]
    found = order_over_time(items, [], today=TODAY)
    assert found.lower_bound <= found.cost < 0.9 * unshaken


@pytest.mark.parametrize(
    ("size", "seed", "gap"),
    [(1_000, 1, 0.02), (1_000, 2026, 0.02), (3_000, 1, 0.04), (3_000, 2026, 0.04)],
)
def test_links_do_not_loosen_what_is_certified_of_thousands(
    size: int, seed: int, gap: float
) -> None:
    items, links = mixed_backlog(size, 0.15, seed)
    found = order_over_time(items, links, today=TODAY)
    assert keeps(found.keys, links)
    assert 0 < found.gap <= gap


def weighted_tardiness() -> list[tuple[list[Item], int]]:
    """Read the OR-Library's 40 jobs a time: durations, weights, due weeks, optimum."""
    folder = Path(DATA) / "wt40"
    numbers = np.array((folder / "wt40.txt").read_text().split(), dtype=float)
    best = [int(one) for one in (folder / "wtopt40.txt").read_text().split()]
    return [
        (
            [
                Item(f"J-{n}", w, p, place=n, deadline=TODAY + timedelta(weeks=due))
                for n, (p, w, due) in enumerate(jobs.T.tolist())
            ],
            optimum,
        )
        for jobs, optimum in zip(numbers.reshape(-1, 3, 40), best, strict=True)
    ]


@pytest.mark.skipif(not DATA, reason="CD3_DATA does not name the folder of public data")
def test_published_optima_are_missed_by_three_per_mille_at_most() -> None:
    """Every fifth instance: `python -m bench.profiles` takes all of them."""
    found = truth = 0.0
    for items, optimum in weighted_tardiness()[::5]:
        order: OrderOverTime = order_over_time(items, [], today=TODAY)
        late = priced(items, order.keys)
        assert late >= optimum - 1e-6
        assert order.lower_bound <= optimum * (1 + 1e-9) + 1e-6
        found, truth = found + late, truth + optimum
    assert found <= 1.003 * truth


def test_a_latest_start_is_told_of_every_date_that_counts() -> None:
    items = [
        Item("D", 9, 2, deadline=date(2026, 12, 31)),
        Item("S", 9, 2, deadline=date(2026, 12, 31), profile="standard"),
        Item("P", 9, 1, deadline=date(2026, 1, 31)),
    ]
    found = order_over_time(items, [], today=TODAY)
    assert found.latest_starts == {"D": date(2026, 12, 17), "P": date(2026, 1, 24)}
