"""A mapping that does not fit its site is refused, with what could stand there."""

from typing import Any

from scoring.item import Mode
from scoring.mapping import read_mapping
from scoring.pointed import Problem
from scoring.reading.check import check_mapping
from scoring.reading.fields import JiraField, LinkType

FLOAT = "com.atlassian.jira.plugin.system.customfieldtypes:float"
FIELDS = (
    JiraField("customfield_1", "Cost of delay", "number", custom_type=FLOAT),
    JiraField("customfield_2", "Duration in days", "number", custom_type=FLOAT),
    JiraField("customfield_3", "Severity", "option"),
    JiraField("customfield_4", "Severity", "option", scope="10001"),
    JiraField("customfield_5", "CD3 score", "number", custom_type=FLOAT),
    JiraField("customfield_6", "Story Points", "number", custom_type=FLOAT),
    JiraField("customfield_7", "Areas", "array", items="option"),
    JiraField(
        "customfield_8",
        "Size",
        "number",
        custom_type="com.pyxis.greenhopper.jira:jsw-story-points",
    ),
    JiraField("customfield_9", "Cost of delay text", "string"),
    JiraField("workratio", "Work Ratio", "number"),
    JiraField("duedate", "Due date", "date"),
    JiraField("customfield_20", "Job size", "number", custom_type=FLOAT),
)
TYPES = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Relates", "relates to", "relates to"),
    LinkType("10002", "Depends", "is needed by", "depends on"),
    LinkType("10003", "depends", "is depended on by", "depends on"),
)


def problems(mode: Mode | None = None, **parts: Any) -> tuple[Problem, ...]:
    raw = {
        "cost_of_delay": {
            "model": "direct",
            "value": {"read": "number", "field": "customfield_1", "per": "week"},
        },
        "duration": {"read": "number", "field": "customfield_2", "unit": "days"},
        **parts,
    }
    return check_mapping(read_mapping(raw), FIELDS, TYPES, mode)


def cost(field: str, read: str = "number") -> dict[str, Any]:
    value: dict[str, Any] = {"read": read, "field": field, "per": "week"}
    if read == "option":
        value["table"] = {"High": 1}
    return {"model": "direct", "value": value}


def codes(found: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in found]


def test_a_mapping_that_fits_has_no_problem() -> None:
    assert not problems(
        deadline={"field": "duedate"},
        links=[{"type": "10000", "blocker": "outward"}],
        outputs={"score": "customfield_5"},
    )
    assert not problems(cost_of_delay=cost("customfield_7", "option"))


def test_a_missing_field_is_told_with_the_closest_names() -> None:
    (found,) = problems(cost_of_delay=cost("Cost of dellay"))
    assert (found.pointer, found.code) == (
        "/cost_of_delay/value/field",
        "field_missing",
    )
    # of the two that are alike, the one of a fit type comes first
    assert [told.split()[0] for told in found.candidates] == [
        "customfield_1",
        "customfield_9",
    ]
    assert "customfield_1 «Cost of delay» (number)" in found.message


def test_an_unknown_id_is_told_with_what_would_fit() -> None:
    (found,) = problems(cost_of_delay=cost("zzzzzz"))
    assert found.code == "field_missing"
    assert found.candidates
    assert all("(number)" in candidate for candidate in found.candidates)


def test_an_ambiguous_name_is_told_with_all_its_fields_and_scopes() -> None:
    (found,) = problems(cost_of_delay=cost("severity", "option"))
    assert found.code == "field_ambiguous"
    assert found.candidates == (
        "customfield_3 «Severity» (option)",
        "customfield_4 «Severity» (option, only in project 10001)",
    )


def test_a_field_of_the_wrong_type_is_told_with_fit_ones() -> None:
    (found,) = problems(cost_of_delay=cost("customfield_9"))
    assert codes((found,)) == [("/cost_of_delay/value/field", "field_type")]
    assert "customfield_9 «Cost of delay text» (string)" in found.message
    assert "number" in found.message
    assert found.candidates[0].startswith("customfield_1 ")
    assert codes(problems(deadline={"field": "customfield_1"})) == [
        ("/deadline/field", "field_type")
    ]


def test_outputs_must_be_custom_number_fields() -> None:
    for field in ("workratio", "duedate", "customfield_3"):
        assert codes(problems(outputs={"score": field})) == [
            ("/outputs/score", "field_type")
        ]


