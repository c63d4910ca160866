"""A formula's sides must count in the same, and the refusal says which differ where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.formula.dimension import (
    COST,
    COST_PER_TIME,
    PLAIN,
    TIME,
    Dimension,
    find_dimension,
)
from scoring.formula.expression import ExpressionError, read_expression

NAMES = {
    "revenue": COST_PER_TIME,
    "saving": COST_PER_TIME,
    "fine": COST,
    "share": PLAIN,
    "week": TIME,
}


def dimension(text: str) -> Dimension:
    return find_dimension(read_expression(text), NAMES)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("revenue", COST_PER_TIME),
        ("revenue * share + saving / 4", COST_PER_TIME),
        ("-(revenue - saving)", COST_PER_TIME),
        ("fine / (4 * week)", COST_PER_TIME),
        ("fine / week + revenue", COST_PER_TIME),
        ("revenue * week", COST),
        ("min(fine, revenue * 4 * week)", COST),
        ("revenue / saving", PLAIN),
        ("1 + share * 2", PLAIN),
        ("revenue * revenue", Dimension(2, -2)),
        ("1 / week", Dimension(0, -1)),
        ("max(0, revenue)", COST_PER_TIME),
        ("max(revenue - saving, 0)", COST_PER_TIME),
        ("0 + fine - 0", COST),
        ("max(0, 3 - 3) + fine", COST),
        ("0 * revenue", COST_PER_TIME),
        ("5", PLAIN),
        ("0", PLAIN),
    ],
)
def test_what_a_formula_counts_in(text: str, found: Dimension) -> None:
    assert dimension(text) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "revenue * share + fine / 4",
            (
                'column 17: "+" is between a cost per time (revenue * share)'
                " and a cost (fine / 4)"
            ),
        ),
        (
            "revenue - 100",
            (
                'column 9: "-" is between a cost per time (revenue)'
                " and a plain number (100)"
            ),
        ),
        (
            "2 * max(share, week, 1)",
            'column 5: "max" is between a plain number (share) and a time (week)',
        ),
        (
            "(revenue) + (fine * fine)",
            (
                'column 11: "+" is between a cost per time (revenue)'
                " and a cost^2 (fine * fine)"
            ),
        ),
        (
            "share + 1 / week / week",
            (
                'column 7: "+" is between a plain number (share)'
                " and a number per time^2 (1 / week / week)"
            ),
        ),
        (
            "revenue + revnue",
            (
                'column 11: "revnue" is no input; '
                "known: revenue, saving, fine, share, week"
            ),
        ),
    ],
)
def test_sides_that_differ_are_told_with_their_column(text: str, told: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        dimension(text)
    assert str(refused.value) == told


dimensions = st.builds(Dimension, st.integers(-2, 2), st.integers(-2, 2))


@given(dimensions, dimensions)
def test_products_add_powers_and_quotients_take_them_away(
    one: Dimension, other: Dimension
) -> None:
    names = {"a": one, "b": other}
    times = find_dimension(read_expression("a * b"), names)
    assert times == Dimension(one.cost + other.cost, one.time + other.time)
    assert find_dimension(read_expression("a * b / b"), names) == one


@given(dimensions, dimensions, st.sampled_from(["a + b", "a - b", "min(a, b)"]))
def test_a_sum_stands_exactly_between_equals(
    one: Dimension, other: Dimension, text: str
) -> None:
    names = {"a": one, "b": other}
    if one == other:
        assert find_dimension(read_expression(text), names) == one
    else:
        with pytest.raises(ExpressionError, match="is between"):
            find_dimension(read_expression(text), names)
