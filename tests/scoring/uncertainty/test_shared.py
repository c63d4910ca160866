"""Items that share a driver move together, as ordering each draw anew shows."""

import math
import random
from dataclasses import replace
from datetime import date
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from scoring.item import Item, Link, Mode, Span
from scoring.uncertainty.confidence import Confidence, confidence, confidence_in
from scoring.uncertainty.expectation import expected
from scoring.weighing import weigh_backlog
from tests.scoring.uncertainty.instances import (
    TENTH,
    Floats,
    backlog,
    chains,
    drawn,
    ranks,
    ranks_anew,
)

DRIVERS = {"dollar": Span(0.7, 1.5), "market": Span(0.4, 3)}
NAMES = ("dollar", "", "market", "dollar")
TODAY = date(2026, 3, 2)


def driven(items: list[Item], names: tuple[str, ...] = NAMES) -> list[Item]:
    """Let items share drivers in turn."""
    each = (names[number % len(names)] for number in range(len(items)))
    return [
        replace(item, driver=name, driver_span=DRIVERS.get(name))
        for item, name in zip(items, each, strict=True)
    ]


def factors(span: Span, scores: Floats) -> Floats:
    """Turn scores into factors, straight from what a range of multiples means."""
    ends = np.where(scores < 0, -math.log(span.low), math.log(span.high))
    found: Floats = np.exp(ends * scores.clip(-3, 3) / TENTH)
    return found


def brute(
    items: list[Item], samples: int, seed: int, known: str = ""
) -> tuple[Floats, Floats]:
    """Draw items' numbers, and each driver once for all its rows."""
    generator = np.random.default_rng(seed)
    costs, weeks = drawn(items, samples, seed + 1)
    if known:  # all else at its mean
        costs[:], weeks[:] = costs.mean(axis=0), weeks.mean(axis=0)
    for name in sorted({item.driver for item in items} - {""}):
        mine = [row for row, item in enumerate(items) if item.driver == name]
        luck = factors(DRIVERS[name], generator.standard_normal(samples))
        costs[:, mine] *= luck[:, None] if known in ("", name) else luck.mean()
    return costs, weeks


def price(costs: Floats, weeks: Floats) -> Floats:
    found: Floats = (costs * weeks.cumsum(axis=1)).sum(axis=1)
    return found


def losses(costs: Floats, weeks: Floats, truth: NDArray[np.int64]) -> Floats:
    """Tell what the order of the columns loses against the best of each draw."""
    best = np.argsort(truth, axis=1)
    cheapest = (np.take_along_axis(part, best, axis=1) for part in (costs, weeks))
    found: Floats = price(costs, weeks) - price(*cheapest)
    return found


def in_order(items: list[Item], found: Confidence) -> list[Item]:
    by_key = {item.key: item for item in items}
    return [by_key[one.key] for one in found.items]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("linked", [False, True])
