"""A tolerance leaves issues where they are and never loses more than it allows."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Item, Link, Mode
from scoring.moves import plan_moves
from scoring.ordering.items import order_items
from scoring.stability import longest_run, stable_order
from scoring.weighing import Ranking, weigh_backlog
from scoring.what_if import ranking_of
from tests.scoring.test_ranking import TODAY, cost

ITEMS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 8)), min_size=1, max_size=9
).map(
    lambda pairs: [
        Item(f"A-{n}", rate, weeks, place=n) for n, (rate, weeks) in enumerate(pairs)
    ]
)
FORWARD = st.sets(st.sampled_from(list(combinations(range(9), 2))), max_size=6)


@given(ITEMS, FORWARD, st.randoms(use_true_random=False), st.floats(0, 0.5))
def test_the_loss_is_within_the_tolerance_and_no_link_breaks(
    items: list[Item],
    pairs: set[tuple[int, int]],
    chance: random.Random,
    tolerance: float,
) -> None:
    shuffled = chance.sample(items, len(items))
    pairs = {(a, b) for a, b in pairs if b < len(items)}
    links = [Link(shuffled[a].key, shuffled[b].key) for a, b in pairs]
    before: dict[str, list[str]] = {}
    for link in links:
        before.setdefault(link.blocked, []).append(link.blocker)
    best = order_items(items, links)
    found = stable_order(items, best, before, tolerance=tolerance)
    by_key = {item.key: item for item in items}
    assert sorted(found.keys) == sorted(by_key)
    assert found.cost == cost([by_key[key] for key in found.keys])
    assert found.cost <= best.cost * (1 + tolerance) + 1e-9
    assert found.lower_bound <= found.cost
    assert (found.gap == 0) == (found.cost == found.lower_bound)
    for link in links:
        assert found.keys.index(link.blocker) < found.keys.index(link.blocked)


@given(
    ITEMS,
    st.lists(st.sampled_from(list(product(range(9), repeat=2))), max_size=8),
    st.integers(1, 3),
    st.sampled_from([None, 5]),
)
def test_loops_whose_links_are_there_twice_are_broken_everywhere(
    items: list[Item], pairs: list[tuple[int, int]], times: int, due: int | None
) -> None:
    if due:
        day = TODAY + timedelta(weeks=due)
        items[0] = replace(items[0], deadline=day, profile="deadline")
    keys = {row: f"A-{row}" for row in range(len(items))}
    links = [
        Link(keys[a], keys[b], str(number))
        for number, (a, b) in enumerate(pairs * times)
        if a in keys and b in keys
    ]
    strict = weigh_backlog(items, links, today=TODAY, mode=Mode.MONEY, currency="EUR")
    for ranking in (strict, strict.near_today(0.1), ranking_of(strict.summary())):
        turn = {key: number for number, key in enumerate(ranking.order.keys)}
        assert turn.keys() == set(keys.values())
        for key, them in ranking.blockers.items():
            assert all(turn[blocker] < turn[key] for blocker in them)
    # What the loops leave is the same order as where each link was there once.
    once = weigh_backlog(
        items,
        [link for link in links if int(link.id) < len(pairs)],
        today=TODAY,
        mode=Mode.MONEY,
        currency="EUR",
    )
    assert times == 1 or strict.order == once.order


def sorted_within(ratios: list[float], rows: tuple[int, ...], tau: float) -> bool:
    return all(
        ratios[later] / (1 + tau) <= ratios[row] for row, later in combinations(rows, 2)
    )


@given(
    st.lists(st.integers(0, 12).map(float), max_size=8),
    st.sampled_from([0.0, 0.1, 0.5, 1.0]),
)
def test_the_kept_run_is_the_longest_there_is(ratios: list[float], tau: float) -> None:
    found = longest_run(ratios, tau)
    assert sorted_within(ratios, tuple(found), tau)
    assert found == sorted(set(found))
    size = len(ratios)
    longest = max(
        count
        for count in range(size + 1)
        for rows in combinations(range(size), count)
        if sorted_within(ratios, rows, tau)
    )
    assert len(found) == longest


def noisy(size: int, noise: float) -> list[Item]:
    """A backlog that stood in its best order before every cost of delay wobbled."""
    chance = random.Random(11)  # noqa: S311 - a seed, no secret
    pairs = [
        (chance.lognormvariate(7.6, 1.3), chance.lognormvariate(0.4, 0.8))
        for _ in range(size)
    ]
    pairs.sort(key=lambda pair: -pair[0] / pair[1])
    return [
        Item(f"A-{n}", rate * chance.uniform(1 - noise, 1 + noise), weeks, place=n)
        for n, (rate, weeks) in enumerate(pairs)
    ]


def weighed(items: list[Item]) -> Ranking:
    return weigh_backlog(items, [], today=TODAY, mode=Mode.MONEY, currency="EUR")


def moved(ranking: Ranking) -> int:
    today = [item.key for item in ranking.items]
    return sum(len(move.keys) for move in plan_moves(today, ranking.order.keys))


def test_five_per_cent_of_noise_moves_next_to_nothing() -> None:
    strict = weighed(noisy(1_000, 0.05))
    stable = strict.near_today(0.001)
    assert moved(strict) > 300
    assert moved(stable) <= 0.05 * moved(strict)
    assert stable.totals.order <= 1.001 * strict.totals.order


def test_thirty_per_cent_of_noise_moves_fewer_than_before() -> None:
    strict = weighed(noisy(300, 0.3))
    stable = strict.near_today(0.001)
    assert 0 < moved(stable) < moved(strict)
    assert strict.totals.order < stable.totals.order <= 1.001 * strict.totals.order


def test_without_tolerance_the_cheapest_order_stands() -> None:
    strict = weighed(noisy(50, 0.3))
    assert strict.near_today(0).totals.order == strict.totals.order


def test_a_negative_rate_leaves_the_best_order() -> None:
    items = [Item("A", -1, 1, place=0), Item("B", 9, 1, place=1)]
    best = order_items(items, [])
    assert stable_order(items, best, {}, tolerance=9) is best


def test_rows_and_totals_follow_the_stable_order() -> None:
    items = [Item("A", 100, 1, place=0), Item("B", 101, 1, place=1)]
    near = weighed(items).near_today(0.01).summary()
    assert [row.item.key for row in near.rows] == ["A", "B"]
    assert near.totals.saved == 0
    assert (near.totals.order, near.totals.lower_bound) == (302, 301)
    assert near.totals.gap == 1 / 301
