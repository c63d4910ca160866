"""Numbers on pages follow one documented format, whatever their size and sign."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.pages.figures import Amounts, figure, percent, signed


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-0.0, "0"),
        (12_946_210.4, "12,946,210"),
        (-150, "−150"),
        (100, "100"),
        (99.999, "100"),
        (7.254, "7.25"),
        (7.5, "7.5"),
        (8.0, "8"),
        (0.0366, "0.037"),
        (-0.2, "−0.2"),
        (0.000012, "1.2×10⁻⁵"),
        (1.26e15, "1.3×10¹⁵"),
        (-4e300, "−4.0×10³⁰⁰"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "–"),
    ],
)
def test_numbers(value: float, written: str) -> None:
    assert figure(value) == written


def test_money_and_points() -> None:
    assert Amounts("EUR").total(-1234.4) == "−€1,234"
    assert Amounts("CHF").rate(50) == "CHF 50 a week"
    assert Amounts("").total(12) == "12 point-weeks"
    assert Amounts("").total(1) == "1 point-week"
    assert Amounts("").rate(1) == "1 point a week"
    assert Amounts("EUR").bare(math.nan) == "–"
    assert percent(0.0042) == "0.42 %"
    assert (signed(2), signed(-2), signed(0)) == ("+2", "−2", "0")


@given(st.floats())
@settings(deadline=None)
def test_every_number_is_short_and_of_the_format(value: float) -> None:
    assert re.fullmatch(
        r"−?(∞|[0-9]{1,3}(,[0-9]{3})*|[0-9]+\.[0-9]+|[0-9]\.[0-9]×10[⁻⁰¹²³⁴-⁹]+)|–",
        figure(value),
    )
    assert len(figure(value)) <= 24


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)
)
def test_what_is_written_is_near_the_number(value: float) -> None:
    written = figure(value).replace("−", "-").replace(",", "")
    if "×" not in written:
        assert float(written) == pytest.approx(value, rel=0.051, abs=1e-9)


@given(st.floats())
@settings(deadline=None)
def test_points_are_no_money(value: float) -> None:
    for written in (Amounts("").total(value), Amounts("").rate(value)):
        assert not re.search("[€£$]|[A-Z]{3}", written)
