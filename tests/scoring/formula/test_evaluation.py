"""A formula's value is Python's own arithmetic, and its range holds every value."""

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scoring.formula.evaluation import evaluate, spread
from scoring.formula.expression import Expression, ExpressionError, read_expression
from scoring.item import Span

NAMES = ("a", "b", "c", "d")

# Between these, a dozen numbers cannot add up or multiply to anything without an end.
sizes = st.floats(1e-3, 1e6)
numbers = sizes | sizes.map(lambda size: -size) | st.just(0.0)
leaves = st.sampled_from(NAMES) | (sizes | st.just(0.0)).map(repr)
signs = st.sampled_from(["+", "-", "*", "/"])
texts = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, signs, inner).map(" ".join),
        st.tuples(inner, signs, inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda text: f"-{text}"),
        st.tuples(inner, inner).map(lambda two: f"min({two[0]}, {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"max({two[0]}, {two[1]})"),
    ),
    max_leaves=10,
)


def by_python(text: str, values: dict[str, float]) -> float | None:
    known = {"__builtins__": {}, "min": min, "max": max, **values}
    try:
        return float(eval(text, known))  # noqa: S307 the truth; the text is made here
    except ZeroDivisionError:
        return None


def read(text: str) -> Expression | None:
    """Read a formula; None where it divides by nothing, whatever its inputs."""
    try:
        return read_expression(text)
    except ExpressionError as error:
        assume("divides by 0" in error.reason)  # else too deep
        return None


@settings(max_examples=400)
@given(texts, st.fixed_dictionaries(dict.fromkeys(NAMES, numbers)))
def test_the_value_is_that_of_python_to_the_last_bit(
    text: str, values: dict[str, float]
) -> None:
    truth = by_python(text, values)
    expression = read(text)
    if expression is None:
        assert truth is None
        return
    found = evaluate(expression, values)
    if truth is None:
        assert isinstance(found, str)
        assert "divides by" in found
    else:
        assert found == truth


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a / b", "divides by b, which is 0"),
        ("a / (b * 2)", "divides by b * 2, which is 0"),
        ("a + e", "lacks e"),
        ("a * 1e300 * 1e300", "has no end at a * 1e300 * 1e300"),
        ("1 / (a * 1e300 * 1e300)", "has no end at a * 1e300 * 1e300"),
        ("a + inf", "has no end at inf"),
        ("min(nan, a)", "has no end at nan"),
    ],
)
def test_what_has_no_value_says_why(text: str, why: str) -> None:
    values = {"a": 2.0, "b": 0.0, "inf": float("inf"), "nan": float("nan")}
    assert evaluate(read_expression(text), values) == why


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("a + b", 2, 8),
        ("a - b", -7, -1),
        ("a * b", -10, 15),
        ("-a", -3, 2),
        ("a / b", -0.5, 0.75),
        ("max(a, 0)", 0, 3),
        ("min(a, b, 1)", -2, 1),
        ("a - a", -5, 5),  # an input that stands twice counts as two
        ("2 * 3", 6, 6),
    ],
)
def test_a_range_goes_from_the_least_to_the_most(
    text: str, low: float, high: float
) -> None:
    spans = {"a": Span(-2, 3), "b": Span(4, 5)}
    assert spread(read_expression(text), spans) == Span(low, high)


def test_a_range_that_might_divide_by_nothing_has_no_end() -> None:
    spans = {"a": Span(1, 2), "b": Span(-1, 1), "c": Span(1e10, 1e11)}
    assert spread(read_expression("a / b"), spans) is None
    assert spread(read_expression("c * 1e300"), spans) is None


once = st.permutations(NAMES).flatmap(
    lambda names: st.tuples(*([st.sampled_from(["+", "-", "*"])] * 3)).map(
        lambda found: (
            f"({names[0]} {found[0]} {names[1]}) {found[1]} "
            f"({names[2]} {found[2]} {names[3]})"
        )
    )
)
spans = st.tuples(numbers, numbers).map(lambda ends: Span(min(ends), max(ends)))


@given(once, st.fixed_dictionaries(dict.fromkeys(NAMES, spans)))
def test_where_each_input_stands_once_the_range_ends_at_corners(
    text: str, ranges: dict[str, Span]
) -> None:
    expression = read_expression(text)
    corners = product(*((span.low, span.high) for span in ranges.values()))
    found = [by_python(text, dict(zip(ranges, at, strict=True))) for at in corners]
    known = [value for value in found if value is not None]
    assert spread(expression, ranges) == Span(min(known), max(known))


@given(
    texts,
    st.fixed_dictionaries(dict.fromkeys(NAMES, spans)),
    st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(0, 1))),
)
def test_no_value_lies_outside_the_range(
    text: str, ranges: dict[str, Span], parts: dict[str, float]
) -> None:
    expression = read(text)
    if expression is None:
        return
    inside = {
        name: min(max(s.low + (s.high - s.low) * parts[name], s.low), s.high)
        for name, s in ranges.items()
    }
    found, span = evaluate(expression, inside), spread(expression, ranges)
    if span is None:
        assert "/" in text
    else:
        assert isinstance(found, float)
        assert span.low <= found <= span.high
