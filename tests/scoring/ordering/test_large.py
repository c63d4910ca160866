"""Large backlogs are ordered within seconds, with a proof or a certified gap."""

import csv
import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

from bench.backlogs import Backlog, comb, jira_like, tangled, two_layers
from scoring.item import Item, Link
from scoring.ordering.arrays import Arrangement, order_arrays
from scoring.ordering.items import order_items


def solved(backlog: Backlog) -> Arrangement:
    """Order a backlog, and check what must hold of any order."""
    found = order_arrays(*backlog)
    size = len(backlog.weights)
    place = np.empty(size, dtype=np.intp)
    place[found.order] = np.arange(size)
    assert (np.sort(found.order) == np.arange(size)).all()
    assert (place[backlog.edges[:, 0]] < place[backlog.edges[:, 1]]).all()
    ends = np.cumsum(backlog.durations[found.order])
    cost = float((backlog.weights[found.order] * ends).sum())
    assert found.cost == pytest.approx(cost, rel=1e-12)
    assert found.lower_bound <= found.cost
    return found


@pytest.mark.parametrize("linked", [0.05, 0.15, 0.30, 0.60])
@pytest.mark.parametrize("size", [1_000, 5_000])
def test_backlogs_like_a_jira_are_proven_best(size: int, linked: float) -> None:
    assert solved(jira_like(size, linked, seed=size)).gap <= 1e-6


@pytest.mark.parametrize("linked", [0.05, 0.15, 0.30, 0.60])
def test_twenty_thousand_issues_are_proven_best(linked: float) -> None:
    assert solved(jira_like(20_000, linked, seed=3)).gap <= 1e-6


@pytest.mark.parametrize("links", [1_000, 1_500])
def test_links_all_over_the_backlog_are_proven_best(links: int) -> None:
    assert solved(tangled(1_000, links, seed=1)).gap <= 1e-6


def test_the_hardest_kind_of_block_is_certified() -> None:
    assert solved(two_layers(30, 6, seed=1)).gap <= 1e-6
    assert solved(two_layers(1_000, 6, seed=1)).gap < 0.1


@pytest.mark.parametrize(
    ("size", "seed", "most"),
    [(50, 1, 1e-6), (75, 1, 1e-6), (100, 2, 0.02), (150, 1, 0.02)],
)
def test_the_hardest_kind_is_close_to_its_bound(
    size: int, seed: int, most: float
) -> None:
    assert solved(two_layers(size, 6, seed)).gap <= most


def test_a_hard_block_comes_out_the_same_each_time() -> None:
    first, second = (order_arrays(*two_layers(75, 6, seed=2)) for _ in range(2))
    assert (first.order == second.order).all()
    assert first.lower_bound == second.lower_bound


def test_a_comb_of_five_thousand_is_certified() -> None:
    assert solved(comb(2_500, seed=1)).gap < 0.02


def test_a_chain_of_five_thousand_is_its_only_order() -> None:
    random = np.random.default_rng(1)
    size = 5_000
    chain = np.stack([np.arange(size - 1), np.arange(1, size)], axis=1)
    rows = random.permutation(size)
    backlog = Backlog(random.random(size), random.random(size), rows[chain])
    found = solved(backlog)
    assert (found.order == rows).all()
    assert found.gap == 0


def test_nested_parts_of_any_depth_are_no_trouble() -> None:
    # Each step sets one issue beside all before it, and one before or after them all.
    edges: list[tuple[int, int]] = []
    sources, sinks, size = [0], [0], 1
    for step in range(2_500):
        beside, outer = size, size + 1
        size += 2
        if step % 2:
            edges += [(outer, inner) for inner in [*sources, beside]]
            sources, sinks = [outer], [*sinks, beside]
        else:
            edges += [(inner, outer) for inner in [*sinks, beside]]
            sources, sinks = [*sources, beside], [outer]
    random = np.random.default_rng(2)
    backlog = Backlog(random.random(size), random.random(size), np.array(edges))
    assert solved(backlog).gap == 0


def test_a_chain_of_diamonds_is_proven_best() -> None:
    tops = np.arange(0, 4_998, 3)
    steps = [(0, 1), (0, 2), (1, 3), (2, 3)]
    edges = np.concatenate([np.stack([tops + a, tops + b], axis=1) for a, b in steps])
    random = np.random.default_rng(3)
    size = 5_001
    assert solved(Backlog(random.random(size), random.random(size), edges)).gap == 0


def test_a_tangle_of_equals_keeps_its_order_wherever_links_allow() -> None:
    ones = np.ones(5_000)
    backlog = tangled(5_000, 10_000, 2)._replace(weights=ones, durations=ones)
    found = solved(backlog)
    assert found.gap == 0
    assert (found.order == np.arange(5_000)).all()


def test_equal_ratios_by_the_thousand_keep_the_order_of_today() -> None:
    chain = np.stack([np.arange(1_999), np.arange(1, 2_000)], axis=1)[::3]
    ones = np.ones(2_000)
    found = solved(Backlog(ones, ones, chain))
    assert (found.order == np.arange(2_000)).all()


def test_the_tie_key_decides_among_equals() -> None:
    ones, tie = np.ones(4), np.array([3, 1, 2, 0])
    found = order_arrays(ones, ones, np.array([[2, 1]]), tie)
    assert found.order.tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("weights", "durations", "edges", "word"),
    [
        ([1.0], [1.0, 2.0], [], "one weight"),
        ([float("nan")], [1.0], [], "finite"),
        ([1.0], [-1.0], [], "negative"),
        ([1.0, 1.0], [1.0, 1.0], [[0, 1], [1, 0]], "loop"),
        ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [[0, 1], [1, 2], [2, 0]], "loop"),
    ],
)
def test_rows_that_cannot_be_ordered_are_refused(
    weights: list[float], durations: list[float], edges: list[list[int]], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        order_arrays(np.array(weights), np.array(durations), np.array(edges))


def test_real_links_are_proven_best() -> None:
    """Titanium's issues and links are real; its costs and durations are from a seed."""
    folder = os.environ.get("CD3_DATA")
    if not folder:
        pytest.skip("CD3_DATA names no folder that holds titanium/")
    titanium = Path(folder) / "titanium"
    with gzip.open(titanium / "issues.jsonl.gz", "rt") as lines:
        keys = [json.loads(line)["key"] for line in lines]
    with gzip.open(titanium / "links.csv.gz", "rt") as rows:
        links = [
            Link(row["from_key"], row["to_key"])
            if row["type"] == "Blocks"
            else Link(row["to_key"], row["from_key"])
            for row in csv.DictReader(rows)
            if row["type"] in {"Blocks", "Depends"}
        ]
    random = np.random.default_rng(7)
    worth = random.lognormal(np.log(2_000), 1.3, len(keys)).tolist()
    weeks = random.lognormal(np.log(1.5), 0.8, len(keys)).tolist()
    items = [Item(key, worth[i], weeks[i], place=i) for i, key in enumerate(keys)]
    order = order_items(items, links)
    place = {key: i for i, key in enumerate(order.keys)}
    inside = {(one.blocker, one.blocked) for one in links} & {
        (one.blocker, one.blocked)
        for one in links
        if one.blocker in place and one.blocked in place
    }
    assert len(inside) == 664
    assert order.cycles == ()
    assert all(place[a] < place[b] for a, b in inside)
    assert order.gap <= 1e-6
