"""A deadline counts for nothing until its latest start date, then for all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Item
from scoring.urgency import Rate, latest_start, rate_on

SSO = Item("SSO", 30_000, 6, deadline=date(2026, 12, 31))


def test_nothing_is_lost_before_the_latest_start_date() -> None:
    """Six weeks before New Year's Eve is 19 November."""
    waiting = Rate(0, date(2026, 11, 19), waits=True)
    assert rate_on(SSO, date(2026, 11, 18)) == waiting


@pytest.mark.parametrize("day", [date(2026, 11, 19), date(2027, 3, 1)])
def test_from_the_latest_start_date_on_the_full_rate_counts(day: date) -> None:
    assert rate_on(SSO, day) == Rate(30_000, date(2026, 11, 19))


def test_without_a_deadline_the_rate_is_constant() -> None:
    assert rate_on(Item("A", 5, 1), date(2026, 1, 1)) == Rate(5)


def test_a_standard_profile_keeps_its_rate_whatever_its_date() -> None:
    item = Item("A", 5, 1, deadline=date(2030, 1, 1), profile="standard")
    assert rate_on(item, date(2026, 1, 1)) == Rate(5)


@pytest.mark.parametrize(
    ("weeks", "start"),
    [(0, 10), (1 / 7, 9), (0.2, 8), (1, 3), (0.6 / 7 * 10, 4), (3 * (1 / 7), 7)],
)
def test_part_days_count_as_whole_ones(weeks: float, start: int) -> None:
    assert latest_start(date(2026, 12, 10), weeks) == date(2026, 12, start)


@given(st.dates(), st.floats(0, 1e9))
def test_starting_on_time_ends_on_time(deadline: date, weeks: float) -> None:
    start = latest_start(deadline, weeks)
    if start > date.min:
        spent = timedelta(days=round(weeks * 7, 6))
        assert timedelta(0) <= (deadline - start) - spent < timedelta(days=1)