def test_ranks_and_regret_are_those_of_ordering_each_draw_anew(
    seed: int, *, linked: bool
) -> None:
    items = driven(backlog("all", 10, seed))
    links = chains(10, seed) if linked else []
    found = confidence(items, links, top=3)
    assert found.draws is not None
    assert (found.draws.samples, found.held) == (10_000, 0)
    order = in_order(items, found)
    costs, weeks = brute(order, 5_000 if linked else 100_000, seed)
    truth = ranks_anew(order, links, costs, weeks) if linked else ranks(costs, weeks)
    near = 0.025 if linked else 0.015
    for row, one in enumerate(found.items):
        assert one.first == pytest.approx((truth[:, row] == 1).mean(), abs=near)
        assert one.top == pytest.approx((truth[:, row] <= 3).mean(), abs=near)
        for end, tenth in ((one.low, 0.1), (one.middle, 0.5), (one.high, 0.9)):
            assert (truth[:, row] < end).mean() <= tenth + near
            assert (truth[:, row] <= end).mean() >= tenth - near
    lost = losses(costs, weeks, truth)
    error = found.draws.error + lost.std() / len(lost) ** 0.5
    assert found.regret == pytest.approx(lost.mean(), abs=4 * error)
    mean_cost = price(costs, weeks)
    assert found.expected == pytest.approx(
        mean_cost.mean(), abs=4 * mean_cost.std() / len(mean_cost) ** 0.5
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_sequence_is_cheaper_on_average_than_the_order_by_means(seed: int) -> None:
    items = driven(backlog("all", 6, seed))
    ranking = weigh_backlog(items, [], today=TODAY, mode=Mode.RELATIVE, currency="")
    costs, weeks = brute(items, 400_000, seed)
    together = weeks.T @ costs / len(costs)  # mean of duration i × cost of delay j
    place = {item.key: row for row, item in enumerate(items)}

    def mean(sequence: tuple[int, ...]) -> float:
        chosen = together[np.ix_(sequence, sequence)]
        return float(np.triu(chosen).sum())

    least = min(mean(one) for one in permutations(range(6)))
    ours = mean(tuple(place[key] for key in ranking.order.keys))
    assert ours == pytest.approx(least, rel=2e-3)
    assert ranking.totals.order == pytest.approx(ours, rel=2e-2)


def test_a_driver_s_mean_counts_in_the_order() -> None:
    items = driven([Item("A", 10, 1), Item("B", 9, 1, place=1)], ("", "market"))
    ranking = weigh_backlog(items, [], today=TODAY, mode=Mode.RELATIVE, currency="")
    assert ranking.order.keys == ("B", "A")
    scores = np.random.default_rng(3).standard_normal(1_000_000)
    mean = 9 * factors(DRIVERS["market"], scores).mean()
    read = ranking.items[ranking.place["B"]]
    assert read.cost_of_delay == pytest.approx(mean, rel=5e-3)
    assert (read.likely_cost_of_delay, read.driver) == (9, "market")
    assert "the mean of the driver market" in read.sources[-1].formula
    assert expected(ranking.items) == list(ranking.items)


def test_what_knowing_a_driver_saves_is_that_of_ordering_anew_for_it() -> None:
    items = driven(backlog("all", 10, seed=4))
    found = confidence(items, [], top=3)
    order = in_order(items, found)
    assert {one.name for one in found.drivers} == set(DRIVERS)
    for one in found.drivers:
        costs, weeks = brute(order, 200_000, 5, known=one.name)
        lost = losses(costs, weeks, ranks(costs, weeks))
        near = 5 * lost.std() / len(lost) ** 0.5 + 0.02 * lost.mean()
        assert 0 < one.worth == pytest.approx(lost.mean(), abs=near)
        assert one.worth <= found.regret


def test_one_driver_of_all_rows_changes_no_rank() -> None:
    # Equal ratios in four guises: only today's order parts them.
    pairs = [(9, 3), (3, 1), (21, 7), (6, 2), (5, 1), (1, 1)]
    items = [Item(f"A-{n}", c, w, place=n) for n, (c, w) in enumerate(pairs)]
    found = confidence(driven(items, ("market",)), [], top=2)
    sure = confidence(items, [], top=2)
    assert found.draws is not None
    assert [one.key for one in found.items] == [one.key for one in sure.items]
    for one, other in zip(found.items, sure.items, strict=True):
        assert (one.first, one.top) == (other.first, other.top)
        assert (one.low, one.high) == (other.low, other.high) == (one.middle,) * 2
    assert found.regret == pytest.approx(0, abs=1e-9 * found.expected)
    assert found.drivers[0].worth == pytest.approx(0, abs=1e-9 * found.expected)


def test_one_driver_of_all_rows_leaves_their_own_ranges_to_decide() -> None:
    items = backlog("all", 20)
    found = confidence(driven(items, ("dollar",)), [], top=4)
    alone = {one.key: one for one in confidence(items, [], top=4).items}
    for one in found.items:
        assert one.top == pytest.approx(alone[one.key].top, abs=0.02)
        assert abs(one.low - alone[one.key].low) <= 1
        assert abs(one.high - alone[one.key].high) <= 1


def widths(items: list[Item]) -> dict[str, int]:
    found = confidence(items, [], top=1)
    return {one.key: one.high - one.low for one in found.items}


def test_groups_with_opposite_luck_have_wider_ranks_than_without_drivers() -> None:
    costs = [100 - 3 * n for n in range(12)]
    plain = [
        Item(f"A-{n}", cost, 1, place=n, cost_of_delay_span=Span(cost - 4, cost + 4))
        for n, cost in enumerate(costs)
    ]
    apart, together = widths(plain), widths(driven(plain, ("dollar", "market")))
    assert all(together[key] > apart[key] for key in apart)


def test_a_sure_row_is_passed_by_a_whole_group_or_by_none_of_it() -> None:
    sure = Item("sure", 100, 1, place=10)
    rows = [Item(f"A-{n}", 100, 1, place=n) for n in range(10)]
    span = DRIVERS["market"]
    each = [replace(row, driver=row.key, driver_span=span) for row in rows]
    shared, alone = widths([sure, *driven(rows, ("market",))]), widths([sure, *each])
    # The mean of the market is above 1, its middle is not: even chances either way.
    assert shared["sure"] == 10
    assert alone["sure"] < 6


def test_the_sequence_of_the_input_changes_nothing() -> None:
    items, links = driven(backlog("ties", 20)), chains(20)
    shuffled = random.Random(5).sample(items, len(items))  # noqa: S311 - a seed repeats it
    first = confidence(items, links, top=4)
    assert confidence(shuffled, links[::-1], top=4) == first


def test_a_driver_that_cannot_move_draws_nothing() -> None:
    items, peg = backlog("all", 6), Span(1, 1)
    pegged = [replace(item, driver="peg", driver_span=peg) for item in items]
    found = confidence(pegged, [], top=2)
    assert (found.draws, found.drivers) == (None, ())
    assert found == confidence(items, [], top=2)


def test_a_rate_that_a_deadline_has_changed_is_certain() -> None:
    items = driven([Item(f"A-{n}", 9 + n, 1, place=n) for n in range(3)], ("market",))
    summary = weigh_backlog(
        items, [], today=TODAY, mode=Mode.RELATIVE, currency=""
    ).summary()
    rows = tuple(replace(row, rate=row.rate + 1e-3) for row in summary.rows)
    found = confidence_in(replace(summary, rows=rows), top=1)
    assert (found.draws, found.regret) == (None, 0)
    assert confidence_in(summary, top=1).draws is not None


def test_tangled_links_are_held_and_large_backlogs_get_fewer_samples() -> None:
    items = driven([Item(f"A-{n}", 5 + n % 7, 1, place=n) for n in range(75)])
    links = [
        Link(f"A-{n - back}", f"A-{n}")
        for n in range(70)
        for back in (2, 3, 5)
        if n >= back
    ]
    found = confidence(items, links, top=3)
    assert found.held == 70
    many = driven([Item(f"A-{n}", 5 + n % 97, 1, place=n) for n in range(4_001)])
    fewer = confidence(many, [], top=3).draws
    assert fewer is not None
    assert fewer.samples == 2_000
