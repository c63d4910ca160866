"""Refining an estimate is worth what ordering all anew for each outcome would save."""

import numpy as np
import pytest

from scoring.item import Item, Link, Span
from scoring.ordering.arrays import order_arrays
from scoring.uncertainty import value
from scoring.uncertainty.confidence import confidence
from scoring.uncertainty.normal import nodes
from scoring.uncertainty.ranges import cost_spreads, duration_spreads
from scoring.uncertainty.spreads import END
from scoring.uncertainty.units import freeze
from scoring.uncertainty.value import Worth, refine_first, worths
from tests.scoring.uncertainty.instances import (
    KINDS,
    Floats,
    Kind,
    backlog,
    chains,
    nets,
)


def outcomes(count: int) -> tuple[Floats, Floats]:
    """Scores from end to end and how much each counts: trapezoids, and the tails."""
    scores = np.linspace(-END, END, count)
    shares = np.exp(-(scores**2) / 2) / np.sqrt(2 * np.pi) * (scores[1] - scores[0])
    shares[[0, -1]] /= 2
    shares[[0, -1]] += (1 - shares.sum()) / 2
    return scores, shares


class Anew:
    """The whole backlog, ordered anew by the solver for what one item turns out as."""

    def __init__(self, items: list[Item], links: list[Link]) -> None:
        self.items = items
        self.spreads = cost_spreads(items), duration_spreads(items)
        row = {item.key: number for number, item in enumerate(items)}
        pairs = [(row[link.blocker], row[link.blocked]) for link in links]
        self.edges = np.array(pairs, dtype=np.intp).reshape(-1, 2)
        self.order = [row[key] for key in freeze(items, links).keys]

    def saving(self, item: int, cost: float | None, weeks: float | None) -> float:
        costs, durations = (spreads.means.copy() for spreads in self.spreads)
        costs[item] = costs[item] if cost is None else cost
        durations[item] = durations[item] if weeks is None else weeks
        plain = costs[self.order] @ durations[self.order].cumsum()
        return float(plain - order_arrays(costs, durations, self.edges).cost)

    def worth(self, item: int, count: int) -> tuple[float, float]:
        scores, shares = outcomes(count)
        costs, weeks = (spreads.at(scores[None])[item] for spreads in self.spreads)
        return (
            float(np.dot([self.saving(item, cost, None) for cost in costs], shares)),
            float(np.dot([self.saving(item, None, week) for week in weeks], shares)),
        )

    def both(self, item: int, count: int) -> float:
        scores, shares = outcomes(count)
        costs, weeks = (spreads.at(scores[None])[item] for spreads in self.spreads)
        savings = [[self.saving(item, cost, week) for week in weeks] for cost in costs]
        return float(shares @ np.array(savings) @ shares)


def links_of(linked: str, size: int) -> list[Link]:
    return {"none": [], "chains": chains(size, 4), "nets": nets(size)}[linked]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("linked", ["none", "chains", "nets"])
def test_worth_is_that_of_ordering_all_anew(kind: Kind, linked: str) -> None:
    items, links = backlog(kind, 7, seed=8), links_of(linked, 7)
    anew = Anew(items, links)
    truth = {item.key: anew.worth(n, 301) for n, item in enumerate(items)}
    most = max(max(pair) for pair in truth.values())
    for worth in worths(freeze(items, links)):
        found = (worth.cost_of_delay, worth.duration)
        assert found == pytest.approx(
            truth[worth.key], rel=0.003, abs=0.001 * most + 1e-9
        )


@pytest.mark.parametrize("linked", ["none", "chains", "nets"])
def test_worth_of_both_is_that_of_ordering_all_anew(linked: str) -> None:
    items, links = backlog("all", 5, seed=3), links_of(linked, 5)
    anew = Anew(items, links)
    truth = {item.key: anew.both(n, 41) for n, item in enumerate(items)}
    most = max(truth.values())
    for worth in worths(freeze(items, links)):
        assert worth.both == pytest.approx(truth[worth.key], rel=0.01, abs=0.01 * most)
        assert worth.both >= worth.most


