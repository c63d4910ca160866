"""Chances and ranks are those of 100,000 draws made without us, to one in a hundred."""

import random

import numpy as np
import pytest

from bench.backlogs import jira_like
from bench.uncertainty import ranged
from scoring.item import Item, Link, Span
from scoring.uncertainty.atoms import spread_out
from scoring.uncertainty.ranks import Ranks, analytic_ranks, ranks_of
from scoring.uncertainty.samples import sample_ranks
from scoring.uncertainty.units import Units, freeze
from tests.scoring.uncertainty.instances import (
    KINDS,
    Floats,
    Kind,
    backlog,
    chains,
    drawn,
    nets,
    ranks,
    ranks_anew,
)

SAMPLES = 100_000


def ranked(items: list[Item], units: Units) -> list[Item]:
    by_key = {item.key: item for item in items}
    return [by_key[key] for key in units.keys]


def hold(items: list[Item], top: int) -> None:
    """Compare one backlog's analysis with draws of it, a part at a time."""
    units = freeze(items, [])
    found = analytic_ranks(units, top=top)
    size, order = len(items), ranked(items, units)
    counts = np.zeros((size, size + 1))  # one row an item, one column a rank
    for seed in range(4):
        truth = ranks(*drawn(order, SAMPLES // 4, seed))
        cells = truth + np.arange(size) * (size + 1)
        counts += np.bincount(cells.ravel(), minlength=counts.size).reshape(
            counts.shape
        )
    compare(found, counts.cumsum(axis=1) / SAMPLES, top)


def compare(found: Ranks, shares: Floats, top: int, *, within: float = 0.01) -> None:
    """`shares` has a row an item and a column a rank: the chance of at most that."""
    assert np.abs(found.first - shares[:, 1]).max() <= within
    assert np.abs(found.top - shares[:, top]).max() <= within
    tenths = [(shares < tenth).sum(axis=1) for tenth in (0.1, 0.5, 0.9)]
    off = np.abs(np.array([found.low, found.middle, found.high]) - tenths)
    assert off.mean() <= 0.7
    assert off.max() <= 4
    assert (found.low <= found.middle).all()
    assert (found.middle <= found.high).all()


@pytest.mark.parametrize("kind", KINDS)
def test_chances_are_those_of_a_hundred_thousand_draws(kind: Kind) -> None:
    hold(backlog(kind, 100), top=10)


@pytest.mark.parametrize("kind", ["all", "signed"])
def test_with_links_they_are_those_of_ordering_each_draw_anew(kind: Kind) -> None:
    items, links, samples = backlog(kind, 16), nets(16), 8_000
    units = freeze(items, links)
    order = ranked(items, units)
    truth = ranks_anew(order, links, *drawn(order, samples, seed=6))
    shares = np.array([(truth <= rank).mean(axis=0) for rank in range(17)]).T
    found = analytic_ranks(units, top=4)
    # Four standard errors of a chance of a half, and one in two hundred for ourselves.
    compare(found, shares, 4, within=0.005 + 2 / samples**0.5)
    row = {key: number for number, key in enumerate(units.keys)}
    assert all(found.first[row[link.blocked]] == 0 for link in links)


@pytest.mark.parametrize("linked", [0.15, 0.3, 0.6])
def test_two_hundred_linked_as_in_jira_are_within_a_hundredth(linked: float) -> None:
    units = freeze(*ranged(jira_like(200, linked, 5), 5))
    found = analytic_ranks(units, top=10)
    truth = sample_ranks(units, top=10, samples=SAMPLES, seed=3).ranks
    assert np.abs(found.first - truth.first).max() <= 0.01
    assert np.abs(found.top - truth.top).max() <= 0.01
    for end in ("low", "middle", "high"):
        off = np.abs(getattr(found, end) - getattr(truth, end))
        assert off.mean() <= 0.5


def test_among_linked_ones_the_top_has_as_many_places_as_it_has() -> None:
    """A case that is not looked at would be missing from the sum."""
    found = analytic_ranks(freeze(*ranged(jira_like(400, 0.15, 5), 5)), top=20)
    assert found.top.sum() == pytest.approx(20, abs=1e-6)


def test_a_group_too_tangled_keeps_its_sequence_and_its_links() -> None:
    items = backlog("all", 90)
    links = nets(90, more=3, apart=90)
    atoms = spread_out(freeze(items, links))
    assert atoms.held == 90
    found = ranks_of(atoms, top=5)
    assert found.middle.tolist() == list(range(1, 91))


def test_half_of_two_hundred_are_among_the_upper_half() -> None:
    found = analytic_ranks(freeze(backlog("all", 200), []), top=100)
    assert found.top.sum() == pytest.approx(100, rel=1e-3)
    assert found.first.sum() == pytest.approx(1, rel=2e-2)


def test_certain_items_stand_where_their_ratios_say() -> None:
    items = [
        Item("A", 3, 1, place=0),
        Item("B", 5, 0, place=1),
        Item("C", -1, 1, place=2),
        Item("D", 6, 2, place=3),
        Item("E", -2, 0, place=4),
        Item("F", 0, 0, place=5),
    ]
    units = freeze(items, [])
    found = analytic_ranks(units, top=2)
    assert units.keys == ("B", "A", "D", "F", "C", "E")
    assert found.first.tolist() == [1, 0, 0, 0, 0, 0]
    assert found.top.tolist() == [1, 1, 0, 0, 0, 0]
    for ends in (found.low, found.middle, found.high):
        assert ends.tolist() == [1, 2, 3, 4, 5, 6]


def test_two_alike_have_even_chances() -> None:
    span = Span(1, 9)
    items = [
        Item(key, 3, 1, place=n, cost_of_delay_span=span, duration_span=Span(0.5, 4))
        for n, key in enumerate("AB")
    ]
    found = analytic_ranks(freeze(items, []), top=1)
    assert found.first.tolist() == pytest.approx([0.5, 0.5], abs=0.002)
    assert (found.low.tolist(), found.high.tolist()) == ([1, 1], [2, 2])


def test_a_blocker_comes_before_what_it_blocks() -> None:
    items = [
        Item("A", 0, 1, place=0),
        Item("B", 9, 1, place=1, cost_of_delay_span=Span(2, 30)),
        Item("C", 4, 1, place=2, cost_of_delay_span=Span(3, 6)),
    ]
    units = freeze(items, [Link("A", "B")])
    found = analytic_ranks(units, top=1)
    chance = dict(zip(units.keys, found.first.tolist(), strict=True))
    assert chance["B"] == 0
    assert chance["A"] + chance["C"] == pytest.approx(1, abs=1e-3)
    assert 0 < chance["C"] < chance["A"]


def test_where_links_leave_one_order_all_is_sure() -> None:
    items = [
        Item("A", 1_000, 1),
        Item("B", 500, 1, place=1, cost_of_delay_span=Span(100, 2_000)),
    ]
    found = analytic_ranks(freeze(items, [Link("A", "B")]), top=1)
    assert found.first.tolist() == [1, 0]
    for ends in (found.low, found.middle, found.high):
        assert ends.tolist() == [1, 2]


def test_the_sequence_of_the_input_changes_nothing() -> None:
    items, links = backlog("signed", 60), chains(60)
    first = analytic_ranks(freeze(items, links), top=7)
    shuffled = random.Random(2).sample(items, len(items))  # noqa: S311 - a seed repeats it
    second = analytic_ranks(freeze(shuffled, links[::-1]), top=7)
    assert same(first, second)


def same(one: Ranks, other: Ranks) -> bool:
    names = ("first", "top", "low", "middle", "high")
    return all((getattr(one, n) == getattr(other, n)).all() for n in names)


def test_an_empty_backlog_has_no_ranks() -> None:
    assert len(analytic_ranks(freeze([], []), top=3).top) == 0
