"""The page says which deadlines are missed, and how rates change with time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from connectors.pages.earlier import earlier_order
from connectors.pages.page import Page
from connectors.pages.ranking import build_ranking
from scoring.item import Item, Mode
from scoring.piling import pile_up
from scoring.ranking import rank_backlog
from scoring.summary import Summary
from tests.connectors.pages.reading import table, told
from tests.connectors.pages.stock import TODAY, Given, origin, summary


def ranked(*items: Item) -> Summary:
    read = [replace(one, place=place) for place, one in enumerate(items)]
    return rank_backlog(read, (), today=TODAY, mode=Mode.MONEY, currency="EUR")


def due(weeks: float, key: str = "HARB-1", cost: float = 10.0) -> Item:
    """Three weeks of work with a deadline in so many weeks."""
    day = TODAY + timedelta(days=round(weeks * 7))
    return Item(key, cost, 3.0, "Dredge", deadline=day)


FIRST = Item("HARB-9", 90_000.0, 2.0, "Buoys")


def build(*items: Item) -> Page:
    return build_ranking(ranked(*items), origin())


@pytest.mark.parametrize(
    ("weeks", "mark", "outcome"),
    [
        # It ends after 2 + 3 weeks.
        (4, "late", " ends 1.0 weeks after its deadline 2026-12-21"),
        (9, "start by 2027-01-04", " in time"),
        (
            -3,
            "late",
            " its deadline 2026-11-02 has passed: full cost of delay counts",
        ),
        (
            0,
            "due today",
            " its deadline 2026-11-23 is today: full cost of delay counts",
        ),
    ],
)
def test_a_deadline_says_what_becomes_of_it(
    weeks: float, mark: str, outcome: str
) -> None:
    page = build(FIRST, due(weeks))
    cells = next(one for one in table(page, "Place")[1:] if "Dredge" in one[2])
    lozenge = mark + ("Red" if outcome != " in time" else "Yellow")
    assert cells[8].startswith(lozenge)
    assert table(page, "Issue")[1][3] == lozenge + outcome


@pytest.mark.parametrize("weeks", [-9, -1, 0, 1, 2, 3, 4, 8, 30])
def test_nobody_is_told_to_start_in_the_past(weeks: float) -> None:
    said = told(build(FIRST, due(weeks), due(2.9, "HARB-2", 70_000.0)))
    for piece in said.split("start by ")[1:]:
        assert date.fromisoformat(piece[:10]) >= TODAY


@pytest.mark.parametrize(
    ("profile", "weeks", "cell"),
    [
        # By hand, after 3 of 30 weeks: 1000 × 27 / 30; 1000 × 3 / 30.
        ("short", 30.0, "€900 falling from €1,000 to nothing"),
        ("ramp", 30.0, "€100 growing to €1,000"),
        # 500 + 500 e⁻⁰·¹ = 952.42
        ("long", 30.0, "€952 falling from €1,000 to €500"),
    ],
)
def test_a_rate_that_changes_says_which_way(
    profile: str, weeks: float, cell: str
) -> None:
    item = Item("HARB-1", 1000.0, 3.0, profile=profile, profile_weeks=weeks)
    assert table(build(item), "Place")[1][3] == cell


def test_todays_rates_are_not_spoken_of_where_they_change() -> None:
    for page in (build(FIRST, due(4)), build(FIRST)):
        changing = "HARB-1" in told(page)
        assert ("at today's rates" in told(page)) is not changing
        assert ("deadlines and profiles included" in told(page)) is changing


def test_the_picture_ends_at_the_costs_of_the_headline() -> None:
    made = ranked(due(4), FIRST, Item("HARB-2", 500.0, 5.0, profile="short"))
    assert made.over_time
    earlier = earlier_order(made, ())
    for order, cost in (
        (earlier.order, earlier.cost),
        (made.rows, made.totals.order),
    ):
        pile = pile_up([row.item for row in order], TODAY)
        assert pile.costs[-1] == pytest.approx(cost)


def test_money_in_reasons_looks_like_money_elsewhere() -> None:
    sentence = "Pulled forward: it blocks HARB-4, worth 4,000 EUR a week, not -2.50 EUR"
    made = summary(sentence)
    said = table(build_ranking(made, origin()), "Place")[1][8]
    assert said.endswith("HARB-4, worth €4,000 a week, not −€2.5")
    points = replace(made, mode=Mode.RELATIVE, currency="")
    assert sentence in told(build_ranking(points, origin()))


def places(order: list[int]) -> list[str]:
    """Tell «Was» of issues that stand in this order and stood in that of numbers."""
    given: list[Given] = [(f"HARB-{was}", 1.0, 1.0, was) for was in order]
    page = build_ranking(summary(given=given), origin())
    return [cells[1] for cells in table(page, "Place")[1:]]


def test_what_only_slid_by_one_has_no_arrow() -> None:
    assert places([4, 1, 2, 3, 5]) == ["4 ↑", "1", "2", "3", "5"]


def test_what_slid_by_more_has_one() -> None:
    assert places([4, 5, 1, 2, 3, 6]) == ["4 ↑", "5 ↑", "1 ↓", "2 ↓", "3 ↓", "6"]


def test_what_is_moved_and_stands_where_it_stood_has_none() -> None:
    """4, 2 and 1 cannot all stay in order with 3: most of them move."""
    assert places([4, 2, 3, 1])[1:3] == ["2", "3"]
    assert places([5, 4, 3, 2, 1])[2] == "3"


def test_of_two_neighbours_that_change_places_one_has_moved() -> None:
    assert sorted(len(was) for was in places([2, 1, 3])) == [1, 1, 3]
