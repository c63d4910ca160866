"""A cost-of-delay model that cannot be right is refused where it is wrong."""

from typing import Any

import pytest

from scoring.mapping import MappingError, mapping_fields, read_mapping
from scoring.roles import (
    Buckets,
    Formula,
    NumberValue,
    OptionValue,
    Part,
    Wsjf,
)

DURATION = {"read": "number", "field": "d", "unit": "weeks"}
WEEKLY = {"read": "number", "field": "w", "per": "week"}
SCORE = {"read": "number", "field": "s"}
SCORES = ("user_business_value", "time_criticality", "risk_opportunity")
WSJF = {"model": "wsjf", **dict.fromkeys(SCORES, SCORE)}
FORMULA: dict[str, Any] = {
    "model": "formula",
    "expression": "revenue * share + fine / (4 * week)",
    "inputs": {
        "revenue": WEEKLY,
        "share": {"read": "number", "field": "p", "unit": "percent"},
        "fine": {"read": "text", "field": "f", "unit": "money"},
    },
}


def read(model: dict[str, Any], **parts: Any) -> Any:
    raw = {"cost_of_delay": model, "duration": DURATION, **parts}
    return read_mapping(raw)


def problems(model: dict[str, Any], **parts: Any) -> list[tuple[str, str]]:
    with pytest.raises(MappingError) as refused:
        read(model, **parts)
    start = "/cost_of_delay"
    return sorted(
        (p.pointer.removeprefix(start), p.code) for p in refused.value.problems
    )


def message(model: dict[str, Any]) -> str:
    with pytest.raises(MappingError) as refused:
        read(model)
    (problem,) = refused.value.problems
    return problem.message


def formula(text: str, **inputs: dict[str, Any]) -> dict[str, Any]:
    return {"model": "formula", "expression": text, "inputs": inputs}


def test_buckets_are_read_in_arnolds_order_as_far_as_they_are_given() -> None:
    model = {
        "model": "buckets",
        "avoid": {"value": WEEKLY, "probability": "p", "optional": True},
        "increase": {**WEEKLY, "optional": True},
    }
    weekly = NumberValue("w", "week")
    assert read(model).cost_of_delay == Buckets(
        (Part("increase", weekly, optional=True), Part("avoid", weekly, optional=True)),
        NumberValue("p", "share"),
    )


def test_a_probability_may_be_options_and_in_percent() -> None:
    likely = {"read": "option", "field": "p", "table": {"Likely": 70}}
    avoid = {"value": WEEKLY, "probability": likely, "percent": True}
    model = read({"model": "buckets", "avoid": avoid}).cost_of_delay
    assert model.probability == OptionValue("p", {"Likely": 70.0}, "percent")


