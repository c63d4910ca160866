"""The pretend site remembers each change of an issue, and tells of it as Jira does."""

from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.answers import SeedError
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.changelog import MOST_KEPT
from tests.connectors.sandbox.small_site import (
    ANNA,
    COST,
    NARROW,
    SEED,
    Site,
    small_site,
)

ISSUE = "/rest/api/3/issue"
BULK = "/rest/api/3/changelog/bulkfetch"


def move(site: Site, key: str, status: str, who: tuple[str, str] = ANNA) -> None:
    place = f"{ISSUE}/{key}/transitions"
    found = site.ask("GET", place, who).json()["transitions"]
    (number,) = [one["id"] for one in found if one["name"] == status]
    site.ask("POST", place, who, json={"transition": {"id": number}})


def told(site: Site, key: str) -> list[tuple[str, Any, Any]]:
    values = site.ask("GET", f"{ISSUE}/{key}/changelog").json()["values"]
    return [
        (item["fieldId"], item["fromString"], item["toString"])
        for change in values
        for item in change["items"]
    ]


def test_every_kind_of_change_is_remembered() -> None:
    with small_site() as (_, site):
        site.put("SEA-2", {COST: 77})
        move(site, "SEA-2", "Doing")
        site.rank(["SEA-2"], rankBeforeIssue="SEA-1")
        move(site, "SEA-2", "Done")
        assert told(site, "SEA-2") == [
            (COST, "500.5", "77"),
            ("status", "To Do", "Doing"),
            ("customfield_10019", "", "Ranked higher"),
            ("status", "Doing", "Done"),
            ("resolution", None, "Done"),
        ]
        answer = site.ask("GET", f"{ISSUE}/SEA-2/changelog").json()
        assert answer["values"][1]["author"]["accountId"] == "anna"
        assert (answer["total"], answer["isLast"]) == (4, True)


def test_what_changes_nothing_is_not_remembered() -> None:
    with small_site() as (_, site):
        site.put("SEA-2", {COST: 500.5})
        move(site, "SEA-2", "To Do")
        assert told(site, "SEA-2") == []


def test_a_history_is_read_in_pages() -> None:
    with small_site() as (_, site):
        for cost in range(5):
            site.put("SEA-2", {COST: cost})
        params = {"startAt": 2, "maxResults": 2}
        page = site.ask("GET", f"{ISSUE}/SEA-2/changelog", params=params).json()
        assert [c["items"][0]["toString"] for c in page["values"]] == ["2", "3"]
        assert (page["total"], page["isLast"]) == (5, False)


def test_many_at_once_oldest_first_page_by_page() -> None:
    with small_site() as (_, site):
        for key, status in (("SEA-1", "Doing"), ("SEA-2", "Doing"), ("SEA-1", "Done")):
            move(site, key, status)
            site.put(key, {COST: 1 if status == "Doing" else 2})
        asked = {
            "issueIdsOrKeys": ["SEA-2", "10001", "SEA-99"],
            "fieldIds": ["status"],
            "maxResults": 2,
        }
        first = site.ask("POST", BULK, json=asked).json()
        token = {"nextPageToken": first["nextPageToken"]}
        last = site.ask("POST", BULK, json=asked | token).json()
        assert "nextPageToken" not in last
        steps = [
            {
                log["issueId"]: [
                    [item["toString"] for item in change["items"]]
                    for change in log["changeHistories"]
                ]
                for log in page["issueChangeLogs"]
            }
            for page in (first, last)
        ]
        assert steps == [
            {"10001": [["Doing"]], "10002": [["Doing"]]},
            {"10001": [["Done"]]},
        ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"issueIdsOrKeys": []},
        {"issueIdsOrKeys": ["SEA-1"] * 1001},
        {"issueIdsOrKeys": ["SEA-1"], "fieldIds": [f"f{n}" for n in range(11)]},
        {"issueIdsOrKeys": ["SEA-1"], "maxResults": 0},
        {"issueIdsOrKeys": ["SEA-1"], "maxResults": 10_001},
        {"issueIdsOrKeys": ["SEA-1"], "nextPageToken": "made up"},
        {"issueIdsOrKeys": ["SEA-1"], "startAt": 3},
    ],
)
def test_what_jira_refuses(body: dict[str, Any]) -> None:
    with small_site() as (_, site):
        assert site.ask("POST", BULK, json=body).status_code == 400


def test_what_one_may_not_see_is_not_told() -> None:
    with small_site() as (_, site):
        site.put("AIR-1", {COST: 1})
        body = {"issueIdsOrKeys": ["AIR-1"]}
        assert site.ask("POST", BULK, NARROW, json=body).json() == {
            "issueChangeLogs": []
        }
        hidden = site.ask("GET", f"{ISSUE}/AIR-1/changelog", NARROW)
        assert hidden.status_code == 404


def test_statuses_tell_their_category() -> None:
    with small_site() as (_, site):
        found = site.ask("GET", "/rest/api/3/status").json()
        assert [(s["name"], s["statusCategory"]["key"]) for s in found] == [
            *(("To Do", "new"), ("Doing", "indeterminate"), ("Done", "done"))
        ]


def test_it_outlives_a_restart_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with small_site(file) as (_, site):
        move(site, "SEA-2", "Doing")
    with small_site(file) as (_, site):
        move(site, "SEA-2", "Done")
        statuses = [step for step in told(site, "SEA-2") if step[0] == "status"]
        assert statuses == [("status", "To Do", "Doing"), ("status", "Doing", "Done")]
        values = site.ask("GET", f"{ISSUE}/SEA-2/changelog").json()["values"]
        assert len({change["id"] for change in values}) == len(values)


def planted(*history: dict[str, Any], status: str = "Done") -> dict[str, Any]:
    issue = {"key": "SEA-1", "type": "Story", "status": status, "history": history}
    return {**SEED, "issues": [issue], "links": []}


def test_a_backlog_file_may_bring_history() -> None:
    steps = (
        {"at": "2026-03-02T09:00:00.000+0100", "to": "Doing", "by": "anna"},
        {"at": "2026-03-09T09:00:00.000+0100", "to": "Done"},
    )
    with small_site(**planted(*steps)) as (_, site):
        values = site.ask("GET", f"{ISSUE}/SEA-1/changelog").json()["values"]
        assert [change["created"] for change in values] == [
            *("2026-03-02T08:00:00.000+0000", "2026-03-09T08:00:00.000+0000")
        ]
        assert told(site, "SEA-1") == [
            *(("status", "To Do", "Doing"), ("status", "Doing", "Done"))
        ]


def test_the_oldest_changes_are_forgotten() -> None:
    days = range(1, MOST_KEPT + 6)
    steps = [
        {"at": f"{2000 + day // 28}-01-{day % 28 + 1:02}", "to": "Done"} for day in days
    ]
    with small_site(**planted(*steps)) as (sandbox, _):
        issue = sandbox.state.find("SEA-1")
        assert issue is not None
        assert len(issue.history) == MOST_KEPT
        last = steps[-1]["at"]
        assert issue.history[-1]["created"] == f"{last}T00:00:00.000+0000"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"at": "2026-03-02", "to": "Doing"}, "ends in «Doing»"),
        ({"at": "2026-03-02", "to": "Nowhere"}, "no status is called «Nowhere»"),
    ],
)
def test_a_history_that_cannot_be_is_refused(step: dict[str, Any], said: str) -> None:
    with pytest.raises(SeedError, match=said):
        create_sandbox(planted(step))
