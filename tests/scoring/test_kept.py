"""Within a tolerance, what stays where it is says so and claims nothing else."""

from datetime import date

from scoring.item import Item, Mode
from scoring.summary import Row
from scoring.weighing import KEPT, weigh_backlog

TODAY = date(2026, 11, 2)


def rows(tolerance: float, *items: Item) -> tuple[Row, ...]:
    ranking = weigh_backlog(items, (), today=TODAY, mode=Mode.MONEY, currency="USD")
    return ranking.near_today(tolerance).summary().rows


def g1() -> tuple[Item, ...]:
    return (
        Item("A", 3_000, 3, place=0),
        Item("B", 7_000, 4, place=1),
        Item("C", 9_000, 6, place=2),
    )


def test_what_stands_out_of_order_says_why() -> None:
    told = rows(0.5, *g1())
    assert [row.item.key for row in told] == ["A", "B", "C"]  # nothing moved
    assert told[0].why == KEPT  # B and C have a higher CD3
    assert told[1].why == KEPT  # higher than A above it


def test_without_a_tolerance_nobody_says_it() -> None:
    assert KEPT not in [row.why for row in rows(0.0, *g1())]
