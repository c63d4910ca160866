"""What has no score is never listed in a move, and does not rise above the best."""

from datetime import date

from scoring.item import Gap, Item, Mode
from scoring.moves import apply_moves
from scoring.plan import Plan
from scoring.ranking import plan_changes, rank_backlog

TODAY = date(2026, 11, 2)


def planned(*read: Item | Gap) -> Plan:
    summary = rank_backlog(read, (), today=TODAY, mode=Mode.RELATIVE, currency="")
    return plan_changes(summary, (), backlog="b", outputs={})


def item(key: str, place: int, cost: float) -> Item:
    return Item(key, cost, 1.0, place=place)


def gap(key: str, place: int) -> Gap:
    return Gap(key, "no cost of delay", place=place)


def test_the_best_goes_above_unscored_issues_at_the_front() -> None:
    read = (
        gap("U-1", 0),
        item("A-1", 1, 5),
        item("A-2", 2, 4),
        gap("U-2", 3),
        item("A-3", 4, 9),
    )
    after = apply_moves([one.key for one in read], planned(*read).moves)
    assert after == ("A-3", "U-1", "A-1", "A-2", "U-2")


def test_unscored_issues_below_stay_below() -> None:
    read = (item("A-1", 0, 5), item("A-2", 1, 9), gap("U-1", 2))
    after = apply_moves([one.key for one in read], planned(*read).moves)
    assert after == ("A-2", "A-1", "U-1")


def test_the_order_among_unscored_issues_is_left_alone() -> None:
    costs = [3, 1, 4, 1, 5, 9, 2, 6]
    read: list[Item | Gap] = []
    for number, cost in enumerate(costs):
        read.append(gap(f"U-{number}", 2 * number))
        read.append(item(f"A-{number}", 2 * number + 1, cost))
    plan = planned(*read)
    after = apply_moves([one.key for one in read], plan.moves)
    unscored = [key for key in after if key.startswith("U-")]
    assert unscored == [f"U-{number}" for number in range(len(costs))]
    assert [key for key in after if key.startswith("A-")] == list(plan.after)
    assert not {key for move in plan.moves for key in move.keys} & set(unscored)
    assert after[0].startswith("A-")
