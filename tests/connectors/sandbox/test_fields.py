"""Every kind of field is read as it was set, and refused as Jira refuses it."""

from typing import Any

import pytest

from tests.connectors.sandbox.small_site import (
    AREA,
    COST,
    MEETING,
    NOTE,
    OWNER,
    READER,
    SIZE,
    START,
    STORY,
    TAGS,
    TEAMS,
    small_site,
)


def document(*lines: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": line}] if line else [],
            }
            for line in lines
        ],
    }


def bare(value: Any) -> Any:
    """Take out the addresses, which say nothing of the value."""
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if k != "self"}
    return [bare(one) for one in value] if isinstance(value, list) else value


def test_a_seed_is_shown_as_jira_shows_it() -> None:
    with small_site() as (_, site):
        fields = bare(site.fields("SEA-1"))
        anna = fields["assignee"]
        assert (anna["accountId"], anna["displayName"]) == ("anna", "Anna")
        assert {name: fields[name] for name in fields if "custom" in name} == {
            COST: 12000,
            SIZE: {"value": "M", "id": "202"},
            TEAMS: [{"value": "Red", "id": "301"}, {"value": "Blue", "id": "303"}],
            AREA: {
                "value": "Port",
                "id": "401",
                "child": {"value": "Crane", "id": "411"},
            },
            NOTE: "£12k/week",
            STORY: document("as told"),
            TAGS: ["a", "b"],
            START: "2026-11-01",
            MEETING: "2026-11-02T09:30:00.000+0000",
            OWNER: anna,
            "customfield_10019": "0|i00007:",
            "customfield_10020": None,
        }
        assert fields["description"] == document("First line", "", "Third line")
        assert fields["duedate"] == "2026-12-24"
        assert fields["priority"] == {"name": "High", "id": "2"}
        # Three days of 8 hours and 4 hours.
        assert fields["timeoriginalestimate"] == 28 * 3600
        assert fields["timetracking"] == {
            "originalEstimate": "3d 4h",
            "originalEstimateSeconds": 28 * 3600,
            "remainingEstimate": "3d 4h",
            "remainingEstimateSeconds": 28 * 3600,
        }


def test_what_is_not_set_is_null() -> None:
    with small_site() as (_, site):
        fields = site.fields("SEA-6")
        unset = (COST, SIZE, TEAMS, AREA, NOTE, STORY, START, OWNER, "duedate")
        assert {fields[name] for name in (*unset, "resolution", "assignee")} == {None}
        assert (fields["labels"], fields["timetracking"]) == ([], {})


@pytest.mark.parametrize(
    ("field", "sent", "shown"),
    [
        (COST, 0, 0),
        (COST, -2.5, -2.5),
        (COST, None, None),
        (SIZE, {"value": "S"}, {"value": "S", "id": "201"}),
        (SIZE, {"id": "201"}, {"value": "S", "id": "201"}),
        (SIZE, None, None),
        (TEAMS, [{"value": "Green"}], [{"value": "Green", "id": "302"}]),
        (TEAMS, [], None),
        (AREA, {"value": "Sea"}, {"value": "Sea", "id": "402"}),
        (
            AREA,
            {"value": "Port", "child": {"value": "Crane"}},
            {"value": "Port", "id": "401", "child": {"value": "Crane", "id": "411"}},
        ),
        (NOTE, '</p>]]>&"', '</p>]]>&"'),
        (NOTE, "", None),
        (STORY, document("one", "two"), document("one", "two")),
        (TAGS, ["y", "x", "x"], ["x", "y"]),
        (START, "2026-02-28", "2026-02-28"),
        (MEETING, "2026-02-28T10:00:00.000+0100", "2026-02-28T09:00:00.000+0000"),
        ("summary", "  New  ", "New"),
        ("labels", None, []),
        ("priority", {"name": "Low"}, {"name": "Low", "id": "4"}),
        ("duedate", None, None),
    ],
)
def test_what_is_set_is_shown(field: str, sent: Any, shown: Any) -> None:
    with small_site() as (_, site):
        answer = site.put("SEA-1", {field: sent})
        assert (answer.status_code, answer.content) == (204, b"")
        assert bare(site.fields("SEA-1")[field]) == shown


def test_a_user_and_a_type_are_set_by_id() -> None:
    with small_site() as (_, site):
        site.put("SEA-1", {OWNER: {"accountId": "bot"}, "issuetype": {"id": "2"}})
        fields = site.fields("SEA-1")
        assert fields[OWNER]["displayName"] == "Bot"
        assert fields["issuetype"]["name"] == "Big bug"


def test_time_tracking_keeps_the_estimate_that_is_not_named() -> None:
    with small_site() as (_, site):
        site.put("SEA-1", {"timetracking": {"remainingEstimate": "1h 30m"}})
        told = site.fields("SEA-1")["timetracking"]
        assert told["originalEstimate"] == "3d 4h"
        assert told["remainingEstimateSeconds"] == 90 * 60
        site.put("SEA-1", {"timetracking": {"originalEstimate": "1w"}})
        told = site.fields("SEA-1")["timetracking"]
        assert told["originalEstimateSeconds"] == 5 * 8 * 3600
        assert told["remainingEstimateSeconds"] == 90 * 60
        site.put("SEA-2", {"timetracking": {"originalEstimate": "1d"}})
        assert site.fields("SEA-2")["timetracking"]["remainingEstimate"] == "1d"


