"""Learned ranges hold what they promise, by count, and are honest where they cannot."""

import math
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.backtest.classes import draw_classes
from scoring.backtest.learned import Classes, Factors
from scoring.backtest.ranges import LEAST, PRIOR, default_ranges
from tests.scoring.backtest.outcomes import outcome, pairs

ALL = Classes(("all",))


def test_nine_ratios_teach_their_own_ends() -> None:
    # (n + 1)·0.1 = 1: the smallest and the largest of nine.
    rows = [outcome(10, 10 * ratio) for ratio in (3, 1, 4, 1.5, 9, 2.6, 5, 3.5, 8)]
    ranges = default_ranges(rows, ALL)
    assert ranges is not None
    assert ranges.pooled == Factors(1, 9, 9)
    assert default_ranges(rows[:-1], ALL) is None


def test_nineteen_ratios_teach_the_second_from_either_end() -> None:
    rows = [outcome(1, ratio) for ratio in range(1, 20)]
    ranges = default_ranges(rows, ALL)
    assert ranges is not None
    assert (ranges.pooled.low, ranges.pooled.high) == pytest.approx((2, 18))


@pytest.mark.parametrize("count", [9, 19, 29])
def test_eight_in_ten_of_what_comes_next_end_inside(count: int) -> None:
    # Leave each one of count + 1 out in turn: exactly 80 % are held, for any values.
    chance = Random(count)  # noqa: S311 - a seed repeats the case
    for _ in range(20):
        ratios = [chance.lognormvariate(0.3, 1.2) for _ in range(count + 1)]
        held = 0
        for place, ratio in enumerate(ratios):
            others = [outcome(1, one) for one in ratios[:place] + ratios[place + 1 :]]
            ranges = default_ranges(others, ALL)
            assert ranges is not None
            # rounding must not decide about the ends
            low, high = ranges.pooled.low * (1 - 1e-9), ranges.pooled.high * (1 + 1e-9)
            held += low <= ratio <= high
        assert held == round(0.8 * (count + 1))


def test_a_small_class_leans_on_all_and_a_large_one_on_itself() -> None:
    small = [outcome(1, 1 + n / 10, size="S") for n in range(9)]
    large = [outcome(1, 10 + n, size="L") for n in range(90)]
    few = [outcome(1, 500, size="XL") for _ in range(8)]
    rows = [*small, *large, *few]
    ranges = default_ranges(rows, draw_classes(rows))
    assert ranges is not None
    pooled = ranges.pooled
    found = ranges.factors(1, "S")
    weight = 9 / (9 + PRIOR)
    assert found.low == pytest.approx(1**weight * pooled.low ** (1 - weight))
    assert found.high == pytest.approx(1.8**weight * pooled.high ** (1 - weight))
    assert pooled.low < ranges.factors(1, "L").low
    own = ranges.factors(1, "XL")  # fewer than nine: all of it is borrowed
    assert (own.low, own.high, own.count) == (pooled.low, pooled.high, 8)
    assert ranges.factors(1, "unheard of") == pooled


def test_a_range_is_a_multiple_of_the_prediction() -> None:
    rows = [outcome(10, 10 * n) for n in range(1, 10)]
    ranges = default_ranges(rows, ALL)
    assert ranges is not None
    span = ranges.span(4)
    assert (span.low, span.high) == pytest.approx((4, 36))


@settings(deadline=None, max_examples=60)
@given(pairs)
def test_every_range_is_one(found: list[tuple[float, float]]) -> None:
    rows = [outcome(p, a) for p, a in found]
    ranges = default_ranges(rows, draw_classes(rows))
    if ranges is None:
        assert len(rows) < LEAST
        return
    ratios = [row.ratio for row in rows]
    for factors in (*ranges.by_class, ranges.pooled):
        assert 0 < factors.low <= factors.high
        assert factors.low >= min(ratios) * (1 - 1e-9)
        assert factors.high <= max(ratios) * (1 + 1e-9)
    assert sum(one.count for one in ranges.by_class) == len(rows)


@settings(deadline=None, max_examples=60)
@given(pairs, st.sampled_from([0.125, 4.0]))
def test_another_unit_scales_the_ranges_alone(
    found: list[tuple[float, float]], factor: float
) -> None:
    rows = [outcome(p, a) for p, a in found]
    scaled = [outcome(p * factor, a * factor) for p, a in found]
    one = default_ranges(rows, draw_classes(rows))
    other = default_ranges(scaled, draw_classes(scaled))
    assert (one is None) == (other is None)
    if one and other:
        assert one.by_class == other.by_class
        for p, _ in found:
            assert one.span(p).low * factor == other.span(p * factor).low


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 12).map(float), min_size=1, max_size=60))
def test_quartiles_part_no_equals_and_are_about_quarters(
    predicted: list[float],
) -> None:
    classes = draw_classes([outcome(one, 1) for one in predicted])
    places = [classes.place(one) for one in sorted(predicted)]
    assert None not in places
    told = [place for place in places if place is not None]
    assert told == sorted(told)
    assert set(told) == set(range(len(classes.names)))
    assert len(set(classes.names)) == len(classes.names) <= 4
    assert all(low < high for low, high in pairwise(classes.edges))
    assert set(classes.edges) <= set(predicted)
    # A class holds more than its quarter only by the equals of its last member.
    for number, edge in enumerate(classes.edges):
        below = sum(one < edge for one in predicted)
        assert below <= math.ceil(0.75 * len(predicted))
        assert told.count(number) > 0


def test_quartiles_by_hand() -> None:
    classes = draw_classes([outcome(n, 1) for n in (1, 2, 3, 4, 5, 6, 7, 8)])
    assert classes.edges == (2, 4, 6)
    assert classes.names == ("up to 2", "over 2 to 4", "over 4 to 6", "over 6")
    assert [classes.place(n) for n in (0.5, 2, 2.1, 6, 99)] == [0, 0, 1, 2, 3]


def test_sizes_are_classes_where_all_have_one() -> None:
    rows = [outcome(8, 1, size="L"), outcome(1, 1, size="S"), outcome(3, 1, size="M")]
    assert draw_classes(rows).names == ("S", "M", "L")  # by what is predicted of them
    assert draw_classes(rows, "quartile").by == "quartile"
    assert draw_classes([*rows, outcome(1, 1)]).by == "quartile"
    some = draw_classes([*rows, outcome(1, 1)], "size")
    assert (some.names, some.place(1, "")) == (("S", "M", "L"), None)


def test_a_column_of_a_thousand_sizes_holds_something_else() -> None:
    rows = [outcome(n, 1, size=f"AB-{n}") for n in range(1, 50)]
    assert draw_classes(rows).by == "quartile"
