"""Buckets, scores and formulas give costs that explain themselves, or tell a gap."""

from typing import Any

import pytest

from scoring.item import Gap, Issue, Item, Mode, Source, Span
from scoring.mapping import read_mapping
from scoring.reading.item import read_item

MONTH = 365.25 / 12 / 7  # weeks
DURATION = {"read": "number", "field": "time", "unit": "weeks"}


def read(
    model: dict[str, Any], mode: Mode = Mode.MONEY, **fields: object
) -> Item | Gap:
    mapping = read_mapping({"cost_of_delay": model, "duration": DURATION})
    issue = Issue(id="1", key="AB-1", fields={"time": 2, **fields})
    return read_item(issue, mapping, mode=mode, currency="EUR", place=0)


def item(model: dict[str, Any], mode: Mode = Mode.MONEY, **fields: object) -> Item:
    found = read(model, mode, **fields)
    assert isinstance(found, Item), found
    return found


def reason(model: dict[str, Any], mode: Mode = Mode.MONEY, **fields: object) -> str:
    found = read(model, mode, **fields)
    assert isinstance(found, Gap), found
    return found.reason


def number(field: str, per: str = "week") -> dict[str, Any]:
    return {"read": "number", "field": field, "per": per}


def text(field: str, per: str = "week") -> dict[str, Any]:
    return {"read": "text", "field": field, "per": per}


BUCKETS: dict[str, Any] = {
    "model": "buckets",
    "increase": text("i"),
    "protect": {**number("p", "month"), "optional": True},
    "reduce": number("r"),
    "avoid": {"value": text("a"), "probability": "chance"},
}


def test_the_four_buckets_are_added_and_each_is_explained() -> None:
    found = item(BUCKETS, i="2k", p=500 * MONTH, r=300, a="8k", chance=0.25)
    assert found.cost_of_delay == pytest.approx(2000 + 500 + 300 + 8000 * 0.25)
    per_week = "EUR per week"
    increase, protect, _, avoid, chance, whole = found.sources[:6]
    assert increase == Source(
        "increase revenue", "i", "2k", 2000, per_week, "2,000 per week"
    )
    assert (protect.role, protect.field) == ("protect revenue", "p")
    assert avoid == Source("avoid costs", "a", "8k", 8000, per_week, "8,000 per week")
    assert chance == Source("probability", "chance", "0.25", 0.25, "", "0.25")
    assert (whole.role, whole.value) == ("cost_of_delay", found.cost_of_delay)
    assert whole.formula == (
        "increase revenue 2,000 + protect revenue 500 + reduce costs 300"
        " + avoid costs 8,000 × 0.25"
    )


def test_ranges_of_buckets_are_added_and_weighed() -> None:
    found = item(BUCKETS, i="1-2k", r=300, a="4-8k", chance=0.5)
    assert found.cost_of_delay == 1500 + 300 + 3000
    assert found.cost_of_delay_span == Span(1000 + 300 + 2000, 2000 + 300 + 4000)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"i": None}, 'part "increase revenue" is empty'),
        ({"p": "x"}, 'part "protect revenue" holds the text "x", not a number'),
        ({"r": None}, 'part "reduce costs" is empty'),
        ({"a": ""}, 'part "avoid costs" is empty'),
        ({"chance": None}, 'part "avoid costs": its probability is empty'),
        (
            {"chance": 1.5},
            'part "avoid costs": its probability says "1.5", but must be between 0',
        ),
        (
            {"chance": -0.1},
            'part "avoid costs": its probability says "-0.1", but must be between 0',
        ),
        (
            {"chance": "high"},
            'part "avoid costs": its probability holds the text "high", not a number',
        ),
    ],
)
def test_what_a_bucket_does_not_say_is_a_gap(fields: dict[str, Any], why: str) -> None:
    whole = {"i": "2k", "p": 1, "r": 300, "a": "8k", "chance": 0.25}
    assert reason(BUCKETS, **{**whole, **fields}).startswith(f"cost of delay {why}")


def test_an_optional_bucket_may_be_empty_but_not_half_filled() -> None:
    avoid = {**BUCKETS["avoid"], "optional": True}
    model = {"model": "buckets", "reduce": number("r"), "avoid": avoid}
    found = item(model, r=300, chance=0.5)
    assert found.cost_of_delay == 300
    assert found.sources[1].formula == "optional and empty: not counted"
    half = 'cost of delay part "avoid costs": its probability is empty'
    assert reason(model, r=300, a="8k") == half
    none = {"model": "buckets", "avoid": avoid}
    assert reason(none, chance=0.5) == "cost of delay has no part that is filled in"


@pytest.mark.parametrize(("percent", "share"), [(0, 0.0), (70, 0.7), (100, 1.0)])
def test_a_probability_in_percent(percent: float, share: float) -> None:
    avoid = {"value": number("a"), "probability": "chance", "percent": True}
    model = {"model": "buckets", "avoid": avoid}
    found = item(model, a=1000, chance=percent)
    assert found.cost_of_delay == pytest.approx(1000 * share)
    assert found.sources[1].formula == f"{percent} % ÷ 100"
    assert reason(model, a=1000, chance=100.5).endswith("between 0 and 100")


