"""Published and hand-made cases come out to the last digit.

G1 is LeadingAgile's (2015), G2 Businessmap's, G3 Black Swan Farming's, G5 Reinertsen's
table; G9 is the smallest backlog in which the best free item is the wrong one.
"""

import pytest

from scoring.item import Item, Link
from scoring.ordering.items import order_items

CASES = {
    "G1": ([("A", 3000, 3), ("B", 7000, 4), ("C", 9000, 6)], "BCA", 157_000),
    "G2": ([("1", 5000, 2), ("2", 30_000, 4), ("3", 50_000, 8)], "231", 790_000),
    "G3": ([("A", 10, 2), ("B", 30, 4)], "BA", 180),
    "G5": ([("A", 10, 1), ("B", 3, 3), ("C", 1, 10)], "ABC", 36),
}


@pytest.mark.parametrize("case", CASES)
def test_the_order_and_its_delay_cost(case: str) -> None:
    rows, keys, cost = CASES[case]
    order = order_items([Item(key, w, p) for key, w, p in rows], [])
    assert "".join(order.keys) == keys
    assert (order.cost, order.lower_bound, order.gap) == (cost, cost, 0)


def test_g9_a_blocker_is_pulled_before_a_better_free_item() -> None:
    items = [
        Item("C", 8, 2, place=0),
        Item("A", 1, 1, place=1),
        Item("B", 10, 1, place=2),
    ]
    order = order_items(items, [Link("A", "B", "1")])
    assert order.keys == ("A", "B", "C")
    assert (order.cost, order.gap) == (53, 0)
    assert order.blocks == (("A", "B"), ("C",))
    assert order.pulled == {"A": "B"}
