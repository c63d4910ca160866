"""How quick orders and their analysis are promised to be, beside plain sorts and draws.

Times are processor times, and ratios are taken in turns: a busy machine changes them
little. Where the promise is not held, bounds are ten times as wide.
"""

import math
from functools import cache
from typing import Any

import pytest

from bench import order, profiles, uncertainty
from tests.gates import REAL, gate

ROUNDS = order.ROUNDS if REAL else 3


@cache
def timed(size: int) -> dict[str, Any]:
    return order.time_orders(size, ROUNDS)


@pytest.mark.parametrize("size", [1_000, 20_000])
def test_without_links_it_is_hardly_more_than_a_sort(size: int) -> None:
    assert timed(size)["no_links_over_argsort"] <= gate(6, loosely=60)


@pytest.mark.parametrize(("size", "promised"), [(1_000, 20), (20_000, 8)])
def test_with_links_it_is_a_few_plain_sorts(size: int, promised: float) -> None:
    found = timed(size)
    assert found["linked_over_sorted"] <= gate(promised, loosely=10 * promised)
    assert found["bytes_per_issue"] <= 200
    assert found["gap"] == 0


def test_twenty_times_the_issues_take_little_more_than_twenty_times_as_long() -> None:
    small, large = (timed(size)["linked_ms"] for size in (1_000, 20_000))
    assert math.log(large / small) / math.log(20) <= gate(1.35, loosely=1.8)


@pytest.mark.parametrize(("linked", "gap"), [(0.0, 0.015), (0.15, 0.025)])
def test_a_thousand_mixed_profiles_take_a_second(linked: float, gap: float) -> None:
    found = profiles.measure_mixed(1_000, linked, profiles.ROUNDS if REAL else 1)
    assert found["ours_ms"] <= gate(1_000, loosely=10_000)
    assert found["gap"] <= gap


def test_chances_take_a_fifth_of_the_time_of_drawing_them() -> None:
    many = uncertainty.MANY if REAL else 1_000
    rounds = uncertainty.ROUNDS if REAL else 1
    found = uncertainty.compare_ways(1_000, 0.0, many, rounds)
    assert found["analysis_over_samples"] <= gate(0.2, loosely=2)
    assert found["analysis_top_error"] <= gate(0.01, loosely=0.1)


@pytest.mark.skipif(not REAL, reason="takes a minute: in the soak only")
def test_all_figures_of_the_benches_are_as_promised() -> None:
    quick = order.figures(quick=True)
    assert max(quick["ratios"]["no_links_over_argsort"].values()) <= 6
    assert quick["ratios"]["exponent_1k_20k"] <= 1.35
    assert all(row["gap"] <= 0.005 for row in quick["figures"]["stress"])
    ratios = uncertainty.figures(quick=True)["ratios"]
    assert ratios["analysis_over_samples"] <= 0.2
    assert ratios["analysis_error"] <= 0.015  # held against a fifth of the draws
    assert ratios["linked_analysis_error"] <= 0.02
    assert ratios["value_error"] <= 0.003
