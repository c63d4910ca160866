"""A mapping is read whole or refused with every problem, and written back the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.mapping import (
    Mapping,
    MappingError,
    mapping_fields,
    read_mapping,
    write_mapping,
)
from scoring.roles import (
    DatesValue,
    Direct,
    LinkRule,
    NumberValue,
    OptionValue,
    Outputs,
    Sum,
    Table,
    TextValue,
    TimeValue,
)

SMALLEST: dict[str, Any] = {
    "cost_of_delay": {
        "model": "direct",
        "value": {"read": "number", "field": "customfield_1", "per": "week"},
    },
    "duration": {"read": "number", "field": "customfield_2", "unit": "days"},
}
FULL: dict[str, Any] = {
    "cost_of_delay": {
        "model": "sum",
        "parts": [
            {
                "name": "Revenue",
                "value": {"read": "text", "field": "customfield_1", "per": "month"},
            },
            {
                "name": "Risk",
                "value": {
                    "read": "option",
                    "field": "customfield_2",
                    "table": {"High": 5000, "Low": 0},
                    "per": "week",
                    "combine": "highest",
                },
                "optional": True,
            },
        ],
    },
    "duration": {
        "read": "number",
        "field": "customfield_3",
        "unit": "days",
        "scale": 0.5,
    },
    "deadline": {"field": "duedate"},
    "team": {"field": "customfield_4"},
    "sprint_weeks": 3,
    "duration_note": "story points, 1 point = 0.5 days",
    "links": [{"type": "10000", "blocker": "outward"}],
    "outputs": {"score": "customfield_5", "position": "customfield_6"},
    "evidence": {
        "factors": {"jql": "project = P", "category": "customfield_7"},
        "insights": {"jql": "project = I", "noted": "customfield_8"},
        "experiments": {"jql": "project = E", "control_people": "customfield_9"},
    },
}


def changed(raw: dict[str, Any], **parts: object) -> dict[str, Any]:
    return {**raw, **parts}


def problems_of(raw: object) -> set[tuple[str, str]]:
    with pytest.raises(MappingError) as refused:
        read_mapping(raw)
    return {(problem.pointer, problem.code) for problem in refused.value.problems}


def test_the_smallest_mapping_takes_the_documented_defaults() -> None:
    assert read_mapping(SMALLEST) == Mapping(
        cost_of_delay=Direct(NumberValue("customfield_1", "week", 1.0)),
        duration=NumberValue("customfield_2", "days", 1.0),
        sprint_weeks=2.0,
    )


def test_every_part_of_a_full_mapping_is_read() -> None:
    read = read_mapping(FULL)
    assert isinstance(read.cost_of_delay, Sum)
    revenue, risk = read.cost_of_delay.parts
    assert (revenue.name, revenue.optional) == ("Revenue", False)
    assert revenue.value == TextValue("customfield_1", "month")
    worths = {"High": 5000.0, "Low": 0.0}
    assert risk.optional
    assert risk.value == OptionValue("customfield_2", worths, "week", "highest")
    assert (read.deadline, read.team, read.sprint_weeks) == (
        "duedate",
        "customfield_4",
        3,
    )
    assert read.links == (LinkRule("10000", "outward"),)
    assert read.outputs == Outputs("customfield_5", "customfield_6", None)
    assert read.evidence.factors is not None
    assert read.evidence.factors.category == "customfield_7"


def test_default_ranges_are_held_to_their_form() -> None:
    ranges = {"by": "size", "classes": [], "all": {"low": 2, "high": 1}}
    refused = problems_of(changed(SMALLEST, default_ranges=ranges))
    assert refused == {("/default_ranges/all/high", "range")}


def test_a_table_of_value_and_urgency_is_read() -> None:
    model = {
        "model": "table",
        "value": "customfield_1",
        "urgency": "customfield_2",
        "table": {"Killer": {"ASAP": 50000, "Soon": 20000}},
        "per": "month",
    }
    read = read_mapping(changed(SMALLEST, cost_of_delay=model))
    table = {"Killer": {"ASAP": 50000.0, "Soon": 20000.0}}
    assert read.cost_of_delay == Table("customfield_1", "customfield_2", table, "month")


def test_time_tracking_and_dates_are_durations_with_defaults() -> None:
    assert read_mapping(
        changed(SMALLEST, duration={"read": "time"})
    ).duration == TimeValue("timetracking", "original", 8, 5)
    dates = {"read": "dates", "start": "customfield_1", "end": "duedate"}
    assert read_mapping(changed(SMALLEST, duration=dates)).duration == DatesValue(
        "customfield_1", "duedate"
    )


def test_all_problems_are_told_at_once_and_where() -> None:
    raw = {
        "cost_of_delay": {
            "model": "sum",
            "parts": [
                {"name": "A", "value": {"read": "number", "per": "fortnight"}},
                {"name": " a ", "value": {"read": "time"}},
            ],
        },
        "sprint_weeks": 0,
        "links": [{"type": "1", "blocker": "up"}, {"type": "1", "blocker": "inward"}],
        "outputs": {"rank": "customfield_1"},
        "evidence": {"factors": {"category": 5}},
        "surprise/~": 1,
    }
    assert problems_of(raw) == {
        ("/cost_of_delay/parts/0/value/field", "missing"),
        ("/cost_of_delay/parts/0/value/per", "choice"),
        ("/cost_of_delay/parts/1/name", "duplicate"),
        ("/cost_of_delay/parts/1/value/read", "choice"),
        ("/cost_of_delay/parts/1/value/field", "missing"),
        ("/cost_of_delay/parts/1/value/per", "missing"),
        ("/duration", "missing"),
        ("/sprint_weeks", "range"),
        ("/links/0/blocker", "choice"),
        ("/links/1/type", "duplicate"),
        ("/outputs/rank", "unknown"),
        ("/evidence/factors/jql", "missing"),
        ("/evidence/factors/category", "type"),
        ("/surprise~1~0", "unknown"),
    }


@pytest.mark.parametrize("raw", [None, [], "x", 3, True])
def test_what_is_no_object_is_one_problem(raw: object) -> None:
    assert problems_of(raw) == {("", "type")}


@pytest.mark.parametrize(
    ("duration", "problem"),
    [
        ({"read": "number", "field": "f"}, ("/duration/unit", "missing")),
        ({"read": "text", "field": "f", "unit": "hours"}, ("/duration/unit", "choice")),
        ({"read": "text", "field": "f", "per": "week"}, ("/duration/per", "unknown")),
        (
            {"read": "number", "field": "f", "unit": "days", "scale": 0},
            ("/duration/scale", "range"),
        ),
        (
            {"read": "number", "field": "f", "unit": "days", "scale": True},
            ("/duration/scale", "type"),
        ),
        ({"read": "time", "hours_per_day": -8}, ("/duration/hours_per_day", "range")),
        ({"read": "dates", "start": "f"}, ("/duration/end", "missing")),
        (
            {"read": "option", "field": "f", "table": {}, "unit": "days"},
            ("/duration/table", "size"),
        ),
        (
            {"read": "option", "field": "f", "table": {"S": "1"}, "unit": "days"},
            ("/duration/table/S", "type"),
        ),
        (
            {
                "read": "option",
                "field": "f",
                "table": {"S": 1, " s": 2},
                "unit": "days",
            },
            ("/duration/table", "duplicate"),
        ),
        (
            {"read": "number", "field": "f" * 256, "unit": "days"},
            ("/duration/field", "too_long"),
        ),
    ],
)
def test_a_wrong_duration_is_refused_where_it_is_wrong(
    duration: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert problem in problems_of(changed(SMALLEST, duration=duration))


def test_a_scaled_duration_needs_its_conversion_in_words() -> None:
    scaled = {"read": "number", "field": "f", "unit": "days", "scale": 0.5}
    raw = changed(SMALLEST, duration=scaled)
    assert problems_of(raw) == {("/duration_note", "missing")}
    read_mapping(changed(raw, duration_note="1 point = 0.5 days"))


def test_a_sum_needs_a_part() -> None:
    raw = changed(SMALLEST, cost_of_delay={"model": "sum", "parts": []})
    assert problems_of(raw) == {("/cost_of_delay/parts", "size")}


def test_an_error_reads_as_a_sentence_with_pointers() -> None:
    with pytest.raises(MappingError, match="/duration is missing"):
        read_mapping({"cost_of_delay": SMALLEST["cost_of_delay"]})


names = st.text("abcdefgh_123", min_size=1, max_size=8)
numbers = st.floats(-1e6, 1e6).filter(bool) | st.integers(1, 1000)
tables = st.dictionaries(names, numbers, min_size=1, max_size=4)


def values(unit: str, units: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    given_unit = st.sampled_from(units)
    return st.one_of(
        st.fixed_dictionaries(
            {"read": st.just("number"), "field": names, unit: given_unit},
            optional={"scale": numbers},
        ),
        st.fixed_dictionaries(
            {"read": st.just("text"), "field": names}, optional={unit: given_unit}
        ),
        st.fixed_dictionaries(
            {
                "read": st.just("option"),
                "field": names,
                unit: given_unit,
                "table": tables,
            },
            optional={"combine": st.sampled_from(["only", "highest", "sum"])},
        ),
    )


def name_of(part: dict[str, Any]) -> str:
    return str(part["name"])


costs = values("per", ["day", "week", "month", "quarter", "year"])
durations = st.one_of(
    values("unit", ["days", "weeks", "months", "sprints"]),
    st.fixed_dictionaries(
        {"read": st.just("time")},
        optional={
            "which": st.sampled_from(["original", "remaining"]),
            "hours_per_day": st.floats(0.5, 24),
            "days_per_week": st.integers(1, 7),
        },
    ),
    st.fixed_dictionaries({"read": st.just("dates"), "start": names, "end": names}),
)
parts: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"name": names, "value": costs}, optional={"optional": st.booleans()}
)
worths = st.dictionaries(names, st.floats(0, 1), min_size=1, max_size=4)
scores = st.fixed_dictionaries(
    {"read": st.just("number"), "field": names}
) | st.fixed_dictionaries(
    {"read": st.just("option"), "field": names},
    optional={"table": worths, "combine": st.sampled_from(["only", "sum"])},
)


def inputs(unit: str) -> st.SearchStrategy[dict[str, Any]]:
    given_unit = {"field": names, "unit": st.just(unit)}
    return st.one_of(
        st.fixed_dictionaries({"read": st.just("number"), **given_unit}),
        st.fixed_dictionaries(
            {"read": st.just("option"), "table": worths, **given_unit}
        ),
    )


def optional(value: dict[str, Any], flag: bool) -> dict[str, Any]:  # noqa: FBT001 drawn
    return {**value, "optional": flag}


bucket = st.builds(optional, costs, st.booleans())
buckets = st.fixed_dictionaries(
    {"model": st.just("buckets"), "reduce": bucket},
    optional={
        "increase": bucket,
        "protect": costs,
        "avoid": st.fixed_dictionaries(
            {
                "value": costs,
                "probability": names
                | scores.filter(lambda s: s["read"] == "number")
                | st.fixed_dictionaries(
                    {"read": st.just("option"), "field": names, "table": worths}
                ),
            },
            optional={"optional": st.booleans(), "percent": st.booleans()},
        ),
    },
)
sums = st.lists(parts, min_size=1, max_size=3, unique_by=name_of)
models = st.one_of(
    st.fixed_dictionaries({"model": st.just("direct"), "value": costs}),
    st.fixed_dictionaries(
        {
            "model": st.just("sum"),
            "parts": sums,
        }
    ),
    st.fixed_dictionaries(
        {
            "model": st.just("table"),
            "value": names,
            "urgency": names,
            "table": st.dictionaries(names, tables, min_size=1, max_size=3),
            "per": st.sampled_from(["day", "week", "month", "quarter", "year"]),
        }
    ),
    buckets,
    st.fixed_dictionaries(
        {
            "model": st.just("wsjf"),
            "user_business_value": scores,
            "time_criticality": scores,
            "risk_opportunity": scores,
        }
    ),
    st.fixed_dictionaries(
        {
            "model": st.just("formula"),
            "expression": st.just("max(0, a) * b + c / (2 * d)"),
            "inputs": st.fixed_dictionaries(
                {
                    "a": costs.filter(lambda value: "per" in value),
                    "b": inputs("number") | inputs("share") | inputs("percent"),
                    "c": inputs("money"),
                    "d": durations.filter(lambda v: v["read"] != "text" or "unit" in v),
                }
            ),
        },
        optional={"per": st.sampled_from(["week", "month"])},
    ),
)
mappings = st.fixed_dictionaries(
    {"cost_of_delay": models, "duration": durations, "duration_note": names},
    optional={
        "deadline": st.fixed_dictionaries({"field": names}),
        "team": st.none() | st.fixed_dictionaries({"field": names}),
        "sprint_weeks": st.floats(0.5, 8),
        "default_ranges": st.fixed_dictionaries(
            {"all": st.just({"low": 0.5, "high": 3})}, optional={"origin": names}
        ),
        "links": st.lists(
            st.fixed_dictionaries(
                {"type": names, "blocker": st.sampled_from(["outward", "inward"])}
            ),
            max_size=3,
            unique_by=lambda rule: rule["type"],
        ),
        "outputs": st.fixed_dictionaries(
            {}, optional={"score": names, "position": names, "delay_cost": names}
        ),
        "evidence": st.fixed_dictionaries(
            {},
            optional={
                "factors": st.fixed_dictionaries(
                    {"jql": names}, optional={"category": names, "review": names}
                ),
                "insights": st.fixed_dictionaries({"jql": names}),
                "experiments": st.fixed_dictionaries(
                    {"jql": names}, optional={"decision": names}
                ),
            },
        ),
    },
)


@given(mappings)
def test_what_is_written_reads_as_the_same_and_is_json(raw: dict[str, Any]) -> None:
    mapping = read_mapping(raw)
    written = write_mapping(mapping)
    assert read_mapping(json.loads(json.dumps(written))) == mapping
    assert write_mapping(read_mapping(written)) == written


@given(mappings)
def test_every_field_is_listed_under_the_pointer_where_it_stands(
    raw: dict[str, Any],
) -> None:
    written = write_mapping(read_mapping(raw))
    for use in mapping_fields(read_mapping(raw)):
        at: Any = written
        for key in use.pointer.split("/")[1:]:
            at = at[int(key)] if isinstance(at, list) else at[key]
        assert at == use.field
        assert use.output == use.pointer.startswith("/outputs/")


def test_fields_are_listed_with_the_types_that_fit() -> None:
    listed = {use.pointer: use for use in mapping_fields(read_mapping(FULL))}
    assert set(listed) == {
        "/cost_of_delay/parts/0/value/field",
        "/cost_of_delay/parts/1/value/field",
        "/duration/field",
        "/deadline/field",
        "/team/field",
        "/outputs/score",
        "/outputs/position",
        "/evidence/factors/category",
        "/evidence/insights/noted",
        "/evidence/experiments/control_people",
    }
    assert listed["/cost_of_delay/parts/0/value/field"].types == ("string",)
    assert listed["/cost_of_delay/parts/0/value/field"].role == "Revenue"
    assert "array/option" in listed["/cost_of_delay/parts/1/value/field"].types
    assert listed["/duration/field"].types == ("number",)
    assert listed["/deadline/field"].types == ("date", "datetime")
    assert listed["/outputs/score"].output


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cost_of_delay",
                    "duration",
                    "model",
                    "read",
                    "field",
                    "value",
                    "table",
                    "links",
                    "outputs",
                    "evidence",
                    "factors",
                    "x",
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_any_json_is_a_mapping_or_a_mapping_error(raw: object) -> None:
    try:
        read_mapping(raw)
    except MappingError as error:
        assert error.problems  # noqa: PT017 whether it raises is not known beforehand
