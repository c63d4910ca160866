"""The PESTEL page weighs factors, prices what they touch, and names what is open."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.pages.page import Page
from connectors.pages.pestel import build_pestel
from scoring.evidence import Category, Evidence, Factor
from tests.connectors.pages.reading import table, tables, told
from tests.connectors.pages.stock import TODAY, origin, summary

LEVY = Factor(
    key="TIDE-1",
    title="Levy",
    category=Category.POLITICAL,
    impact=3,
    likelihood=4,
    threat=True,
    horizon="0–6 months",
    trend="Increasing",
    evidence="Minutes",
    owner="Ada",
    response="Monitor",
    review=date(2027, 1, 1),
    touches=("HARB-1",),
)


def page(*factors: Factor) -> Page:
    return build_pestel(summary(), Evidence(factors=factors), origin())


def test_a_factor_is_told_whole() -> None:
    glance, row = (found[1] for found in tables(page(LEVY), "Factor"))
    assert glance == [
        *("TIDE-1 Levy", "Political", "threatRed", "3 × 4 = 12", "↑ Increasing"),
        "Monitor",
    ]
    assert row == [
        *("TIDE-1 Levy", "threatRed", "3 × 4 = 12", "0–6 months↑ Increasing"),
        *("Minutes", "Monitor", "Ada2027-01-01"),
        *("HARB-1 plain (place 2, €1,000 a week)", "€1,000"),
    ]


def test_all_six_categories_stand_there() -> None:
    text = told(page(LEVY))
    for category in Category:
        assert category.value.capitalize() in text
    assert text.count("No factor is noted.") == 5


def test_money_is_not_added_twice() -> None:
    other = replace(LEVY, key="TIDE-2", touches=("HARB-1", "HARB-2", "HARB-2"))
    text = told(page(LEVY, other))
    assert "touching 2 scored issues with €4,000 a week of cost of delay" in text
    sums = [row[-1] for row in tables(page(LEVY, other), "Factor")[1][1:]]
    assert sums == ["€1,000", "€4,000"]


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(1, 5), st.none() | st.integers(1, 5), st.booleans()
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=30, deadline=None)
def test_the_heaviest_five_stand_at_a_glance(
    weights: list[tuple[int | None, int | None, bool]],
) -> None:
    factors = [
        replace(LEVY, key=f"TIDE-{n}", impact=i, likelihood=k, threat=t)
        for n, (i, k, t) in enumerate(weights)
    ]
    shown = tables(page(*factors), "Factor")[0]
    expected = sorted((i * k for i, k, _ in weights if i and k), reverse=True)[:5]
    if expected:
        assert [int(row[3].rpartition(" ")[2]) for row in shown[1:]] == expected
    else:
        assert "At a glance" not in told(page(*factors))


@given(st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_the_matrix_has_each_factor_in_its_cell(impact: int, likelihood: int) -> None:
    made = page(replace(LEVY, impact=impact, likelihood=likelihood))
    grid = table(made, "Impact ↓ likelihood →")
    found = [
        (row, column)
        for row in range(1, 6)
        for column in range(1, 6)
        if "TIDE-1" in grid[row][column]
    ]
    assert found == [(6 - impact, likelihood)]
    assert grid[6 - impact][likelihood].startswith(f"{impact * likelihood}: ")


@pytest.mark.parametrize(
    ("review", "late"),
    [(TODAY - timedelta(days=1), True), (TODAY, False), (None, False)],
)
def test_a_review_is_overdue_after_its_day(review: date | None, *, late: bool) -> None:
    text = told(page(replace(LEVY, review=review)))
    assert ("Reviews that are overdue" in text) is late
    assert ("overdueYellow" in text) is late


@pytest.mark.parametrize(
    ("threat", "response", "open_"),
    [(True, "", True), (False, "", False), (None, "", False), (True, "Hedge", False)],
)
def test_threats_need_a_response(
    threat: bool | None,  # noqa: FBT001  one of a case's three values
    response: str,
    *,
    open_: bool,
) -> None:
    text = told(page(replace(LEVY, threat=threat, response=response)))
    assert ("Threats without a response" in text) is open_


def test_what_is_open_is_listed() -> None:
    vague = replace(LEVY, likelihood=None, missing=("likelihood", "owner"))
    nowhere = replace(LEVY, key="TIDE-2", title="Swell", category=None)
    text = told(page(vague, nowhere)).partition("leave something open")[2]
    assert "TIDE-1 Levy, still open: likelihood; owner" in text
    assert "TIDE-2 Swell, still open: category" in text
    assert "3 × ?" in told(page(vague))


def test_issues_without_a_score_are_named_without_money() -> None:
    text = told(page(replace(LEVY, touches=("HARB-5", "HARB-1"))))
    assert "(place 2, €1,000 a week); not scored: HARB-5€1,000" in text
    assert "no issue€0" in told(page(replace(LEVY, touches=())))


def test_a_source_over_tls_is_a_link() -> None:
    made = page(replace(LEVY, evidence="https://example.com/minutes"))
    assert '<a href="https://example.com/minutes">' in made.body
    assert (
        '<a href="javascript'
        not in page(replace(LEVY, evidence="javascript:alert(1)")).body
    )


def test_judgement_is_called_judgement() -> None:
    assert "people's judgement" in told(page(LEVY))


def test_an_empty_page_says_what_to_do_next() -> None:
    assert "The search for factors found none." in told(page())
    bare = build_pestel(summary(), Evidence(), replace(origin(), factors=""))
    assert "(evidence.factors)" in told(bare)