def test_a_probability_by_options() -> None:
    likely = {"read": "option", "field": "chance", "table": {"Likely": 0.7}}
    avoid = {"value": number("a"), "probability": likely}
    model = {"model": "buckets", "avoid": avoid}
    found = item(model, a=1000, chance={"value": "likely"})
    assert found.cost_of_delay == pytest.approx(700)
    assert reason(model, a=1000, chance={"value": "Maybe"}).endswith(
        'probability says "Maybe", which the mapping\'s table lacks'
    )


WSJF: dict[str, Any] = {
    "model": "wsjf",
    "user_business_value": {"read": "number", "field": "v"},
    "time_criticality": {"read": "option", "field": "t"},
    "risk_opportunity": {"read": "option", "field": "r", "table": {"High": 5}},
}


def test_safes_one_three_and_five_are_nine_points_without_a_unit() -> None:
    """Golden case G10: Yip's example of what a WSJF score cannot say."""
    scores: dict[str, Any] = {"v": 1, "t": {"value": "3"}, "r": {"value": "High"}}
    found = item(WSJF, Mode.RELATIVE, **scores)
    assert found.cost_of_delay == 9
    assert found.duration == 2
    told = [(source.role, source.value, source.unit) for source in found.sources]
    assert told == [
        ("user-business value", 1, "points"),
        ("time criticality", 3, "points"),
        ("risk reduction and opportunity enablement", 5, "points"),
        ("cost_of_delay", 9, "points"),
        ("duration", 2, "weeks"),
    ]
    assert not any("EUR" in source.formula for source in found.sources)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"v": None}, 'part "user-business value" is empty'),
        ({"v": 50000}, 'says "50,000", but must be between 0 and 100'),
        ({"v": -1}, 'says "-1", but must be between 0 and 100'),
        ({"v": "€ 5"}, 'holds the text "€ 5", not a number'),
        ({"t": {"value": "4"}}, 'says "4", which the mapping\'s table lacks'),
        ({"r": None}, 'part "risk reduction and opportunity enablement" is empty'),
    ],
)
def test_a_score_that_is_missing_or_no_score_is_a_gap(
    fields: dict[str, Any], why: str
) -> None:
    whole = {"v": 1, "t": {"value": "3"}, "r": {"value": "High"}}
    found = reason(WSJF, Mode.RELATIVE, **{**whole, **fields})
    assert found.startswith("cost of delay part ")
    assert found.endswith(why)


FORMULA: dict[str, Any] = {
    "model": "formula",
    "expression": "revenue * chance + fine / (4 * week)",
    "inputs": {
        "revenue": text("r", "month"),
        "chance": {"read": "number", "field": "p", "unit": "percent"},
        "fine": {"read": "text", "field": "f", "unit": "money"},
    },
}


def test_a_formula_is_worked_out_per_week_and_explained() -> None:
    found = item(FORMULA, r=f"{1000 * MONTH:.6f}", p=50, f="€2k")
    assert found.cost_of_delay == pytest.approx(1000 * 0.5 + 2000 / 4)
    revenue, chance, fine, whole = found.sources[:4]
    assert (revenue.role, revenue.unit) == ("revenue", "EUR per week")
    assert (chance.value, chance.unit) == (0.5, "")
    assert (fine.value, fine.unit, fine.formula) == (2000, "EUR", "2,000 in all")
    assert (whole.role, whole.text) == ("cost_of_delay", FORMULA["expression"])
    assert whole.unit == "EUR per week"
    assert whole.formula == (
        "revenue 1,000 * chance 0.5 + fine 2,000 / (4 * week) per week"
    )


def test_the_ranges_of_inputs_go_through_a_formula() -> None:
    found = item(FORMULA, r="1-2k/week", p=50, f="1k-3k")
    assert found.cost_of_delay == 1500 * 0.5 + 2000 / 4
    assert found.cost_of_delay_span == Span(500 + 250, 1000 + 750)


def test_a_range_without_an_end_is_left_out_aloud() -> None:
    rate = {
        "model": "formula",
        "expression": "m / (t - s)",
        "inputs": {
            "m": {"read": "number", "field": "m", "unit": "money"},
            "t": {"read": "text", "field": "t", "unit": "weeks"},
            "s": {"read": "number", "field": "s", "unit": "days"},
        },
    }
    found = item(rate, m=600, t="2-6", s=15)
    assert found.cost_of_delay == 600 / (4 - 3)
    assert found.cost_of_delay_span is None
    assert found.sources[3].formula.endswith("; its range has no end, and is left out")
    narrow = item(rate, m=600, t="5-7", s=15)
    assert narrow.cost_of_delay_span == Span(150, 300)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"r": None}, 'input "revenue" is empty'),
        ({"p": 101}, 'input "chance" says "101", but must be between 0 and 100'),
        ({"f": "£5"}, 'input "fine" says "£5", which is in GBP, but this backlog'),
        ({"f": "5k/week"}, 'input "fine" says "5k/week", which is per week, but must'),
    ],
)
def test_an_input_that_is_missing_or_wrong_is_a_gap(
    fields: dict[str, Any], why: str
) -> None:
    whole = {"r": "10k", "p": 50, "f": "2k"}
    found = read(FORMULA, **{**whole, **fields})
    assert isinstance(found, Gap)
    assert found.reason.startswith(f"cost of delay {why}")
    assert found.field in fields


