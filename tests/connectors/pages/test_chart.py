"""The chart's curves run up to each order's delay cost, and its bytes stay the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.pages.chart import Step, draw, pile_up
from connectors.pages.figures import Amounts
from connectors.pages.ranking import build_ranking
from tests.connectors.pages.stock import origin, summary

STEPS = st.lists(
    st.tuples(st.integers(-50, 900), st.integers(0, 12).map(float)),
    max_size=9,
)


def cost_until(week: float, order: list[Step]) -> float:
    """Let every item cost its rate until it is done, or until this week."""
    total, done = 0.0, 0.0
    for rate, weeks in order:
        done += weeks
        total += rate * min(week, done)
    return total


@given(STEPS)
@settings(deadline=None)
def test_the_curve_is_what_all_unfinished_items_have_cost(order: list[Step]) -> None:
    weeks, cost = pile_up(order)
    assert weeks[-1] == sum(step for _, step in order)
    assert cost == pytest.approx([cost_until(week, order) for week in weeks])


def test_the_same_figures_give_the_same_picture() -> None:
    orders = [(900.0, 1.0), (50.0, 4.0)], [(50.0, 4.0), (900.0, 1.0)]
    first, again = (draw(*orders, Amounts("EUR")) for _ in range(2))
    assert first == again
    assert first.data.startswith(b"\x89PNG\r\n")
    assert b"matplotlib" not in first.data.lower()
    assert draw(*orders[::-1], Amounts("EUR")).data != first.data


def test_the_page_shows_it_when_asked() -> None:
    page = build_ranking(summary(), origin(), chart=True)
    (picture,) = page.attachments
    assert f'ri:filename="{picture.name}"' in page.body
    assert page.digest != build_ranking(summary(), origin()).digest


def test_there_is_no_picture_of_nothing() -> None:
    page = build_ranking(summary(given=[]), origin(), chart=True)
    assert page.attachments == ()
    assert "ac:image" not in page.body
