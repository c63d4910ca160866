"""An A/B test's interval is Newcombe's, holds 95 % of the time, and odd splits show."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.evidence import Arm
from scoring.experiment import compare_arms, split_chance

# Newcombe 1998, table II, method 10: (56/70, 48/80) and so on.
PUBLISHED = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


def arm(pair: tuple[int, int]) -> Arm:
    return Arm(people=pair[1], converted=pair[0])


@pytest.mark.parametrize(("one", "two", "low", "high"), PUBLISHED)
def test_the_interval_is_the_published_one(
    one: tuple[int, int], two: tuple[int, int], low: float, high: float
) -> None:
    found = compare_arms(arm(two), arm(one))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


def chance(of: int, people: int, share: float) -> float:
    return math.comb(people, of) * share**of * (1 - share) ** (people - of)


def held(share: float, other: float, people: int) -> float:
    """Add up the chance of all outcomes whose interval holds the true difference."""
    total = 0.0
    for a, b in product(range(people + 1), repeat=2):
        found = compare_arms(Arm(people, a), Arm(people, b))
        assert found is not None
        if found.low <= other - share <= found.high:
            total += chance(a, people, share) * chance(b, people, other)
    return total


@pytest.mark.parametrize(
    ("share", "other"), [(0.2, 0.2), (0.3, 0.5), (0.1, 0.25), (0.6, 0.9)]
)
def test_it_holds_the_truth_about_95_times_in_100(share: float, other: float) -> None:
    assert held(share, other, 30) == pytest.approx(0.95, abs=0.025)


ARMS = st.integers(1, 10**9).flatmap(
    lambda people: st.integers(0, people).map(lambda hits: Arm(people, hits))
)


@given(ARMS, ARMS)
def test_the_difference_lies_within_and_turns_with_the_sides(
    one: Arm, two: Arm
) -> None:
    there, back = compare_arms(one, two), compare_arms(two, one)
    assert there is not None
    assert back is not None
    assert -1 - 1e-9 <= there.low <= there.difference <= there.high <= 1 + 1e-9
    assert there.low == pytest.approx(-back.high, abs=1e-12)


@pytest.mark.parametrize(
    "odd",
    [Arm(0, 0), Arm(10, 11), Arm(10, -1), Arm(-5, -5), Arm(-5, 0), Arm(10**200, 5)],
)
def test_arms_that_cannot_be_have_no_difference(odd: Arm) -> None:
    assert compare_arms(odd, Arm(10, 5)) is None
    assert compare_arms(Arm(10, 5), odd) is None


def test_a_clear_difference_leaves_out_none() -> None:
    clear = compare_arms(Arm(2418, 2147), Arm(2391, 2222))
    unclear = compare_arms(Arm(20, 10), Arm(20, 11))
    assert clear is not None
    assert clear.clear
    assert unclear is not None
    assert not unclear.clear


def binomial_tails(people: int, variant: int) -> float:
    """Add up both tails of a fair split, as far out as this one or farther."""
    far = abs(variant - people / 2)
    hits = [
        math.comb(people, k) for k in range(people + 1) if abs(k - people / 2) >= far
    ]
    return float(sum(hits) / 2**people)


@pytest.mark.parametrize("variant", [500, 510, 530, 550])
def test_the_chance_of_a_split_is_nearly_the_exact_one(variant: int) -> None:
    found = split_chance(Arm(1000 - variant, 0), Arm(variant, 0))
    assert found == pytest.approx(binomial_tails(1000, variant), abs=0.03)


def test_a_split_is_held_against_what_was_meant() -> None:
    control, variant = Arm(900, 0), Arm(100, 0)
    assert split_chance(control, variant) < 1e-100
    assert split_chance(control, variant, share=0.1) == pytest.approx(1)
    assert split_chance(Arm(0, 0), Arm(0, 0)) == 1
