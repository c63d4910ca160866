"""The ranking page tells the order, its money, and what it leaves out, rightly."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.pages.origin import MOST_NAMED, MOST_ROWS
from connectors.pages.ranking import build_ranking
from scoring.item import Gap, Mode
from scoring.summary import Summary, Totals
from tests.connectors.pages.reading import table, told
from tests.connectors.pages.stock import THREE, Given, origin, summary


def with_totals(made: Summary, **totals: float) -> Summary:
    return replace(made, totals=replace(made.totals, **totals))


def test_the_headline_is_the_money_of_both_orders() -> None:
    text = told(build_ranking(summary(), origin()))
    assert "in this order saves €11,000." in text
    assert "in Jira's order before €18,175, in this order €7,175." in text
    assert "this is proven" in text


def test_relative_orders_save_point_weeks() -> None:
    text = told(build_ranking(summary(mode=Mode.RELATIVE), origin()))
    assert "saves 11,000 point-weeks." in text
    assert "no money" in text


@pytest.mark.parametrize(
    ("totals", "words_"),
    [
        ({"gap": 0.004}, "At most 0.4 % above the cheapest order"),
        ({"gap": float("inf")}, "At most ∞ % above"),
        ({"jira_order": 7000.0}, "looked €175 cheaper, but it starts issues before"),
        ({"jira_order": 7175.0}, "in this order already"),
    ],
)
def test_it_says_how_sure_it_is(totals: dict[str, float], words_: str) -> None:
    assert words_ in told(build_ranking(with_totals(summary(), **totals), origin()))


def test_a_row_tells_all_of_an_item() -> None:
    page = build_ranking(summary("Dredge"), origin())
    head, first, second, third = table(page, "Place")
    assert head[3:8] == [
        "Cost of delay a week",
        "Duration (weeks)",
        "CD3, a week for each week of work",
        "Starts – ends (weeks from now; one week is five working days)",
        "Delay cost",
    ]
    assert first[:8] == [
        *("1", "2", "HARB-2 Dredge", "€3,000", "1", "€3,000", "0 – 1", "€3,000")
    ]
    assert second[:3] == ["2", "1 ↓", "HARB-1 Dredge"]  # one of both is moved
    assert third[3:8] == ["−€150", "0.5", "−€300", "5 – 5.5", "−€825"]


def test_points_stand_in_the_heads() -> None:
    head = table(build_ranking(summary(mode=Mode.RELATIVE), origin()), "Place")[0]
    assert "Cost of delay a week (points)" in head
    assert "Delay cost (point-weeks)" in head


def test_an_item_without_duration_has_an_endless_ratio() -> None:
    page = build_ranking(summary(given=[("HARB-1", 10.0, 0.0, 1)]), origin())
    assert table(page, "Place")[1][5] == "€∞"


def test_a_cost_that_starts_later_is_named() -> None:
    made = summary()
    row = replace(made.rows[0], rate=0.0)
    page = build_ranking(replace(made, rows=(row, *made.rows[1:])), origin())
    assert table(page, "Place")[1][3] == "€0 later €3,000"


def test_what_waits_for_an_issue_without_a_score_is_listed() -> None:
    made = summary()
    row = replace(made.rows[1], waits_for=("TIDE-1", "TIDE-2"))
    waiting = replace(made, rows=(made.rows[0], row, made.rows[2]))
    text = told(build_ranking(waiting, origin()))
    assert "1 issue blocked by what has no score" in text
    assert "HARB-1 plain waits for TIDE-1, TIDE-2." in text
    assert "what has no score" not in told(build_ranking(made, origin()))


def test_the_rest_of_a_long_order_is_counted() -> None:
    many: list[Given] = [(f"HARB-{n}", 1.0, 1.0, n) for n in range(1, MOST_ROWS + 8)]
    page = build_ranking(summary(given=many), origin())
    assert len(table(page, "Place")) == MOST_ROWS + 1
    assert "7 more issues of the order are not shown here." in told(page)


def test_gaps_are_grouped_by_reason_the_commonest_first() -> None:
    gaps = [Gap(f"HARB-{n}", "duration is empty", field="d") for n in range(30)]
    gaps.append(Gap("HARB-99", "cost of delay is empty", field="customfield_1"))
    page = build_ranking(replace(summary(), gaps=tuple(gaps)), origin("Cost"))
    _, first, second = table(page, "Reason")
    assert first[:3] == ["duration is empty", "d", "30"]
    assert first[3].endswith(f"and {30 - MOST_NAMED} more")
    assert second == [
        *("cost of delay is empty", "Cost (customfield_1)", "1", "HARB-99")
    ]
    assert "leaves out 31 more issues without a score" in told(page)


def test_loops_name_the_link_that_was_left_out() -> None:
    text = told(build_ranking(summary(), origin()))
    assert (
        "HARB-7 → HARB-8 → HARB-7: the order leaves out «HARB-8 before HARB-7»" in text
    )


def test_an_empty_order_says_what_to_do_next() -> None:
    empty = replace(summary(given=[]), totals=Totals(0.0, 0.0, 0.0, 0.0, 0.0))
    page = build_ranking(empty, origin())
    assert "Nothing can be ranked yet." in told(page)
    assert "Working on" not in told(page)
    assert table(page, "Reason")[1][3] == "HARB-5"


def delay_cost(order: list[Given]) -> float:
    """Add cost × completion, item by item."""
    total = 0.0
    for at, (_, cost, _, _) in enumerate(order):
        total += cost * sum(weeks for _, _, weeks, _ in order[: at + 1])
    return total


def test_after_the_moves_the_page_says_what_it_said_before_them() -> None:
    before = build_ranking(summary(), origin())
    settled: list[Given] = [
        (key, c, w, at) for at, (key, c, w, _) in enumerate(THREE, 1)
    ]
    after = with_totals(summary(given=settled), jira_order=7175.0, saved=0.0)
    old = ("HARB-1", "HARB-2", "HARB-3")
    assert build_ranking(after, origin(), last_before=old).digest == before.digest
    assert build_ranking(after, origin()).digest != before.digest


@given(
    costs=st.lists(st.integers(100, 9000), min_size=7, max_size=7),
    weeks=st.lists(st.integers(1, 8), min_size=7, max_size=7),
    shuffled=st.permutations(range(7)),
)
@settings(max_examples=30, deadline=None)
def test_the_earlier_order_is_priced_with_todays_items(
    costs: list[int], weeks: list[int], shuffled: list[int]
) -> None:
    today: list[Given] = [
        (f"HARB-{n + 1}", costs[n], weeks[n], n + 1) for n in range(7)
    ]
    # HARB-0 has gone; two are new: each stands behind its neighbour of today.
    merged = [today[n] for n in shuffled[:5]]
    before = ["HARB-0", *(key for key, *_ in merged)]
    for at, one in enumerate(today):
        if one[0] not in before:
            above = [key for key, *_ in merged].index(today[at - 1][0]) if at else -1
            merged.insert(above + 1, one)
    page = build_ranking(summary(given=today), origin(), last_before=before)
    assert f"before €{delay_cost(merged):,.0f}," in told(page)


def test_it_says_what_it_was_made_from() -> None:
    text = told(build_ranking(summary("role"), origin("project = HARB")))
    for part in ("version 3", "Role", "(customfield_1), in role", "project = HARB"):
        assert part in text
