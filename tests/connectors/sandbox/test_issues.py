"""Issues are created, read, moved on and deleted as on Jira Cloud."""

import pytest
from starlette.testclient import TestClient

from tests.connectors.sandbox.small_site import COST, NARROW, READER, Site, small_site

ISSUE = "/rest/api/3/issue"


def test_a_new_issue_stands_last() -> None:
    with small_site() as (_, site):
        fields = {
            "project": {"key": "SEA"},
            "summary": "New",
            "issuetype": {"name": "Story"},
            COST: 5,
        }
        answer = site.ask("POST", ISSUE, json={"fields": fields})
        assert answer.status_code == 201
        assert (answer.json()["id"], answer.json()["key"]) == ("10008", "SEA-7")
        shown = site.fields("SEA-7")
        assert (shown["summary"], shown[COST]) == ("New", 5)
        assert shown["status"]["name"] == "To Do"
        assert shown["reporter"]["accountId"] == "bot"
        assert site.order()[-1] == "SEA-7"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"summary": "x", "issuetype": {"id": "1"}}, "project"),
        ({"project": {"key": "NO"}, "summary": "x"}, "project"),
        ({"project": {"key": "SEA"}, "issuetype": {"id": "1"}}, "summary"),
        ({"project": {"key": "SEA"}, "summary": "x"}, "issuetype"),
    ],
)
def test_a_new_issue_needs_three_things(fields: dict[str, object], named: str) -> None:
    with small_site() as (_, site):
        answer = site.ask("POST", ISSUE, json={"fields": fields})
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [named]


def test_it_is_found_by_id_and_by_key_in_any_case() -> None:
    with small_site() as (_, site):
        by_id = site.ask("GET", f"{ISSUE}/10002", params={"fields": "summary"})
        assert by_id.json()["key"] == "SEA-2"
        assert site.ask("GET", f"{ISSUE}/sea-2").json()["id"] == "10002"


def test_what_is_absent_and_what_is_hidden_look_the_same() -> None:
    with small_site() as (_, site):
        absent = site.ask("GET", f"{ISSUE}/SEA-99", NARROW)
        hidden = site.ask("GET", f"{ISSUE}/AIR-1", NARROW)
        assert absent.status_code == hidden.status_code == 404
        assert absent.json() == hidden.json()
        edit = site.ask("PUT", f"{ISSUE}/AIR-1", NARROW, json={"fields": {COST: 1}})
        assert edit.status_code == 404


def test_who_may_only_read_may_not_write() -> None:
    with small_site() as (_, site):
        for method, path, body in (
            ("PUT", f"{ISSUE}/SEA-1", {"fields": {COST: 1}}),
            ("DELETE", f"{ISSUE}/SEA-1", None),
            ("POST", f"{ISSUE}/SEA-1/transitions", {"transition": {"id": "11"}}),
            ("PUT", f"{ISSUE}/SEA-1/properties/a", {"b": 1}),
        ):
            answer = site.ask(method, path, READER, json=body)
            assert answer.status_code == 403, path
        assert site.fields("SEA-1")[COST] == 12000


def test_a_deleted_issue_is_gone_with_its_links() -> None:
    with small_site() as (_, site):
        assert site.ask("DELETE", f"{ISSUE}/SEA-1").status_code == 204
        assert site.ask("GET", f"{ISSUE}/SEA-1").status_code == 404
        assert site.fields("SEA-2")["issuelinks"] == []
        assert site.order()[0] == "SEA-2"


def test_done_brings_a_resolution_and_leaving_it_takes_it_away() -> None:
    with small_site() as (_, site):
        path = f"{ISSUE}/SEA-2/transitions"
        ways = {
            way["name"]: way["id"]
            for way in site.ask("GET", path).json()["transitions"]
        }
        assert list(ways) == ["To Do", "Doing", "Done"]
        site.ask("POST", path, json={"transition": {"id": ways["Done"]}})
        fields = site.fields("SEA-2")
        assert fields["status"]["statusCategory"]["key"] == "done"
        assert fields["resolution"]["name"] == "Done"
        assert fields["resolutiondate"]
        site.ask("POST", path, json={"transition": {"id": ways["Doing"]}})
        fields = site.fields("SEA-2")
        assert (fields["resolution"], fields["resolutiondate"]) == (None, None)
        wrong = site.ask("POST", path, json={"transition": {"id": "99"}})
        assert wrong.status_code == 400


def test_many_are_fetched_by_id_and_the_unseen_are_named() -> None:
    with small_site() as (_, site):
        body = {
            "issueIdsOrKeys": ["SEA-5", "10001", "SEA-99", "AIR-1"],
            "fields": [COST],
        }
        got = site.ask("POST", f"{ISSUE}/bulkfetch", NARROW, json=body).json()
        assert [issue["key"] for issue in got["issues"]] == ["SEA-1", "SEA-5"]
        assert [issue["fields"] for issue in got["issues"]] == [
            {COST: 12000},
            {COST: 0},
        ]
        assert [error["id"] for error in got["issueErrors"]] == ["SEA-99", "AIR-1"]
        body = {"issueIdsOrKeys": [str(10_001 + n) for n in range(101)]}
        answer = site.ask("POST", f"{ISSUE}/bulkfetch", json=body)
        assert answer.status_code == 400


def test_properties_are_kept_beside_the_fields() -> None:
    with small_site() as (_, site):
        path = f"{ISSUE}/SEA-1/properties"
        assert site.ask("PUT", f"{path}/cd3", json={"a": 1}).status_code == 201
        assert site.ask("PUT", f"{path}/cd3", json=[2]).status_code == 200
        assert site.ask("GET", f"{path}/cd3").json() == {"key": "cd3", "value": [2]}
        keys = site.ask("GET", path).json()["keys"]
        assert [one["key"] for one in keys] == ["cd3"]
        read = site.ask("GET", f"{ISSUE}/SEA-1", params={"properties": "cd3"})
        assert read.json()["properties"] == {"cd3": [2]}
        assert site.ask("DELETE", f"{path}/cd3").status_code == 204
        assert site.ask("GET", f"{path}/cd3").status_code == 404
        assert site.ask("DELETE", f"{path}/cd3").status_code == 404
        long = site.ask("PUT", f"{path}/cd3", json="x" * 32_768)
        assert long.status_code == 400


def test_create_metadata_names_types_and_fields() -> None:
    with small_site() as (_, site):
        path = f"{ISSUE}/createmeta/SEA/issuetypes"
        types = site.ask("GET", path).json()["issueTypes"]
        assert [kind["name"] for kind in types] == ["Story", "Big bug"]
        fields = site.ask("GET", f"{path}/1").json()["fields"]
        required = {field["fieldId"] for field in fields if field["required"]}
        assert required == {"summary", "issuetype"}
        assert COST in {field["fieldId"] for field in fields}
        assert site.ask("GET", f"{path}/99").status_code == 400


def test_a_body_must_be_json_and_say_so() -> None:
    with small_site() as (sandbox, site):
        path = f"{ISSUE}/SEA-1"
        broken = site.ask(
            "PUT", path, content="{", headers={"content-type": "application/json"}
        )
        assert broken.status_code == 400
        # No document lists this answer, so it is asked for past the check.
        unchecked = Site(TestClient(sandbox.app))
        headers = {"content-type": "text/plain"}
        text = unchecked.ask("PUT", path, content="{}", headers=headers)
        assert text.status_code == 415
