"""Whatever JSON stands in an issue's fields, reading it never raises."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.item import Gap, Issue, Item, Mode
from scoring.mapping import read_mapping
from scoring.reading.evidence import read_evidence
from scoring.reading.item import read_item
from scoring.reading.links import read_links

FIELDS = ("a", "b", "c", "timetracking", "issuelinks")
KEYS = (
    "value",
    "child",
    "name",
    "displayName",
    "key",
    "id",
    "type",
    "content",
    "text",
    "attrs",
    "fields",
    "status",
    "statusCategory",
    "outwardIssue",
    "inwardIssue",
    "originalEstimateSeconds",
)
leaves = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.integers(10**300, 10**310)
    | st.text(max_size=8)
    | st.sampled_from(["doc", "10000", "AB-1", "S", "12k", "2026-11-23", "-5", "done"])
)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=12,
)
issues = st.builds(
    Issue,
    id=st.just("1"),
    key=st.sampled_from(["AB-1", "AB-2"]),
    fields=st.dictionaries(st.sampled_from(FIELDS), anything),
    done=st.booleans(),
)
COSTS: list[dict[str, Any]] = [
    {"read": "number", "field": "a", "per": "month", "scale": 1e300},
    {"read": "text", "field": "a", "per": "week"},
    {
        "read": "option",
        "field": "a",
        "table": {"S": 1e300, "AB-1": 1},
        "per": "day",
        "combine": "sum",
    },
]
MODELS: list[dict[str, Any]] = [
    *({"model": "direct", "value": cost} for cost in COSTS),
    {
        "model": "sum",
        "parts": [
            {"name": str(place), "value": cost, "optional": place == 1}
            for place, cost in enumerate(COSTS)
        ],
    },
    {
        "model": "table",
        "value": "a",
        "urgency": "b",
        "table": {"S": {"S": 1}},
        "per": "week",
    },
    {
        "model": "buckets",
        "increase": {**COSTS[1], "optional": True},
        "avoid": {"value": COSTS[0], "probability": "b", "percent": True},
    },
    {
        "model": "wsjf",
        "user_business_value": {"read": "number", "field": "a"},
        "time_criticality": {"read": "option", "field": "b"},
        "risk_opportunity": {"read": "option", "field": "c", "table": {"S": 5}},
    },
    {
        "model": "formula",
        "expression": "cost * share / part - sum * 1e300 / (week * rest)",
        "inputs": {
            "cost": COSTS[1],
            "share": {"read": "number", "field": "b", "unit": "share"},
            "part": {"read": "number", "field": "c", "unit": "number"},
            "sum": {"read": "text", "field": "a", "unit": "money"},
            "rest": {"read": "number", "field": "b", "unit": "percent"},
        },
    },
]
DURATIONS: list[dict[str, Any]] = [
    {"read": "number", "field": "b", "unit": "sprints"},
    {"read": "text", "field": "b", "unit": "weeks"},
    {"read": "option", "field": "b", "table": {"S": 1}, "unit": "days"},
    {"read": "time"},
    {"read": "dates", "start": "b", "end": "c"},
]
MAPPINGS = [
    read_mapping(
        {
            "cost_of_delay": model,
            "duration": duration,
            "deadline": {"field": "c"},
            "team": {"field": "a"},
            "links": [{"type": "10000", "blocker": "outward"}],
            "evidence": {
                "factors": {"jql": "x", "category": "a", "impact": "b", "review": "c"},
                "insights": {"jql": "x", "kind": "a", "noted": "b"},
                "experiments": {
                    "jql": "x",
                    "control_people": "a",
                    "control_converted": "b",
                    "decision": "c",
                },
            },
        }
    )
    for model in MODELS
    for duration in DURATIONS
]


@settings(max_examples=150)
@given(issues, st.sampled_from(MAPPINGS), st.sampled_from(Mode))
def test_an_issue_is_an_item_that_can_be_ordered_or_a_gap(
    issue: Issue, mapping: Any, mode: Mode
) -> None:
    read = read_item(issue, mapping, mode=mode, currency="EUR", place=0)
    if isinstance(read, Item):
        assert abs(read.cost_of_delay) <= 1e15
        assert 1e-6 <= read.duration <= 1e5
        span = read.duration_span
        assert span is None or 0 <= span.low <= read.duration <= span.high
        assert [source for source in read.sources if source.role == "duration"]
    else:
        assert isinstance(read, Gap)
        assert read.reason


@settings(max_examples=80)
@given(st.lists(issues, max_size=3))
def test_links_and_evidence_are_values_whatever_stands_there(
    found: list[Issue],
) -> None:
    links = read_links(found, MAPPINGS[0])
    assert all(link.blocker and link.blocked for link in links)
    evidence = read_evidence(
        MAPPINGS[0], factors=found, insights=found, experiments=found, keys={"AB-1"}
    )
    assert len(evidence.factors) == len(found)
    for factor in evidence.factors:
        assert factor.impact in {None, 1, 2, 3, 4, 5}
        assert set(factor.touches) <= {"AB-1"}
