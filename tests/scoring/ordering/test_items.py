"""Issues come out in the best order by their keys, whatever order they came in."""

from collections.abc import Sequence
from dataclasses import replace
from math import copysign, inf, nan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Item, Link, Order
from scoring.ordering.items import order_items
from tests.scoring.ordering.instances import (
    Instance,
    best_cost,
    broken,
    random_instance,
)


def items_of(instance: Instance) -> list[Item]:
    return [
        Item(f"K-{i}", weight, duration, place=i)
        for i, (weight, duration) in enumerate(
            zip(instance.weights, instance.durations, strict=True)
        )
    ]


def links_of(instance: Instance) -> list[Link]:
    return [Link(f"K-{a}", f"K-{b}", str(i)) for i, (a, b) in enumerate(instance.edges)]


def test_no_items_are_in_order() -> None:
    assert order_items([], [Link("A", "B")]) == Order((), 0.0, 0.0, 0.0)


def test_equal_ratios_keep_the_order_of_today() -> None:
    items = [
        Item(k, 2, 2, place=p) for k, p in [("D", 3), ("A", 2), ("C", 0), ("B", 0)]
    ]
    assert order_items(items, []).keys == ("B", "C", "A", "D")


def test_a_link_between_equals_moves_no_more_than_it_must() -> None:
    items = [Item(key, 3, 3, place=i) for i, key in enumerate("ABCDE")]
    assert order_items(items, [Link("A", "E")]).keys == tuple("ABCDE")
    assert order_items(items, [Link("D", "B")]).keys == tuple("ACDBE")


@pytest.mark.parametrize(
    ("weight", "duration"), [(nan, 1), (inf, 1), (-inf, 1), (1, nan), (1, inf), (1, -1)]
)
def test_a_number_that_is_none_is_refused_by_key(
    weight: float, duration: float
) -> None:
    with pytest.raises(ValueError, match="AB-7"):
        order_items([Item("AB-6", 1, 1), Item("AB-7", weight, duration)], [])


def test_a_key_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="AB-7"):
        order_items([Item("AB-7", 1, 1), Item("AB-7", 2, 1)], [])


def test_numbers_too_large_to_multiply_are_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        order_items([Item("A", 1e300, 1e300)], [])


def test_links_to_issues_that_nobody_named_are_ignored() -> None:
    items = [Item("A", 1, 1), Item("B", 9, 1)]
    links = [Link("A", "X"), Link("X", "B"), Link("Y", "A")]
    assert order_items(items, links).keys == ("B", "A")


def test_links_are_carried_through_open_issues_without_a_score() -> None:
    items = [Item("A", 1, 1), Item("B", 9, 1), Item("C", 5, 1)]
    links = [Link("A", "U"), Link("U", "V"), Link("V", "B")]
    order = order_items(items, links, through=["U", "V"])
    assert order.keys == ("A", "B", "C")
    assert order.blocks == (("A", "B"), ("C",))
    assert order.pulled == {"A": "B"}
    assert order.cost == 1 + 9 * 2 + 5 * 3


def test_a_loop_over_an_issue_without_a_score_names_it() -> None:
    items = [Item("A", 1, 1), Item("B", 9, 1)]
    links = [Link("A", "U", "1"), Link("U", "B", "2"), Link("B", "A", "3")]
    order = order_items(items, links, through=["U"])
    assert [cycle.path for cycle in order.cycles] == [("B", "A", "U", "B")]
    assert order.keys == ("A", "B")


def test_the_best_descendant_pulls_over_any_distance() -> None:
    items = [
        Item("A", 1, 1, place=0),
        Item("B", 2, 1, place=1),
        Item("C", 90, 1, place=2),
        Item("D", 4, 1, place=3),
    ]
    links = [Link("A", "B"), Link("B", "C"), Link("A", "D")]
    order = order_items(items, links)
    assert order.keys == ("A", "B", "C", "D")
    assert order.pulled == {"A": "C", "B": "C"}


@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_shuffled_input_gives_the_same_order(seed: int, shuffle: Random) -> None:
    instance = random_instance(Random(seed), 9)  # noqa: S311 - hypothesis gives the seed
    items, links = items_of(instance), links_of(instance)
    order = order_items(items, links)
    shuffle.shuffle(items)
    shuffle.shuffle(links)
    assert order_items(items, links) == order


@given(st.integers(0, 2**32))
def test_places_in_common_change_no_cost_bound_or_ratio(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - hypothesis gives the seed
    instance = random_instance(random, 9)
    items, links = items_of(instance), links_of(instance)
    order = order_items(items, links)
    other = order_items(
        [replace(item, place=random.randrange(2)) for item in items], links
    )
    assert other.cost == pytest.approx(order.cost, rel=1e-12, abs=1e-12)
    assert other.lower_bound == pytest.approx(order.lower_bound, rel=1e-12, abs=1e-12)
    assert other.gap == order.gap == 0
    assert levels(other, items) == pytest.approx(levels(order, items), abs=1e-9)


def levels(order: Order, items: Sequence[Item]) -> dict[float, float]:
    """Add up the weeks of all blocks of one ratio: Sidney's decomposition is unique.

    Only what costs nothing and takes no time may belong to any of them.
    """
    by_key = {item.key: item for item in items}
    found: dict[float, float] = {}
    for block in order.blocks:
        cost = sum(by_key[key].cost_of_delay for key in block)
        weeks = sum(by_key[key].duration for key in block)
        if weeks > 0:
            ratio = float(f"{cost / weeks + 0.0:.9g}")
            found[ratio] = found.get(ratio, 0.0) + weeks
    return found


@given(st.integers(0, 2**32), st.integers(0, 2**9))
def test_carrying_links_through_equals_brute_force(seed: int, unscored: int) -> None:
    instance = random_instance(Random(seed), 9)  # noqa: S311 - hypothesis gives the seed
    size = len(instance.weights)
    scored = [i for i in range(size) if not unscored >> i & 1]
    edges = set(instance.edges)
    for gone in set(range(size)) - set(scored):
        edges |= {(a, d) for a, b in edges for c, d in edges if b == c == gone}
    kept = Instance(
        [instance.weights[i] for i in scored],
        [instance.durations[i] for i in scored],
        [
            (scored.index(a), scored.index(b))
            for a, b in edges
            if a in scored and b in scored
        ],
    )
    items = items_of(instance)
    order = order_items(
        [items[i] for i in scored],
        links_of(instance),
        through=[item.key for item in items],
    )
    found = [scored.index(int(key[2:])) for key in order.keys]
    assert not broken(kept, found)
    assert order.cost == pytest.approx(best_cost(kept), rel=1e-9, abs=1e-9)


@given(st.integers(0, 2**32))
def test_whoever_is_pulled_is_pulled_by_what_it_blocks_in_its_block(seed: int) -> None:
    instance = random_instance(Random(seed), 9)  # noqa: S311 - hypothesis gives the seed
    items, links = items_of(instance), links_of(instance)
    order = order_items(items, links)
    assert tuple(key for block in order.blocks for key in block) == order.keys
    below = {item.key: {item.key} for item in items}
    for _ in items:
        for link in links:
            below[link.blocker] |= below[link.blocked]
    block_of = {key: block for block in order.blocks for key in block}
    worth = {
        item.key: item.cost_of_delay / item.duration
        if item.duration
        else item.cost_of_delay and copysign(inf, item.cost_of_delay)
        for item in items
    }
    for key, by in order.pulled.items():
        rivals = below[key] & set(block_of[key]) - {key}
        assert by in rivals
        assert worth[by] == max(worth[rival] for rival in rivals)
        assert worth[by] > worth[key]
