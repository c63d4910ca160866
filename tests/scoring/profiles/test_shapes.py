"""A curve is the weekly rate of its profile, added up from today to the end."""

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Item
from scoring.profiles.names import profile_named
from scoring.profiles.shapes import curves_of, rates_today, tabulate
from tests.scoring.profiles.instances import (
    PROFILES,
    TODAY,
    delay,
    random_items,
    weekly_rate,
)

SEEDS = st.integers(0, 10**6)


def some_items(seed: int) -> list[Item]:
    return random_items(Random(seed), 4)  # noqa: S311 - a seed repeats the items


def priced(item: Item, end: float) -> float:
    return float(curves_of([item], TODAY).cost(np.array([end]))[0])


@given(SEEDS, st.floats(0, 60))
def test_each_curve_adds_up_its_weekly_rate(seed: int, end: float) -> None:
    for item in some_items(seed):
        assert priced(item, end) == pytest.approx(delay(item, end), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    ("item", "end", "cost"),
    [
        (Item("A", 10, 1), 7, 70),
        (Item("A", 10, 1, deadline=TODAY + timedelta(days=35)), 5, 0),
        (Item("A", 10, 1, deadline=TODAY + timedelta(days=35)), 7, 20),
        (Item("A", 10, 1, deadline=TODAY + timedelta(days=35), penalty=99), 5, 0),
        (Item("A", 10, 1, deadline=TODAY + timedelta(days=35), penalty=99), 7, 119),
        (Item("A", 10, 1, deadline=TODAY - timedelta(days=35), penalty=99), 7, 70),
        (
            Item("A", 10, 1, deadline=TODAY + timedelta(days=35), profile="standard"),
            7,
            70,
        ),
        (Item("A", 10, 1, profile="short", profile_weeks=4), 2, 15),
        (Item("A", 10, 1, profile="short", profile_weeks=4), 90, 20),
        (Item("A", 10, 1, profile="ramp", profile_weeks=4), 2, 5),
        (Item("A", 10, 1, profile="ramp", profile_weeks=4), 10, 80),
        (Item("A", 10, 1, profile="short"), 1e6, 130),
        (
            Item(
                "A",
                10,
                1,
                deadline=TODAY + timedelta(days=35),
                profile="ramp",
                profile_weeks=4,
            ),
            7,
            5,
        ),
    ],
)
def test_what_delay_costs_by_hand(item: Item, end: float, cost: float) -> None:
    assert priced(item, end) == pytest.approx(cost)


@given(SEEDS, st.floats(0, 40), st.floats(0, 5))
def test_a_later_end_never_costs_less(seed: int, end: float, more: float) -> None:
    for item in some_items(seed):
        assert priced(item, end + more) >= priced(item, end) - 1e-9


@given(SEEDS, st.floats(0, 40))
def test_a_slope_is_the_weekly_rate(seed: int, end: float) -> None:
    items = some_items(seed)
    slopes = curves_of(items, TODAY).slope(np.full(4, end))
    for item, slope in zip(items, slopes, strict=True):
        near = (weekly_rate(item, end - 1e-7), weekly_rate(item, end + 1e-7))
        assert min(near) - 1e-3 <= slope <= max(near) + 1e-3


def test_a_table_holds_each_curve_at_each_point() -> None:
    items = some_items(3)
    table = tabulate(curves_of(items, TODAY), np.array([0.0, 2.5, 20.0]))
    for row, item in zip(table, items, strict=True):
        told = [priced(item, week) for week in (0.0, 2.5, 20.0)]
        assert row.tolist() == pytest.approx(told)


def test_today_s_rate_is_what_a_week_of_waiting_costs_who_starts_today() -> None:
    items = [
        Item("S", 10, 1, profile="short", profile_weeks=4),
        Item("R", 10, 1, profile="ramp", profile_weeks=4),
        Item("D", 10, 1, profile="ramp", deadline=TODAY + timedelta(days=8)),
        Item("N", 10, 1),
    ]
    rates = rates_today(items, curves_of(items, TODAY), TODAY)
    assert {key: rate.rate for key, rate in rates.items()} == {
        "S": 7.5,
        "R": 2.5,
        "D": 0,
    }
    assert rates["D"].waits
    assert rates["D"].latest_start == TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("word", "profile"),
    [
        ("Fixed date", "deadline"),
        ("FIXED_DATE", "deadline"),
        ("expedite", "standard"),
        ("Intangible", "ramp"),
        (" short  life-cycle ", "short"),
        *((name, name) for name in PROFILES if name),
        ("urgent", None),
    ],
)
def test_profiles_are_known_by_kanban_s_words_too(
    word: str, profile: str | None
) -> None:
    assert profile_named(word) == profile
