"""Low, likely and high are the 10, 50 and 90 % quantiles, and means are integrals."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Item, Source, Span
from scoring.money import cd3
from scoring.uncertainty.expectation import at_means, expected, means
from scoring.uncertainty.ranges import cost_spreads, duration_spreads
from scoring.uncertainty.spreads import Spreads

TENTHS = np.array([[NormalDist().inv_cdf(q) for q in (0.1, 0.5, 0.9)]])

COSTS = st.tuples(*[st.floats(-1e6, 1e6)] * 3).map(sorted)
WEEKS = st.tuples(st.floats(0.1, 50), st.floats(1, 9), st.floats(1, 9))


def costs(low: float, likely: float, high: float) -> Spreads:
    return cost_spreads([Item("A", likely, 1, cost_of_delay_span=Span(low, high))])


def weeks(low: float, likely: float, high: float) -> Spreads:
    return duration_spreads([Item("A", 1, likely, duration_span=Span(low, high))])


def integral(spreads: Spreads) -> float:
    """Average over a million slices of equal chance."""
    grid = np.linspace(-8.5, 8.5, 400_001)
    chance = np.exp(-grid * grid / 2)
    values = spreads.at(grid[None, :])[0]
    return float(values @ chance / chance.sum())


@given(COSTS)
def test_a_cost_range_holds_eight_in_ten(numbers: list[float]) -> None:
    low, likely, high = numbers
    found = costs(low, likely, high).at(TENTHS)[0]
    assert found == pytest.approx([low, likely, high], rel=1e-9, abs=1e-6)


@given(WEEKS)
def test_a_duration_range_holds_eight_in_ten(
    numbers: tuple[float, float, float],
) -> None:
    likely, shorter, longer = numbers
    low, high = likely / shorter, likely * longer
    found = weeks(low, likely, high).at(TENTHS)[0]
    assert found == pytest.approx([low, likely, high], rel=1e-9)


@pytest.mark.parametrize(
    "spreads",
    [
        costs(2, 10, 40),
        costs(0, 10, 40),
        costs(-5, -1, 0),
        costs(-30, 1, 5),
        costs(7, 7, 9),
        weeks(2, 5, 8),
        weeks(1, 5, 60),
        weeks(0, 1, 500),
        weeks(0, 0, 3),
        weeks(3, 3, 4),
    ],
)
def test_a_mean_is_the_integral(spreads: Spreads) -> None:
    assert spreads.means[0] == pytest.approx(integral(spreads), rel=1e-4, abs=1e-4)


@given(COSTS, st.floats(-2.9, 2.9))
def test_chance_and_quantile_are_inverse(numbers: list[float], score: float) -> None:
    low, likely, high = numbers
    if min(likely - low, high - likely) < 1e-3 or low * high >= 0:
        return
    spreads = costs(low, likely, high)
    value = spreads.at(np.array([[score]]))[:, 0]
    chance = NormalDist().cdf(score)
    assert spreads.below(value)[0] == pytest.approx(chance, abs=1e-6)


def test_single_and_double_precision_say_the_same() -> None:
    items = [
        Item("A", 5, 2, cost_of_delay_span=Span(1, 30), duration_span=Span(1, 9)),
        Item("B", 0, 0, cost_of_delay_span=Span(-2, 1), duration_span=Span(0, 1)),
    ]
    scores = np.linspace(-4, 4, 33)
    for spreads in (cost_spreads(items), duration_spreads(items)):
        single = spreads.drawn(np.tile(scores[:, None], 2).astype(np.float32))
        double = spreads.at(scores[None, :])
        np.testing.assert_allclose(single.T, double, rtol=1e-5)


def test_a_range_on_one_side_of_nothing_stays_there() -> None:
    far = np.array([[-9.0, 9.0]])
    assert costs(0, 10, 90).at(far)[0, 0] == 0
    assert costs(-90, -10, 0).at(far)[0, 1] == 0
    assert costs(-1, 10, 90).at(far)[0, 0] < 0
    assert (weeks(0, 10, 90).at(far) > 0).all()


@pytest.mark.parametrize(
    "span", [None, Span(4, 4), Span(math.nan, 9), Span(1, math.inf), Span(1, 1e300)]
)
def test_without_a_usable_range_a_number_is_certain(span: Span | None) -> None:
    item = Item("A", 4, 4, cost_of_delay_span=span, duration_span=span)
    assert means(item) == (4, 4)
    assert cost_spreads([item]).certain.all()
    assert duration_spreads([item]).below(np.array([4.0]))[0] == 1


def test_a_range_that_leaves_out_its_likely_value_reaches_to_it() -> None:
    found = costs(2, 1, 5).at(TENTHS)[0]
    assert found.tolist() == pytest.approx([1, 1, 5])
    assert weeks(8, 5, 2).at(TENTHS)[0].tolist() == pytest.approx([2, 5, 8])


def test_a_long_tail_lengthens_the_mean() -> None:
    assert weeks(1, 2, 12).means[0] > 3
    assert costs(1, 2, 12).means[0] > 3
    assert costs(-1, 2, 5).means[0] == pytest.approx(2)


def test_an_item_at_its_means_says_where_they_come_from() -> None:
    item = Item(
        "A",
        10,
        2,
        duration_span=Span(1, 12),
        sources=(Source("duration", "f", "2w", 2, "weeks"),),
    )
    certain = Item("B", 1, 1)
    [found, same] = at_means([item, certain])
    assert same is certain
    assert (found.cost_of_delay, found.duration) == means(item)
    assert (found.cost_of_delay_span, found.duration_span) == (None, None)
    assert cd3(found.cost_of_delay, found.duration) < cd3(10, 2)
    [read, told] = found.sources
    assert read == item.sources[0]
    assert (told.role, told.value, told.unit) == ("duration", found.duration, "weeks")
    assert told.formula == "mean of the 80 % range 1 to 12 around 2"


def test_what_is_expected_keeps_its_range_and_is_expected_once() -> None:
    item = Item("A", 10, 2, duration_span=Span(1, 12))
    certain = Item("B", 1, 1)
    [found, same] = expected([item, certain])
    assert same is certain
    assert (found.cost_of_delay, found.duration) == means(item)
    assert (found.likely_cost_of_delay, found.likely_duration) == (10, 2)
    assert found.duration_span == item.duration_span
    assert means(found) == means(item)
    assert expected([found, certain]) == [found, same]