@pytest.mark.parametrize(
    ("field", "sent", "says"),
    [
        (COST, "12000", "must be a number"),
        (COST, True, "must be a number"),
        (COST, 1e15, "out of range"),
        (SIZE, "M", "Specify a valid"),
        (SIZE, {"value": "XXL"}, "is not valid"),
        (TEAMS, {"value": "Red"}, "not an array"),
        (AREA, {"value": "Sea", "child": {"value": "Crane"}}, "invalid child option"),
        (NOTE, 12, "must be a string"),
        (NOTE, "x" * 256, "255 characters"),
        (STORY, "plain", "Atlassian Document"),
        ("description", "plain", "Atlassian Document"),
        (TAGS, ["a b"], "contains spaces"),
        (START, "24/12/2026", "yyyy-MM-dd"),
        (MEETING, "noon", "Error parsing date string"),
        (OWNER, {"accountId": "nobody"}, "does not exist"),
        ("summary", None, "must be a string"),
        ("summary", " ", "must specify a summary"),
        ("summary", "a\nb", "newline"),
        ("summary", "x" * 256, "255"),
        ("priority", {"name": "Enormous"}, "invalid"),
        ("timetracking", {"originalEstimate": "soon"}, "not a valid time"),
        ("status", {"id": "5"}, "cannot be set"),
        ("customfield_10019", "0|a:", "cannot be set"),
        ("customfield_99999", 1, "cannot be set. It is not on the appropriate screen"),
    ],
)
def test_jira_refuses_and_names_the_field(field: str, sent: Any, says: str) -> None:
    with small_site() as (_, site):
        before = site.fields("SEA-1")
        answer = site.put("SEA-1", {"duedate": "2027-01-01", field: sent})
        assert answer.status_code == 400
        assert says in answer.json()["errors"][field]
        # All or none.
        assert site.fields("SEA-1") == before


def test_every_refused_field_is_named() -> None:
    with small_site() as (_, site):
        errors = site.put("SEA-1", {COST: "a", START: "b", NOTE: "fine"}).json()
        assert errors["errors"].keys() == {COST, START}
        assert errors["errorMessages"] == []


def test_lists_are_added_to_and_taken_from() -> None:
    with small_site() as (_, site):
        update = {
            "labels": [{"add": "new"}, {"remove": "web"}],
            TEAMS: [{"add": {"value": "Green"}}],
            COST: [{"set": 7}],
        }
        answer = site.ask("PUT", "/rest/api/3/issue/SEA-1", json={"update": update})
        assert answer.status_code == 204
        fields = site.fields("SEA-1")
        assert fields["labels"] == ["guest", "new"]
        assert {team["value"] for team in fields[TEAMS]} == {"Red", "Green", "Blue"}
        assert fields[COST] == 7


@pytest.mark.parametrize(
    "body",
    [
        {"fields": {COST: 1}, "update": {COST: [{"set": 2}]}},
        {"update": {COST: [{"add": 2}]}},
        {"update": {COST: {"set": 2}}},
        {"fields": [COST]},
        [],
    ],
)
def test_a_senseless_edit_is_refused(body: Any) -> None:
    with small_site() as (_, site):
        answer = site.ask("PUT", "/rest/api/3/issue/SEA-1", json=body)
        assert answer.status_code == 400
        assert site.fields("SEA-1")[COST] == 12000


def test_an_edit_that_changes_nothing_leaves_no_trace() -> None:
    with small_site() as (sandbox, site):
        before = site.fields("SEA-1")
        revision = sandbox.state.revision
        answer = site.put("SEA-1", {COST: 12000.0, SIZE: {"value": "M"}})
        assert answer.status_code == 204
        assert site.fields("SEA-1") == before
        assert sandbox.state.revision == revision
        site.put("SEA-1", {COST: 12001})
        assert site.fields("SEA-1")["updated"] > before["updated"]
        assert sandbox.state.revision == revision + 1


def test_the_issue_comes_back_where_it_is_asked_for() -> None:
    with small_site() as (_, site):
        path = "/rest/api/3/issue/SEA-1?returnIssue=true"
        answer = site.ask("PUT", path, json={"fields": {COST: 3}})
        assert answer.status_code == 200
        assert answer.json()["fields"][COST] == 3


def test_fields_are_described_with_type_and_name() -> None:
    with small_site() as (_, site):
        told = {
            field["id"]: field for field in site.ask("GET", "/rest/api/3/field").json()
        }
        kinds = {
            name: (field["schema"]["type"], field["schema"].get("items"))
            for name, field in told.items()
            if field["custom"]
        }
        assert kinds == {
            COST: ("number", None),
            SIZE: ("option", None),
            TEAMS: ("array", "option"),
            AREA: ("option-with-child", None),
            NOTE: ("string", None),
            STORY: ("string", None),
            TAGS: ("array", "string"),
            START: ("date", None),
            MEETING: ("datetime", None),
            OWNER: ("user", None),
            "customfield_10019": ("any", None),
            "customfield_10020": ("array", "json"),
        }
        assert told[COST]["name"] == "Cost of delay"
        assert told[COST]["clauseNames"] == ["cf[10101]", "Cost of delay"]


def test_edit_metadata_says_what_may_be_set_and_chosen() -> None:
    with small_site() as (_, site):
        path = "/rest/api/3/issue/SEA-1/editmeta"
        told = site.ask("GET", path).json()["fields"]
        assert told[COST]["operations"] == ["set"]
        assert [one["value"] for one in told[SIZE]["allowedValues"]] == ["S", "M"]
        assert "status" not in told
        assert site.ask("GET", path, READER).json() == {"fields": {}}
