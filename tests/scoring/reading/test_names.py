"""Names that mean one field alone become its id; everything else stays as it is."""

import copy
from typing import Any

from scoring.reading.fields import JiraField, LinkType
from scoring.reading.names import resolve_names

FIELDS = (
    JiraField("customfield_10075", "Business Value", "number"),
    JiraField("customfield_10080", "Severity", "option"),
    JiraField("customfield_10081", "severity", "option"),
    JiraField("duedate", "Due date", "date"),
)
TYPES = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Depends", "is needed by", "depends on"),
)


def raw(field: str) -> dict[str, Any]:
    return {
        "cost_of_delay": {"model": "direct", "value": {"read": "text", "field": field}}
    }


def resolved(field: str) -> str:
    found: Any = resolve_names(raw(field), FIELDS)
    return str(found["cost_of_delay"]["value"]["field"])


def test_a_name_becomes_the_id_whatever_its_case_and_space() -> None:
    for name in ("Business Value", " business  value", "BUSINESS VALUE"):
        assert resolved(name) == "customfield_10075"


def test_a_number_and_jqls_way_to_write_it_become_the_id() -> None:
    assert resolved("10075") == "customfield_10075"
    assert resolved("cf[10075]") == "customfield_10075"


def test_ids_unknown_and_ambiguous_names_stay() -> None:
    for name in ("customfield_10075", "Severity", "10076", "Nothing"):
        assert resolved(name) == name


def test_every_place_that_holds_a_field_is_looked_at_and_no_other() -> None:
    whole = {
        "cost_of_delay": {
            "model": "table",
            "value": "Business Value",
            "urgency": "Business Value",
            "table": {"Business Value": {"Due date": 1}},
        },
        "duration": {"read": "dates", "start": "Due date", "end": "Due date"},
        "deadline": {"field": "Due date"},
        "team": {"field": "Due date"},
        "duration_note": "Business Value",
        "links": [{"type": "Blocks", "blocker": "outward"}],
        "outputs": {"score": "Business Value"},
        "evidence": {"factors": {"jql": "Due date", "review": "Due date"}},
    }
    before = copy.deepcopy(whole)
    assert resolve_names(whole, FIELDS, TYPES) == {
        "cost_of_delay": {
            "model": "table",
            "value": "customfield_10075",
            "urgency": "customfield_10075",
            "table": {"Business Value": {"Due date": 1}},
        },
        "duration": {"read": "dates", "start": "duedate", "end": "duedate"},
        "deadline": {"field": "duedate"},
        "team": {"field": "duedate"},
        "duration_note": "Business Value",
        "links": [{"type": "10000", "blocker": "outward"}],
        "outputs": {"score": "customfield_10075"},
        "evidence": {"factors": {"jql": "Due date", "review": "duedate"}},
    }
    assert whole == before


def test_the_parts_of_a_sum_are_looked_at() -> None:
    part = {"name": "Due date", "value": {"read": "number", "field": "Business Value"}}
    found: Any = resolve_names(
        {"cost_of_delay": {"model": "sum", "parts": [part]}}, FIELDS
    )
    assert found["cost_of_delay"]["parts"] == [
        {"name": "Due date", "value": {"read": "number", "field": "customfield_10075"}}
    ]


def test_what_is_no_mapping_at_all_comes_back() -> None:
    for odd in (None, 3, ["Due date"], {"deadline": "Due date"}, {"links": "Blocks"}):
        assert resolve_names(odd, FIELDS, TYPES) == odd


def test_the_fields_of_the_other_models_are_looked_at() -> None:
    models = {
        "buckets": {
            "increase": {"read": "number", "field": "Business Value", "per": "week"},
            "avoid": {
                "value": {"read": "number", "field": "Business Value"},
                "probability": "Business Value",
            },
        },
        "wsjf": {"time_criticality": {"read": "option", "field": "Business Value"}},
        "formula": {
            "expression": "Business Value",
            "inputs": {"Business Value": {"read": "number", "field": "10075"}},
        },
    }
    found: Any = {
        name: resolve_names({"cost_of_delay": model}, FIELDS)
        for name, model in models.items()
    }
    model = {name: each["cost_of_delay"] for name, each in found.items()}
    assert model["buckets"]["increase"]["field"] == "customfield_10075"
    assert model["buckets"]["avoid"] == {
        "value": {"read": "number", "field": "customfield_10075"},
        "probability": "customfield_10075",
    }
    assert model["wsjf"]["time_criticality"]["field"] == "customfield_10075"
    assert model["formula"] == {
        "expression": "Business Value",
        "inputs": {"Business Value": {"read": "number", "field": "customfield_10075"}},
    }
