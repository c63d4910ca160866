"""A reader is told ranks, regret and what to refine, for the order that stands."""

import random
from dataclasses import replace
from datetime import date

import pytest

from scoring.item import Item, Mode, Span
from scoring.ranking import rank_backlog
from scoring.uncertainty.confidence import confidence, confidence_in
from scoring.uncertainty.expectation import at_means, means
from tests.scoring.uncertainty.instances import backlog, chains

TODAY = date(2026, 3, 2)


def test_rows_stand_in_the_order_by_means() -> None:
    items = backlog("all", 20)
    found = confidence(items, [], top=3)
    ranked = sorted(at_means(items), key=lambda i: -i.cost_of_delay / i.duration)
    assert [one.key for one in found.items] == [item.key for item in ranked]
    ends = expected = 0.0
    for item in ranked:
        ends += item.duration
        expected += item.cost_of_delay * ends
    assert found.expected == pytest.approx(expected)
    assert 0 < found.by_means == found.regret < expected
    worth = sorted((one.worth.both for one in found.items), reverse=True)
    assert [one.both for one in found.refine] == worth[:3]


def test_another_order_regrets_what_it_costs_more() -> None:
    items = backlog("all", 20)
    best = confidence(items, [], top=3)
    keys = [one.key for one in best.items]
    other = confidence(items, [], top=3, order=[keys[1], keys[0], *keys[2:]])
    assert [one.key for one in other.items][:2] == [keys[1], keys[0]]
    assert other.by_means == best.by_means
    by_key = {item.key: means(item) for item in items}
    (first_cost, first_weeks), (cost, weeks) = by_key[keys[0]], by_key[keys[1]]
    more = first_cost * weeks - cost * first_weeks
    assert other.regret - best.regret == pytest.approx(more, rel=1e-6)
    assert other.expected - best.expected == pytest.approx(more, rel=1e-6)


def test_points_alone_are_sure() -> None:
    items = [Item(f"A-{n}", 9 - n, 1 + n % 2, place=n) for n in range(9)]
    found = confidence(items, [], top=4)
    assert (found.regret, found.by_means, found.refine) == (0, 0, ())
    assert [one.top for one in found.items] == [1] * 4 + [0] * 5
    assert [one.middle for one in found.items] == list(range(1, 10))


def test_a_summary_is_judged_in_its_own_order() -> None:
    items, links = backlog("all", 30), chains(30)
    summary = rank_backlog(items, links, today=TODAY, mode=Mode.MONEY, currency="EUR")
    found = confidence_in(summary, top=5)
    assert [one.key for one in found.items] == [r.item.key for r in summary.rows]
    assert found.regret >= found.by_means > 0
    by_means = rank_backlog(
        at_means(items), links, today=TODAY, mode=Mode.MONEY, currency="EUR"
    )
    keys = [row.item.key for row in by_means.rows]
    told = confidence(items, links, top=5, order=keys)
    assert told.expected == pytest.approx(by_means.totals.order)
    assert told.expected <= found.expected


def test_a_cost_that_a_deadline_keeps_at_nothing_is_certain() -> None:
    item = Item("A", 9, 1, cost_of_delay_span=Span(1, 99))
    items = [item, replace(item, key="B", place=1), replace(item, key="C", place=2)]
    summary = rank_backlog(items, [], today=TODAY, mode=Mode.MONEY, currency="EUR")
    rows = [
        replace(row, rate=0.0) if row.item.key == "A" else row for row in summary.rows
    ]
    judged = confidence_in(replace(summary, rows=(*rows[1:], rows[0])), top=1)
    found = {one.key: one for one in judged.items}
    assert (found["A"].first, found["A"].worth.both) == (0, 0)
    assert found["B"].first == pytest.approx(0.5, abs=0.01)
    assert found["B"].worth.both > 0


def test_the_sequence_of_the_input_changes_nothing() -> None:
    items, links = backlog("ties", 40), chains(40)
    shuffled = random.Random(5).sample(items, len(items))  # noqa: S311 - a seed repeats it
    first = confidence(items, links, top=4)
    assert confidence(shuffled, links[::-1], top=4) == first


def test_chances_are_chances() -> None:
    for one in confidence(backlog("signed", 50), chains(50), top=5).items:
        assert 0 <= one.first <= one.top <= 1
        assert 1 <= one.low <= one.middle <= one.high <= 50
