"""Samples repeat by their seed, move with shared drivers, and price regret by hand."""

import numpy as np
import pytest

from scoring.item import Item, Span
from scoring.uncertainty.atoms import expected_regret, spread_out
from scoring.uncertainty.ranks import analytic_ranks
from scoring.uncertainty.samples import Drawing, Driver, sample_ranks
from scoring.uncertainty.units import freeze
from tests.scoring.uncertainty.instances import (
    KINDS,
    Kind,
    backlog,
    chains,
    drawn,
    nets,
    ranks_anew,
    ratios,
)


def test_a_seed_repeats_the_samples() -> None:
    units = freeze(backlog("signed", 30), chains(30))
    one, two, three = (
        sample_ranks(units, top=3, samples=500, seed=seed) for seed in (1, 1, 2)
    )
    assert one.regret == two.regret != three.regret
    assert (one.ranks.top == two.ranks.top).all()


@pytest.mark.parametrize("kind", KINDS)
def test_samples_agree_with_the_analysis(kind: Kind) -> None:
    units = freeze(backlog(kind, 60), [])
    found = sample_ranks(units, top=6, samples=20_000, seed=5)
    analytic = analytic_ranks(units, top=6)
    assert np.abs(found.ranks.top - analytic.top).max() < 0.02
    assert np.abs(found.ranks.first - analytic.first).max() < 0.02
    for end in ("low", "middle", "high"):
        off = np.abs(getattr(found.ranks, end) - getattr(analytic, end))
        assert off.mean() < 0.7
    regret = expected_regret(spread_out(units))
    assert found.regret == pytest.approx(regret, abs=5 * found.error + 0.01 * regret)


@pytest.mark.parametrize("kind", KINDS)
def test_each_draw_is_ordered_anew_with_its_links(kind: Kind) -> None:
    items, links, samples = backlog(kind, 24), nets(24), 300
    units = freeze(items, links)
    by_key = {item.key: item for item in items}
    order = [by_key[key] for key in units.keys]
    drawn_again = Drawing(units, [], seed=4).draw(samples)
    costs, weeks = (part.astype(np.float64) for part in drawn_again)
    truth = ranks_anew(order, links, costs, weeks)
    found = sample_ranks(units, top=6, samples=samples, seed=4)
    assert found.ranks.first == pytest.approx((truth == 1).mean(axis=0), abs=1e-9)
    assert found.ranks.top == pytest.approx((truth <= 6).mean(axis=0), abs=0.01)
    best = np.argsort(truth, axis=1)
    ordered = (np.take_along_axis(part, best, axis=1) for part in (costs, weeks))
    least = (next(ordered) * next(ordered).cumsum(axis=1)).sum(axis=1)
    plain = (costs * weeks.cumsum(axis=1)).sum(axis=1)
    assert found.regret == pytest.approx((plain - least).mean(), rel=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_regret_with_links_is_that_of_ordering_each_draw_anew(kind: Kind) -> None:
    units = freeze(backlog(kind, 24), nets(24))
    found = sample_ranks(units, top=6, samples=8_000, seed=4)
    regret = expected_regret(spread_out(units))
    assert regret == pytest.approx(found.regret, abs=5 * found.error + 0.01 * regret)


def test_regret_is_that_of_sorting_each_draw() -> None:
    items = backlog("signed", 40)
    units = freeze(items, [])
    by_key = {item.key: item for item in items}
    costs, weeks = drawn([by_key[key] for key in units.keys], 20_000, seed=9)
    best = np.argsort(-ratios(costs, weeks), axis=1)
    plain = (costs * weeks.cumsum(axis=1)).sum(axis=1)
    sorted_costs = np.take_along_axis(costs, best, axis=1)
    sorted_ends = np.take_along_axis(weeks, best, axis=1).cumsum(axis=1)
    losses = plain - (sorted_costs * sorted_ends).sum(axis=1)
    error = 5 * losses.std() / len(losses) ** 0.5
    assert expected_regret(spread_out(units)) == pytest.approx(
        losses.mean(), abs=error + 0.01 * losses.mean()
    )
    found = sample_ranks(units, top=1, samples=20_000, seed=1)
    assert found.regret == pytest.approx(losses.mean(), abs=2 * error)
    spread = 5 * plain.std() / len(plain) ** 0.5
    assert found.expected == pytest.approx(plain.mean(), abs=2 * spread)


@pytest.mark.parametrize("kind", KINDS)
def test_regret_is_never_below_nothing(kind: Kind) -> None:
    for links in ([], chains(25)):
        units = freeze(backlog(kind, 25), links)
        assert expected_regret(spread_out(units)) > 0
        assert sample_ranks(units, top=3, samples=200, seed=3).regret >= 0


def test_certain_items_leave_nothing_to_regret() -> None:
    items = [Item(f"A-{n}", 1 / (n + 3), 0.1 * n, place=n) for n in range(50)]
    units = freeze(items, [])
    found = sample_ranks(units, top=5, samples=300, seed=1)
    assert (found.regret, found.error) == (0, 0)
    assert expected_regret(spread_out(units)) == 0
    assert found.ranks.top.tolist() == [1] * 5 + [0] * 45


def test_a_shared_driver_moves_its_items_together() -> None:
    items = [Item("A", 10, 1), Item("B", 9.9, 1, place=1), Item("C", 10, 1, place=2)]
    units = freeze(items, [])
    market = Driver("market", ("A", "B", "elsewhere"), Span(0.5, 2))
    found = sample_ranks(units, top=2, samples=4_000, seed=4, drivers=[market])
    top = dict(zip(units.keys, found.ranks.top.tolist(), strict=True))
    first = dict(zip(units.keys, found.ranks.first.tolist(), strict=True))
    # A is never behind B: one factor moves both. C is first or last.
    assert (top["A"], first["B"]) == (1, 0)
    assert first["C"] == pytest.approx(0.5, abs=0.03)
    assert top["C"] == pytest.approx(0.5, abs=0.03)


def test_a_driver_of_durations_divides() -> None:
    items = [Item("A", 10, 1), Item("B", 10, 1, place=1)]
    slow = Driver("platform", ("A",), Span(1, 3), on="duration")
    found = sample_ranks(
        freeze(items, []), top=1, samples=2_000, seed=4, drivers=[slow]
    )
    assert found.ranks.first[0] == pytest.approx(0.5, abs=0.05)
    assert found.regret > 0


def test_more_than_two_thousand_items_share_cells() -> None:
    units = freeze(backlog("narrow", 3_000), [])
    found = sample_ranks(units, top=5, samples=20, seed=1).ranks
    assert (np.abs(found.middle - np.arange(1, 3_001)) < 30).all()
    assert found.high.max() <= 3_000


def test_no_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        sample_ranks(freeze(backlog("all", 3), []), top=1, samples=0, seed=1)
