"""Histories are read whole, page by page, in whatever shape Jira tells the time."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.errors import RefusedError, UnreachableError
from connectors.jira_history import JiraHistory, read_moment
from tests.connectors.conftest import PretendSite

BULK = "/changelog/bulkfetch"
COST = "customfield_10101"
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def move(site: PretendSite, key: str, status: str) -> None:
    """Move an issue on as a person does."""
    path = f"/rest/api/3/issue/{key}/transitions"
    found = site.as_ada("GET", path).json()["transitions"]
    (number,) = [one["id"] for one in found if one["name"] == status]
    site.as_ada("POST", path, {"transition": {"id": number}})


def told(status: int, body: Any) -> httpx.Response:
    return httpx.Response(status, json=body)


def test_each_step_of_a_real_site_is_read(sandbox: PretendSite) -> None:
    for status in ("Done", "To Do", "Done"):
        move(sandbox, "AB-1", status)
    sandbox.as_ada("PUT", "/rest/api/3/issue/AB-1", {"fields": {COST: 7}})
    (issue, other) = sandbox.jira.read_issues(["AB-1", "AB-2"], [])
    found = sandbox.jira.history.changes([issue.id, other.id])
    assert list(found) == [issue.id]  # the other one has never moved
    assert [(c.was, c.now) for c in found[issue.id]] == [
        *(("1", "2"), ("2", "1"), ("1", "2"))
    ]
    assert all(c.at.tzinfo is not None for c in found[issue.id])
    assert sandbox.jira.history.categories() == {"1": "new", "2": "done"}


def test_other_fields_are_told_by_their_words(sandbox: PretendSite) -> None:
    sandbox.as_ada("PUT", "/rest/api/3/issue/AB-1", {"fields": {COST: 7}})
    (issue,) = sandbox.jira.read_issues(["AB-1"], [])
    (change,) = sandbox.jira.history.changes([issue.id], ["status", COST])[issue.id]
    assert (change.field, change.was, change.now) == (COST, "1000", "7")


def test_a_thousand_issues_a_call(sandbox: PretendSite) -> None:
    sandbox.before = lambda request: (
        told(200, {"issueChangeLogs": []}) if request.url.path.endswith(BULK) else None
    )
    sandbox.jira.history.changes([str(n) for n in range(2500)] + ["7"])
    sent = [json.loads(one.content) for one in sandbox.said("POST", BULK)]
    assert [len(one["issueIdsOrKeys"]) for one in sent] == [1000, 1000, 500]
    assert {tuple(one["fieldIds"]) for one in sent} == {("status",)}


def history(number: int, *items: dict[str, Any], created: Any = 0) -> dict[str, Any]:
    return {
        "issueId": str(number),
        "changeHistories": [{"id": "1", "created": created, "items": list(items)}],
    }


def status(was: str, now: str) -> dict[str, Any]:
    return {"field": "status", "fieldId": "status", "from": was, "to": now}


def test_a_history_may_be_parted_over_pages(sandbox: PretendSite) -> None:
    pages = {
        None: {
            "issueChangeLogs": [
                history(1, status("b", "c"), created=1772442000),
                history(2, status("x", "y"), created="2026-03-02T09:00:00.000+0000"),
            ],
            "nextPageToken": "two",
        },
        "two": {
            "issueChangeLogs": [
                # asked for or not, Jira may tell of other fields
                history(1, {"field": "Rank"}, status("a", "b"), created=1772441000000)
            ],
            "nextPageToken": None,
        },
    }
    sandbox.before = lambda request: told(
        200, pages[json.loads(request.content).get("nextPageToken")]
    )
    found = sandbox.jira.history.changes(["1", "2", "3"])
    assert [(c.was, c.now) for c in found["1"]] == [("a", "b"), ("b", "c")]
    assert len(found["2"]) == 1
    assert "3" not in found


def test_pages_in_a_circle_end(sandbox: PretendSite) -> None:
    sandbox.before = lambda _request: told(
        200, {"issueChangeLogs": [], "nextPageToken": "again"}
    )
    with pytest.raises(UnreachableError, match="same page twice"):
        sandbox.jira.history.changes(["1"])


def test_pages_without_end_are_refused(sandbox: PretendSite) -> None:
    numbers = iter(range(100))
    sandbox.before = lambda _request: told(
        200, {"issueChangeLogs": [], "nextPageToken": str(next(numbers))}
    )
    brief = JiraHistory(sandbox.jira.history._platform, most_pages=3)  # noqa: SLF001 - a lower limit over the same wire
    with pytest.raises(RefusedError, match="fewer issues at a time"):
        brief.changes(["1"])


def test_it_is_asked_again_where_no_answer_came(sandbox: PretendSite) -> None:
    answers = iter([told(503, {}), None])
    sandbox.before = lambda _request: next(answers)
    assert sandbox.jira.history.changes(["10001"]) == {}
    assert len(sandbox.said("POST", BULK)) == 2  # a POST that only reads


def test_no_more_fields_than_jira_takes(sandbox: PretendSite) -> None:
    with pytest.raises(RefusedError, match="1 to 10 fields"):
        sandbox.jira.history.changes(["1"], [f"f{n}" for n in range(11)])
    assert sandbox.sent == []


@pytest.mark.parametrize(
    "value",
    [
        *("2026-03-02T09:30:00.000+0000", "2026-03-02T10:30:00.000+0100"),
        *("2026-03-02T09:30:00", "2026-03-02T09:30:00Z"),
        *(1772443800, 1772443800000, 1772443800.0),
    ],
)
def test_moments(value: object) -> None:
    assert read_moment(value) == MOMENT


@pytest.mark.parametrize("value", ["", "soon", None, True, [], 1e300, float("nan")])
def test_what_is_no_moment(value: object) -> None:
    with pytest.raises(UnreachableError, match="is no moment"):
        read_moment(value)
