"""The figures are those that a slow and plain reckoning of the same words gives."""

import math
from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scoring.backtest.calibration import Share, compare, spearman
from tests.scoring.backtest.outcomes import durations, outcome, pairs, ties


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def quantile(values: list[float], level: float) -> float:
    """Walk along the sorted values, straight from one to the next."""
    ordered = sorted(values)
    place = level * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def mean_rank(values: list[float], one: float) -> float:
    """Give the mean of the places that equal values share."""
    places = [float(at) for at, v in enumerate(sorted(values), 1) if v == one]
    return mean(places)


def rank_correlation(left: list[float], right: list[float]) -> float | None:
    """Pearson's coefficient of mean ranks, by its definition."""
    a = [mean_rank(left, one) for one in left]
    b = [mean_rank(right, one) for one in right]
    over = sum((x - mean(a)) * (y - mean(b)) for x, y in zip(a, b, strict=True))
    spread = math.sqrt(
        sum((x - mean(a)) ** 2 for x in a) * sum((y - mean(b)) ** 2 for y in b)
    )
    return over / spread if spread else None


@settings(deadline=None, max_examples=50)
@given(pairs)
def test_figures_against_a_plain_reckoning(found: list[tuple[float, float]]) -> None:
    said = compare([outcome(predicted, actual) for predicted, actual in found])
    assert said is not None
    ratios = [actual / predicted for predicted, actual in found]
    wanted = [quantile(ratios, level) for level in (0.1, 0.25, 0.5, 0.75, 0.9)]
    told = said.ratios
    assert [told.p10, told.p25, told.p50, told.p75, told.p90] == pytest.approx(wanted)
    assert said.near == Share(sum(0.75 <= one <= 1.25 for one in ratios), len(found))
    assert said.bias == pytest.approx(
        sum(a for _, a in found) / sum(p for p, _ in found)
    )
    correlation = rank_correlation([p for p, _ in found], [a for _, a in found])
    if correlation is None:
        assert said.rank_correlation is None
    else:
        assert said.rank_correlation == pytest.approx(correlation, abs=1e-9)


def test_spearman_on_a_published_example() -> None:
    # Ranks 1..10 with d² = 194: 1 − 6·194/(10·99) = −0.17575…
    left = [106.0, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    right = [7.0, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    found = spearman(np.array(left), np.array(right))
    assert found == pytest.approx(1 - 6 * 194 / 990)


def test_spearman_without_ties_is_the_formula_of_squared_differences() -> None:
    for order in permutations(range(1, 6)):
        differences = sum((a - b) ** 2 for a, b in zip(range(1, 6), order, strict=True))
        found = spearman(np.arange(1.0, 6), np.array(order, float))
        assert found == pytest.approx(1 - 6 * differences / (5 * 24))


@settings(deadline=None, max_examples=50)
@given(pairs, st.sampled_from([0.25, 2.0, 1024.0]))
def test_another_unit_changes_nothing(
    found: list[tuple[float, float]], factor: float
) -> None:
    weeks = compare([outcome(p, a) for p, a in found])
    other = compare([outcome(p * factor, a * factor) for p, a in found])
    assert weeks == other


@settings(deadline=None, max_examples=50)
@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    found: list[tuple[float, float]], chance: Random
) -> None:
    rows = [outcome(p, a) for p, a in found]
    shuffled = list(rows)
    chance.shuffle(shuffled)
    one, other = compare(rows), compare(shuffled)
    assert one is not None
    assert other is not None
    assert one.ratios == other.ratios
    assert one.bias == other.bias
    assert one.rank_correlation == pytest.approx(other.rank_correlation, abs=1e-12)


ranged = st.lists(
    st.tuples(durations | ties, durations | ties, durations | ties), max_size=30
)


@settings(deadline=None, max_examples=50)
@given(ranged)
def test_who_held_and_who_did_not_are_all_of_them(
    found: list[tuple[float, float, float]],
) -> None:
    rows = [outcome(1, actual, span=(min(a, b), max(a, b))) for a, actual, b in found]
    said = compare([*rows, outcome(1, 1)])  # the last one has no range
    assert said is not None
    held = sum(min(a, b) <= actual <= max(a, b) for a, actual, b in found)
    assert said.held == Share(held, len(found))
    assert said.held.hits + said.below.hits + said.above.hits == len(found)
    below = sum(actual < min(a, b) for a, actual, b in found)
    assert said.below == Share(below, len(found))


def test_our_ranges_held_64_percent() -> None:
    rows = [outcome(10, 10 + n, span=(8, 18)) for n in range(14)]
    said = compare(rows)
    assert said is not None
    assert said.held == Share(9, 14)
    assert said.held.value == pytest.approx(0.642857, abs=1e-6)
    assert (said.below.hits, said.above.hits) == (0, 5)


def test_nothing_compares_to_nothing() -> None:
    assert compare([]) is None
    assert Share(0, 0).value is None
    assert Share(0, 0).interval() == (0, 1)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)],
)
def test_intervals_of_shares_as_published(
    hits: int, of: int, low: float, high: float
) -> None:
    assert Share(hits, of).interval() == pytest.approx((low, high), abs=5e-5)


@settings(deadline=None, max_examples=50)
@given(durations, durations)
def test_a_single_outcome_is_its_own_quantiles(predicted: float, actual: float) -> None:
    one = outcome(predicted, actual)
    assume(one.ratio > 0)
    said = compare([one])
    assert said is not None
    assert said.ratios.p10 == said.ratios.p90 == one.ratio
    assert said.rank_correlation is None
