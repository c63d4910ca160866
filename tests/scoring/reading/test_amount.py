"""Amounts in text are read as people mean them, and refused where nobody can know."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.reading.amount import Amount, read_cost_text, read_duration_text
from scoring.reading.digits import read_digits


@pytest.mark.parametrize(
    ("text", "number", "unit", "currency"),
    [
        ("£12k/week", 12_000, "week", "GBP"),
        ("€ 1.5m per month", 1_500_000, "month", "EUR"),
        ("12 000 kr", 12_000, None, "SEK"),
        ("12\u202f000 kr.", 12_000, None, "NOK"),
        ("1,5 Mio €", 1_500_000, None, "EUR"),
        ("1.5 Mrd. EUR pro Jahr", 1_500_000_000, "year", "EUR"),
        ("12kEUR", 12_000, None, "EUR"),
        ("USD 12k pw", 12_000, "week", "USD"),
        ("US$ 5k", 5_000, None, "USD"),
        ("$5k", 5_000, None, "CAD"),
        ("$5k", 5_000, None, "USD"),
        ("12k p.a.", 12_000, "year", None),
        ("12k a week", 12_000, "week", None),
        ("5m/m", 5_000_000, "month", None),
        ("100 euros each day", 100, "day", "EUR"),
        ("3k quarterly", 3_000, "quarter", None),
        ("CHF 1'250.50", 1_250.5, None, "CHF"),
        ("1,234", 1_234, None, None),
        ("1.234", 1_234, None, None),
        ("1,234.5", 1_234.5, None, None),
        ("1.234,5", 1_234.5, None, None),
        ("1,234,567", 1_234_567, None, None),
        ("12.5", 12.5, None, None),
        ("0.125", 0.125, None, None),
        (",5", 0.5, None, None),
        ("-5k", -5_000, None, None),
        ("−5 €", -5, None, "EUR"),
        ("€-5", -5, None, "EUR"),
        ("0", 0, None, None),
        ("  12K  ", 12_000, None, None),
    ],
)
def test_a_cost_is_read(
    text: str, number: float, unit: str | None, currency: str | None
) -> None:
    read = read_cost_text(text)
    assert isinstance(read, Amount)
    assert (read.low, read.high, read.unit) == (number, number, unit)
    assert (currency is None) == (read.currencies is None)
    assert currency is None or currency in (read.currencies or ())


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("10-15k €/Woche", 10_000, 15_000, "week"),
        ("10k–15k", 10_000, 15_000, None),
        ("$10,000 - $15,000/mo", 10_000, 15_000, "month"),
        ("10 to 15", 10, 15, None),
        ("900-1.2k", 900, 1_200, None),
        ("900k - 1.2m", 900_000, 1_200_000, None),
        ("-5-5", -5, 5, None),
        ("1k/week - 2k/week", 1_000, 2_000, "week"),
    ],
)
def test_a_range_of_costs_is_read(
    text: str, low: float, high: float, unit: str | None
) -> None:
    read = read_cost_text(text)
    assert isinstance(read, Amount)
    assert (read.low, read.high, read.unit) == (low, high, unit)
    assert read.middle == (low + high) / 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tbd", "which is no amount"),
        ("n/a", "which is no amount"),
        ("?", "which is no amount"),
        ("~4", "which is no amount"),
        ("", "which is no amount"),
        ("-", "which is no amount"),
        ("12k+", "which is no amount"),
        ("12 apples", "which is no amount"),
        ("12k per fortnight", "which is no amount"),
        ("5%", "which is no amount"),
        ("1e5", "which is no amount"),
        ("NaN", "which is no amount"),
        ("infinity", "which is no amount"),
        ("½", "which is no amount"),
        ("12²", "which is no amount"),
        ("١٢", "which is no amount"),
        ("9" * 121, "which is no amount"),
        ("12 5", "which is no number that we can read"),
        ("1,23,456", "which is no number that we can read"),
        ("1.234.5", "which is no number that we can read"),
        ("1,234.567,8", "which is no number that we can read"),
        ("15k-10k", "which is a range that runs backwards"),
        ("EUR 5 USD", "which names two currencies"),
        ("5/week - 6/month", "which names two units"),
        ("1,234k", "which could be 1.234 or 1234"),
        ("1.234 Mio", "which could be 1.234 or 1234"),
    ],
)
def test_what_is_no_cost_says_why(text: str, why: str) -> None:
    assert read_cost_text(text) == why


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("2-3 weeks", 2, 3, "weeks"),
        ("2 weeks - 3 weeks", 2, 3, "weeks"),
        ("2 to 3 Wochen", 2, 3, "weeks"),
        ("3 mo", 3, 3, "months"),
        ("1,5 Monate", 1.5, 1.5, "months"),
        ("10d", 10, 10, "days"),
        ("2 sprints", 2, 2, "sprints"),
        ("5", 5, 5, None),
        ("-2 weeks", -2, -2, "weeks"),
    ],
)
def test_a_duration_is_read(
    text: str, low: float, high: float, unit: str | None
) -> None:
    assert read_duration_text(text) == Amount(low, high, unit)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("soon", "which is no length of time"),
        ("3m", "which is no length of time"),
        ("16h", "which is no length of time"),
        ("€3", "which is no length of time"),
        ("2k weeks", "which is no length of time"),
        ("1.125 weeks", "which could be 1.125 or 1125"),
        ("2 days - 3 weeks", "which names two units"),
        ("3-2 weeks", "which is a range that runs backwards"),
    ],
)
def test_what_is_no_duration_says_why(text: str, why: str) -> None:
    assert read_duration_text(text) == why


@given(
    cents=st.integers(0, 10**12),
    signs=st.sampled_from([",.", ".,", " .", " ,", "'.", "',"]),
)
def test_every_house_style_of_a_number_is_read_back(cents: int, signs: str) -> None:
    whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", signs[0], str(cents // 100))
    text = f"{whole}{signs[1]}{cents % 100:02d}"
    assert read_digits(text, thousands=True) == cents / 100
    assert read_digits(text, thousands=False) == cents / 100


@given(st.integers(1000, 10**12), st.sampled_from([",", ".", " ", "'"]))
def test_whole_amounts_in_groups_are_read_back(number: int, group: str) -> None:
    text = re.sub(r"(?<=\d)(?=(\d{3})+$)", group, str(number))
    assert read_digits(text, thousands=True) == number


@given(st.text(max_size=150))
def test_any_text_is_an_amount_or_a_reason(text: str) -> None:
    for read in (read_cost_text(text), read_duration_text(text)):
        assert isinstance(read, Amount) or read.startswith("which ")


# texts of the very signs that amounts are made of come closer to the edges
@given(st.text("0123456789.,' -/€$kmbnperwoch", max_size=30))
def test_any_near_amount_is_an_amount_or_a_reason(text: str) -> None:
    for read in (read_cost_text(text), read_duration_text(text)):
        if isinstance(read, Amount):
            assert read.low <= read.middle <= read.high
        else:
            assert read.startswith("which ")