def ratio(expression: str) -> dict[str, Any]:
    inputs = {"a": number("a"), "b": number("b")}
    return {"model": "formula", "expression": expression, "inputs": inputs}


def test_what_a_formula_cannot_divide_is_a_gap_and_never_nothing() -> None:
    assert item(ratio("a * a / b"), a=6, b=2).cost_of_delay == 18
    assert reason(ratio("a * a / b"), a=6, b=0) == (
        "cost of delay: the formula divides by b, which is 0"
    )
    assert reason(ratio("a * a / (b - b)"), a=0, b=5) == (
        "cost of delay: the formula divides by b - b, which is 0"
    )


def test_what_a_formula_makes_too_large_is_a_gap() -> None:
    endless = reason(ratio("a * (1e300 * a / b) * 1e300 / 1e300"), a=1e9, b=1)
    assert "has no end at" in endless
    large = reason(ratio("a * 1e10 + b"), a=1e9, b=1)
    assert large == "cost of delay is too large to be meant"


def test_times_in_a_formula_are_weeks_of_the_mappings_sprints() -> None:
    model = {
        "model": "formula",
        "expression": "m / t",
        "inputs": {
            "m": {"read": "number", "field": "m", "unit": "money"},
            "t": {"read": "number", "field": "t", "unit": "sprints"},
        },
    }
    raw = {"cost_of_delay": model, "duration": DURATION, "sprint_weeks": 3}
    issue = Issue(id="1", key="AB-1", fields={"time": 2, "m": 900, "t": 1})
    found = read_item(
        issue, read_mapping(raw), mode=Mode.MONEY, currency="EUR", place=0
    )
    assert isinstance(found, Item)
    assert found.cost_of_delay == 300


POINTS: dict[str, Any] = {
    "model": "formula",
    "expression": "value * 2 + urgency",
    "inputs": {
        "value": {"read": "number", "field": "v", "unit": "points"},
        "urgency": {"read": "number", "field": "u", "unit": "points"},
    },
}


def test_a_formula_of_points_counts_per_the_time_it_names() -> None:
    assert item(POINTS, Mode.RELATIVE, v=5, u=3).cost_of_delay == 13
    monthly = item({**POINTS, "per": "month"}, Mode.RELATIVE, v=5, u=3)
    assert monthly.cost_of_delay == pytest.approx(13 / MONTH)


MODELS: list[dict[str, Any]] = [
    {"model": "direct", "value": text("a")},
    {"model": "sum", "parts": [{"name": "A", "value": text("a")}]},
    {"model": "buckets", "increase": text("a")},
    {"model": "formula", "expression": "a", "inputs": {"a": text("a")}},
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model["model"]))
def test_an_amount_of_money_is_a_gap_where_points_count(
    model: dict[str, Any],
) -> None:
    for amount in ("€5k", "5k EUR", "$5"):
        told = reason(model, Mode.RELATIVE, a=amount)
        assert "names a currency, but this backlog is ranked by points" in told
    assert item(model, Mode.RELATIVE, a="5").cost_of_delay == 5
    assert item(model, Mode.MONEY, a="€5").cost_of_delay == 5


def test_an_amount_of_money_is_no_option_of_a_table() -> None:
    cells = {"Killer": {"ASAP": 8}}
    model = {"model": "table", "value": "v", "urgency": "u", "table": cells}
    told = reason({**model, "per": "week"}, Mode.RELATIVE, v="€5k", u="ASAP")
    assert told.endswith('value says "€5k", which the mapping\'s table lacks')


def test_points_are_a_gap_where_money_counts() -> None:
    scores: dict[str, Any] = {"v": 1, "t": {"value": "3"}, "r": {"value": "High"}}
    assert reason(WSJF, **scores).startswith(
        "cost of delay: wsjf adds points, but this backlog counts in money; "
    )
    assert reason(POINTS, v=5, u=3) == (
        'cost of delay: the formula\'s input "value" counts in points, but this '
        "backlog counts in money"
    )


def test_money_in_a_formula_is_a_gap_where_points_count() -> None:
    assert reason(FORMULA, Mode.RELATIVE, r="10k", p=50, f="2k") == (
        'cost of delay: the formula\'s input "fine" counts in money, but this backlog '
        "is ranked by points"
    )
