"""A mapping says how cost of delay changes over time, and issues are read by it."""

from datetime import date
from typing import Any

import pytest

from scoring.item import Gap, Issue, Item, Mode
from scoring.mapping import (
    MappingError,
    mapping_fields,
    read_mapping,
    write_mapping,
)
from scoring.reading.fields import JiraField
from scoring.reading.item import read_item
from scoring.reading.names import resolve_names

NUMBERS: dict[str, Any] = {
    "cost_of_delay": {
        "model": "direct",
        "value": {"read": "number", "field": "cost", "per": "week"},
    },
    "duration": {"read": "number", "field": "time", "unit": "weeks"},
    "deadline": {"field": "duedate"},
}
TABLE: dict[str, Any] = {
    "field": "urgency",
    "table": {"Fair": "fixed date", "Hype": "short", "Debt": "intangible"},
    "weeks": {"short": 12},
}


def read(fields: dict[str, Any], **parts: Any) -> Item | Gap:
    raw = {**NUMBERS, "profile": TABLE, "penalty": {"field": "fine"}, **parts}
    issue = Issue("1", "A-1", fields={"cost": 10, "time": 2, **fields})
    return read_item(issue, read_mapping(raw), mode=Mode.MONEY, currency="EUR", place=0)


def item(fields: dict[str, Any], **parts: Any) -> Item:
    found = read(fields, **parts)
    assert isinstance(found, Item), found
    return found


def reason(fields: dict[str, Any], **parts: Any) -> str:
    found = read(fields, **parts)
    assert isinstance(found, Gap), found
    return found.reason


@pytest.mark.parametrize(
    ("option", "profile", "weeks"),
    [("Hype", "short", 12), (" hype", "short", 12), ("Debt", "ramp", 26)],
)
def test_an_option_means_the_profile_of_the_table(
    option: str, profile: str, weeks: float
) -> None:
    found = item({"urgency": {"value": option}})
    assert (found.profile, found.profile_weeks) == (profile, weeks)
    assert found.sources[-1].role == "profile"
    assert found.sources[-1].formula.endswith(f"= {profile} over {weeks} weeks")


@pytest.mark.parametrize(
    ("option", "profile"),
    [
        ("Expedite", "standard"),
        ("Fixed-date", "deadline"),
        ("Standard", "standard"),
        ("Intangible", "ramp"),
        ("Long", "long"),
    ],
)
def test_without_a_table_kanban_s_words_and_ours_are_known(
    option: str, profile: str
) -> None:
    fields = {"urgency": {"value": option}, "duedate": "2027-01-31"}
    found = item(fields, profile={"field": "urgency"})
    assert (found.profile, found.deadline) == (profile, date(2027, 1, 31))


def test_no_option_leaves_it_to_the_deadline() -> None:
    found = item({"urgency": None, "duedate": "2027-01-31", "fine": 500})
    assert (found.profile, found.penalty) == ("", 500)
    assert [source.role for source in found.sources[-2:]] == ["deadline", "penalty"]


@pytest.mark.parametrize("fine", ["much", -1, True, 1e300])
def test_a_penalty_that_is_no_amount_is_ignored_and_said_so(fine: object) -> None:
    found = item({"fine": fine})
    assert found.penalty == 0
    assert found.sources[-1].formula.startswith("ignored:")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"urgency": {"value": "Soon"}}, "“Soon”, which no urgency profile"),
        ({"urgency": ["Hype", "Debt"]}, "only one may count"),
        ({"urgency": 3}, "no option that we can read"),
        ({"urgency": "Fair"}, "deadline is empty, yet the profile is deadline"),
        ({"urgency": "Fair", "duedate": "soon"}, "deadline is no date"),
    ],
)
def test_a_profile_that_cannot_be_meant_is_a_gap(
    fields: dict[str, Any], told: str
) -> None:
    assert told in reason(fields).replace('"Soon"', "“Soon”")


@pytest.mark.parametrize("profile", [TABLE, {"field": "urgency"}])
def test_a_mapping_with_a_profile_survives_being_written(
    profile: dict[str, Any],
) -> None:
    raw = {**NUMBERS, "profile": profile, "penalty": {"field": "fine"}}
    mapping = read_mapping(raw)
    assert read_mapping(write_mapping(mapping)) == mapping
    uses = {use.pointer: use.field for use in mapping_fields(mapping)}
    assert uses["/profile/field"] == "urgency"
    assert uses["/penalty/field"] == "fine"


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"table": {"X": "soon"}}, "/profile/table/X"),
        ({"table": {}}, "/profile/table"),
        ({"weeks": {"short": 0}}, "/profile/weeks/short"),
        ({"weeks": {"deadline": 3}}, "/profile/weeks/deadline"),
        ({"field": None}, "/profile/field"),
    ],
)
def test_what_is_wrong_is_pointed_at(changed: dict[str, Any], pointer: str) -> None:
    with pytest.raises(MappingError) as caught:
        read_mapping({**NUMBERS, "profile": {**TABLE, **changed}})
    assert pointer in [problem.pointer for problem in caught.value.problems]


def test_a_table_that_means_deadlines_needs_their_field() -> None:
    raw = {key: part for key, part in NUMBERS.items() if key != "deadline"}
    with pytest.raises(MappingError, match="/profile/table/Fair needs a deadline"):
        read_mapping({**raw, "profile": TABLE})


def test_a_field_s_name_becomes_its_id_and_a_profile_s_stays() -> None:
    fields = [JiraField(id="customfield_7", name="short", type="option")]
    raw = {"profile": {"field": "Short", "table": {"field": "short"}}}
    found = resolve_names(raw, fields)
    assert found == {"profile": {"field": "customfield_7", "table": {"field": "short"}}}
