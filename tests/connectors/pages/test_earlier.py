"""The order before the last re-rank is priced as time goes by, like the new one."""

from datetime import date, timedelta

from connectors.pages.earlier import earlier_order
from scoring.item import Item, Mode
from scoring.ranking import rank_backlog

TODAY = date(2026, 11, 23)


def test_a_deadline_missed_in_the_earlier_order_is_priced() -> None:
    """A first: A at 1 costs 4, and D, due in two weeks, ends a week late: 90."""
    items = [
        Item("D", 90, 2, place=0, deadline=TODAY + timedelta(weeks=2)),
        Item("A", 4, 1, place=1),
    ]
    summary = rank_backlog(items, [], today=TODAY, mode=Mode.MONEY, currency="EUR")
    assert [row.item.key for row in summary.rows] == ["D", "A"]
    assert earlier_order(summary, ["A", "D"]).cost == 94
