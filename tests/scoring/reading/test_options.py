"""Options that a table names and a field lacks are found in every table there is."""

from typing import Any

import pytest

from scoring.mapping import read_mapping
from scoring.reading.options import check_options

SIZES = {"read": "option", "field": "size", "table": {"S": 1.0, "Gone": 2.0}}
PLAIN = {"model": "direct", "value": {"read": "number", "field": "cod", "per": "week"}}
WEEKS = {"read": "number", "field": "weeks", "unit": "weeks"}
SCORE = {"read": "number", "field": "n"}
COST = {**SIZES, "per": "week"}


def found(known: dict[str, set[str]], **parts: Any) -> dict[str, tuple[str, ...]]:
    mapping = read_mapping({"cost_of_delay": PLAIN, "duration": WEEKS, **parts})
    return {one.pointer: one.candidates for one in check_options(mapping, known)}


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({"duration": {**SIZES, "unit": "weeks"}}, "/duration/table/Gone"),
        (
            {"cost_of_delay": {"model": "direct", "value": COST}},
            "/cost_of_delay/value/table/Gone",
        ),
        (
            {
                "cost_of_delay": {
                    "model": "sum",
                    "parts": [{"name": "a", "value": COST}],
                }
            },
            "/cost_of_delay/parts/0/value/table/Gone",
        ),
        (
            {
                "cost_of_delay": {
                    "model": "wsjf",
                    "user_business_value": SIZES,
                    "time_criticality": {"read": "option", "field": "size"},
                    "risk_opportunity": SCORE,
                }
            },
            "/cost_of_delay/user_business_value/table/Gone",
        ),
        (
            {
                "cost_of_delay": {
                    "model": "buckets",
                    "avoid": {
                        "value": {**SCORE, "per": "week"},
                        "probability": {**SIZES, "table": {"S": 0.5, "Gone": 0.1}},
                    },
                }
            },
            "/cost_of_delay/avoid/probability/table/Gone",
        ),
        (
            {
                "cost_of_delay": {
                    "model": "formula",
                    "expression": "x",
                    "inputs": {"x": COST},
                }
            },
            "/cost_of_delay/inputs/x/table/Gone",
        ),
        (
            {"profile": {"field": "size", "table": {"S": "short", "Gone": "long"}}},
            "/profile/table/Gone",
        ),
    ],
)
def test_each_table_is_held_against_its_field(
    parts: dict[str, Any], pointer: str
) -> None:
    assert found({"size": {"s", "M"}}, **parts) == {pointer: ("M", "s")}
    assert found({"size": set()}, **parts) == {}
    assert found({}, **parts) == {}


def test_a_table_of_value_and_urgency_has_options_of_two_fields() -> None:
    table = {"High": {"Soon": 9, "Then": 1}, "Low/er": {"Soon": 2}}
    model = {
        "model": "table",
        "value": "v",
        "urgency": "u",
        "table": table,
        "per": "week",
    }
    known = {"v": {"High", "Low"}, "u": {"Soon", "Later"}}
    assert found(known, cost_of_delay=model) == {
        "/cost_of_delay/table/Low~1er": ("Low", "High"),
        "/cost_of_delay/table/High/Then": ("Later", "Soon"),
    }