def test_an_output_is_no_input_and_stands_once() -> None:
    assert codes(problems(outputs={"score": "customfield_1"})) == [
        ("/outputs/score", "output_is_input")
    ]
    twice = {"score": "customfield_5", "position": "customfield_5"}
    assert codes(problems(outputs=twice)) == [
        ("/outputs/score", "output_twice"),
        ("/outputs/position", "output_twice"),
    ]


def test_points_and_job_size_are_a_duration_only_with_their_conversion() -> None:
    for field in ("customfield_6", "customfield_8", "customfield_20"):
        points = {"read": "number", "field": field, "unit": "days"}
        assert codes(problems(duration=points)) == [
            ("/duration_note", "points_without_note")
        ]
        assert not problems(duration=points, duration_note="1 point = 1 day")


def test_a_link_type_must_exist_once_and_have_a_direction() -> None:
    def linked(kind: str) -> list[tuple[str, str]]:
        return codes(problems(links=[{"type": kind, "blocker": "outward"}]))

    assert linked("99999") == [("/links/0/type", "link_type_missing")]
    assert linked("Depends") == [("/links/0/type", "link_type_ambiguous")]
    assert linked("10001") == [("/links/0/type", "link_type_undirected")]
    (found,) = problems(links=[{"type": "99999", "blocker": "outward"}])
    assert "10000 «Blocks» (blocks / is blocked by)" in found.candidates


SCORE = {"read": "number", "field": "customfield_1"}
WSJF = {
    "model": "wsjf",
    "user_business_value": SCORE,
    "time_criticality": {"read": "option", "field": "customfield_3"},
    "risk_opportunity": SCORE,
}


def test_wsjf_is_for_points_only() -> None:
    (found,) = problems(Mode.MONEY, cost_of_delay=WSJF)
    assert (found.pointer, found.code) == ("/cost_of_delay/model", "mode")
    assert found.message == (
        "wsjf adds points, but this backlog counts in money; take a model of amounts "
        "per time, or rank the backlog in relative mode"
    )
    assert not problems(Mode.RELATIVE, cost_of_delay=WSJF)


def formula(text: str, **units: dict[str, str]) -> dict[str, Any]:
    number = {"read": "number", "field": "customfield_1"}
    inputs = {name: {**number, **unit} for name, unit in units.items()}
    return {"model": "formula", "expression": text, "inputs": inputs}


RATE, POINTS, MONEY = {"per": "week"}, {"unit": "points"}, {"unit": "money"}


def test_a_formula_counts_in_what_the_backlog_counts_in() -> None:
    inputs = "/cost_of_delay/inputs"
    points = formula("a + b", a=POINTS, b=POINTS)
    assert codes(problems(Mode.MONEY, cost_of_delay=points)) == [
        (f"{inputs}/a/unit", "mode"),
        (f"{inputs}/b/unit", "mode"),
    ]
    assert not problems(Mode.RELATIVE, cost_of_delay=points)
    money = formula("a + b / week", a=RATE, b=MONEY)
    assert codes(problems(Mode.RELATIVE, cost_of_delay=money)) == [
        (f"{inputs}/b/unit", "mode")
    ]
    assert not problems(Mode.MONEY, cost_of_delay=money)
    for mode in Mode:
        both = formula("a + b", a=POINTS, b=MONEY)
        assert len(problems(mode, cost_of_delay=both)) == 1


def test_a_formula_of_money_is_per_time() -> None:
    lump = formula("a * week", a=RATE)
    (found,) = problems(Mode.MONEY, cost_of_delay=lump)
    assert (found.pointer, found.code) == ("/cost_of_delay/expression", "mode")
    assert found.message.endswith("divide by a time, such as week")
    assert not problems(Mode.RELATIVE, cost_of_delay=lump)


def test_story_points_are_a_time_in_a_formula_only_with_their_conversion() -> None:
    days = {"unit": "days", "field": "customfield_6"}
    rate = formula("a / b", a=MONEY, b=days)
    assert codes(problems(cost_of_delay=rate)) == [
        ("/duration_note", "points_without_note")
    ]
    assert not problems(cost_of_delay=rate, duration_note="1 point = 1 day")


def test_a_wrong_field_of_a_new_model_is_told_by_its_part() -> None:
    weekly = {"read": "number", "field": "customfield_1", "per": "week"}
    avoid = {"value": weekly, "probability": "duedate"}
    (found,) = problems(cost_of_delay={"model": "buckets", "avoid": avoid})
    assert found.pointer == "/cost_of_delay/avoid/probability"
    assert "cannot be read as the probability" in found.message