@pytest.mark.parametrize(
    ("buckets", "problem"),
    [
        ({}, ("", "size")),
        ({"earn": WEEKLY}, ("/earn", "unknown")),
        ({"avoid": WEEKLY}, ("/avoid/value", "missing")),
        ({"avoid": {"value": WEEKLY}}, ("/avoid/probability", "missing")),
        (
            {"avoid": {"value": WEEKLY, "probability": 0.5}},
            ("/avoid/probability", "type"),
        ),
        (
            {
                "avoid": {
                    "value": WEEKLY,
                    "probability": {
                        "read": "option",
                        "field": "p",
                        "table": {"Likely": 70},
                    },
                }
            },
            ("/avoid/probability/table", "range"),
        ),
        ({"reduce": {"read": "time"}}, ("/reduce/read", "choice")),
        (
            {"reduce": {**WEEKLY, "probability": "p"}},
            ("/reduce/probability", "unknown"),
        ),
    ],
)
def test_wrong_buckets_are_refused(
    buckets: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert problem in problems({"model": "buckets", **buckets})


def test_wsjf_takes_three_scores_on_safes_scale() -> None:
    model = read({**WSJF, "time_criticality": {"read": "option", "field": "t"}})
    assert isinstance(model.cost_of_delay, Wsjf)
    value, criticality, risk = model.cost_of_delay.parts
    assert (value.name, criticality.name, risk.name) == SCORES
    assert value.value == NumberValue("s", "points")
    steps = (1, 2, 3, 5, 8, 13, 20, 40, 100)
    assert criticality.value == OptionValue("t", {str(n): n for n in steps}, "points")


@pytest.mark.parametrize(
    ("score", "problem"),
    [
        (None, ("/time_criticality", "missing")),
        ({**SCORE, "per": "week"}, ("/time_criticality/per", "unknown")),
        ({"read": "text", "field": "s"}, ("/time_criticality/read", "choice")),
        (
            {"read": "option", "field": "s", "table": {"Huge": 50000}},
            ("/time_criticality/table", "range"),
        ),
    ],
)
def test_what_is_no_score_is_refused(score: object, problem: tuple[str, str]) -> None:
    assert problem in problems({**WSJF, "time_criticality": score})


def test_a_formula_is_read_with_the_units_of_its_inputs() -> None:
    model = read(FORMULA).cost_of_delay
    assert isinstance(model, Formula)
    assert model.expression.text == "revenue * share + fine / (4 * week)"
    assert [part.name for part in model.inputs] == ["revenue", "share", "fine"]
    assert model.per == "week"


MONEY = {"read": "number", "field": "m", "unit": "money"}
TIME = {"read": "number", "field": "t", "unit": "days"}
SHARE = {"read": "number", "field": "p", "unit": "share"}


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            formula("rate + lump", rate=WEEKLY, lump=MONEY),
            'column 6: "+" is between a cost per time (rate) and a cost (lump)',
        ),
        (
            formula("rate * p", rate=WEEKLY, p=TIME, unused=SHARE),
            '"unused" is not used in the expression: leave it out',
        ),
        (
            formula("p * 2", p=SHARE),
            "gives a plain number, but a cost of delay is a cost per time",
        ),
        (
            formula("rate / t", rate=WEEKLY, t=TIME),
            "gives a cost per time^2, but a cost of delay is a cost per time",
        ),
        (
            formula("rate + week", rate=WEEKLY),
            'column 6: "+" is between a cost per time (rate) and a time (week)',
        ),
        (
            formula("rate * chance", rate=WEEKLY),
            (
                'column 8: "chance" is no input; '
                "known: rate, week, day, month, quarter, year"
            ),
        ),
        (
            formula("rate ** 2", rate=WEEKLY),
            (
                "column 6: has a sign that is not allowed: only numbers, inputs, "
                "+ - * /, min(…), max(…) and brackets may stand here"
            ),
        ),
    ],
)
def test_a_formula_that_does_not_add_up_is_refused(
    model: dict[str, Any], told: str
) -> None:
    assert message(model) == told


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ({"model": "formula", "inputs": {"a": WEEKLY}}, ("/expression", "missing")),
        ({"model": "formula", "expression": "a"}, ("/inputs", "missing")),
        (formula("2"), ("/inputs", "size")),
        (formula("a" * 501, a=WEEKLY), ("/expression", "too_long")),
        (formula("week", week=WEEKLY), ("/inputs/week", "name")),
        (formula("a", **{"a-b": WEEKLY}), ("/inputs/a-b", "name")),
        (
            formula("a", a={"read": "number", "field": "f"}),
            ("/inputs/a/unit", "missing"),
        ),
        (formula("a", a={**WEEKLY, "unit": "money"}), ("/inputs/a/unit", "unknown")),
        (formula("a", a={"read": "text", "field": "f"}), ("/inputs/a/unit", "choice")),
        (
            formula("a", a={"read": "text", "field": "f", "unit": "share"}),
            ("/inputs/a/unit", "choice"),
        ),
        (
            formula("a", a={**SHARE, "read": "option", "table": {"High": 2}}),
            ("/inputs/a/table", "range"),
        ),
        ({**formula("a", a=WEEKLY), "per": "sprint"}, ("/per", "choice")),
        (
            formula("+".join(f"a{n}" for n in range(21)))
            | {"inputs": {f"a{n}": WEEKLY for n in range(21)}},
            ("/inputs", "size"),
        ),
    ],
)
def test_a_wrong_formula_is_refused_where_it_is_wrong(
    model: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert problem in problems(model)


def test_an_input_that_cannot_be_read_is_told_once() -> None:
    wrong = formula("a + b", a={"read": "number", "field": "f"}, b=WEEKLY)
    assert problems(wrong) == [("/inputs/a/unit", "missing")]


def test_a_scaled_time_in_a_formula_needs_its_conversion_in_words() -> None:
    scaled = formula("m / t", m=MONEY, t={**TIME, "scale": 0.5})
    assert problems(scaled) == [("/duration_note", "missing")]
    read(scaled, duration_note="1 point = 0.5 days")


def test_each_field_is_listed_with_its_role_and_the_types_that_fit() -> None:
    avoid = {"value": WEEKLY, "probability": "p"}
    uses = mapping_fields(read({"model": "buckets", "avoid": avoid}))
    found = {use.pointer: (use.field, use.role, use.types) for use in uses}
    assert found == {
        "/cost_of_delay/avoid/value/field": ("w", "avoid costs", ("number",)),
        "/cost_of_delay/avoid/probability": ("p", "probability", ("number",)),
        "/duration/field": ("d", "duration", ("number",)),
    }
    roles = {use.role: use.pointer for use in mapping_fields(read(FORMULA))}
    assert roles["fine"] == "/cost_of_delay/inputs/fine/field"