@pytest.mark.parametrize("size", [3, 10, 50, 200])
def test_worth_without_links_adds_up_over_pairs(size: int) -> None:
    """Each other item alone: what letting the better of two go first would save."""
    items = backlog("all", size, seed=2)
    units = freeze(items, [])
    scores, shares = outcomes(2_001)
    costs, weeks = units.costs.means, units.durations.means
    outcome = units.costs.at(scores[None])
    truth = np.zeros(size)
    for row in range(size):
        gained = np.outer(outcome[row], weeks) - costs * weeks[row]
        gained[:, row] = 0.0
        gained[:, row:] *= -1
        truth[row] = shares @ np.maximum(gained, 0.0).sum(axis=1)
    found = np.array([one.cost_of_delay for one in worths(units)])
    assert found == pytest.approx(truth, rel=0.004, abs=1e-3 * truth.max())
    best = int(truth.argmax())
    assert found[best] == pytest.approx(truth[best], rel=0.003)


def test_where_links_leave_one_order_nothing_is_worth_refining() -> None:
    items = [
        Item("A", 1_000, 1),
        Item("B", 500, 1, place=1, cost_of_delay_span=Span(100, 2_000)),
    ]
    found = confidence(items, [Link("A", "B")], top=1)
    assert (found.regret, found.by_means, found.refine) == (0, 0, ())
    assert all(one.worth == Worth(one.key, 0, 0, 0) for one in found.items)


def test_one_uncertain_number_is_worth_the_whole_regret() -> None:
    items = [
        Item("A", 1_000, 1),
        Item("B", 500, 1, place=1, cost_of_delay_span=Span(100, 2_000)),
    ]
    found = confidence(items, [], top=1)
    scores, shares = outcomes(200_001)
    saved = np.maximum(cost_spreads(items).at(scores[None])[1] - 1_000, 0.0)
    assert found.refine[0].cost_of_delay == pytest.approx(saved @ shares, rel=1e-4)
    assert found.regret == found.refine[0].cost_of_delay == found.refine[0].both


@pytest.mark.parametrize("kind", KINDS)
def test_no_number_is_worth_more_than_all(kind: Kind) -> None:
    for links in ([], chains(12), nets(12)):
        found = confidence(backlog(kind, 12), links, top=3)
        for one in found.items:
            assert one.worth.most <= one.worth.both <= found.by_means


def test_groups_too_large_are_priced_in_their_sequence_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items, links = backlog("all", 9), nets(9, apart=9)
    whole = {one.key: one for one in worths(freeze(items, links))}
    # What is held may only give way to others: it is worth no more than before.
    line = freeze(items, links).groups[0].as_line.effort
    monkeypatch.setattr(value, "_MOST_EFFORT", 9 * 160 * line)
    held = {one.key: one for one in worths(freeze(items, links))}
    assert all(one.most <= whole[one.key].most * 1.001 for one in held.values())
    monkeypatch.setattr(value, "_MOST_EFFORT", 1)
    linked = {key for link in links for key in (link.blocker, link.blocked)}
    none = worths(freeze(items, links))
    assert all(one.both == 0 for one in none if one.key in linked)


def test_scores_and_shares_average_as_the_normal_distribution_cut_at_its_ends() -> None:
    """Moments up to the eighth, and one that has a kink at 0."""
    scores, shares = nodes(16, END)
    fine = np.clip(np.linspace(-9, 9, 900_001), -END, END)
    weight = np.exp(-(np.linspace(-9, 9, 900_001) ** 2) / 2)
    weight /= weight.sum()
    assert shares.sum() == pytest.approx(1)
    for power in range(9):
        true = float((fine**power) @ weight)
        assert scores**power @ shares == pytest.approx(true, rel=1e-4, abs=1e-9)
    assert np.abs(scores) @ shares == pytest.approx(float(np.abs(fine) @ weight), 1e-5)


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
    whole = worths(freeze(items, []))
    assert len(whole) == 2_500
    assert sum(worth.both > 0 for worth in whole[2_000:]) > 0
