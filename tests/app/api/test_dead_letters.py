"""Dead letters are seen, replayed one or many, and put away; nothing is silent."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.books.deliveries import Closing, Deliveries
from app.connections import Connections
from app.main import create_app
from tests.app.api.conftest import Api, api_on_postgres, make_parts
from webhooks.delivery import Delivery

__all__ = ["api_on_postgres"]

BODY = (
    b'{"webhookEvent":"jira:issue_updated","issue":{"key":"AB-1"},"user":{"name":"m"}}'
)


def fill(api: Api, *ends: tuple[str, str, str]) -> None:
    """Store deliveries that ended so: state, reason, event; the newest last."""
    deliveries = Deliveries(api.parts.database)
    for number, (state, reason, event) in enumerate(ends, 1):
        api.clock.wait(minutes=1)
        site = "harbour" if number % 2 else "other"
        body = BODY if number == 1 else f"{number} nothing".encode()
        digest = hashlib.sha256(body).digest()
        deliveries.add([(Delivery(site, f"d{number}", body, digest), api.clock())])
        if state != "new":
            closing = Closing(number, state, reason, event, "AB-1" if event else "")
            with api.parts.database.transaction() as connection:
                deliveries.close(connection, [closing], now=api.clock())


ENDS = (
    ("dead", "unreadable: not JSON: x", "jira:issue_updated"),
    ("dead", "cannot be judged: see the log", "jira:issue_created"),
    ("ignored", "our own write", "jira:issue_updated"),
    ("done", "", "jira:issue_updated"),
    ("new", "", ""),
)


def listed(api: Api, query: str) -> list[int]:
    return [one["id"] for one in api.read(f"/deliveries?{query}")["items"]]


@pytest.mark.parametrize("place", ["api", "api_on_postgres"])
@pytest.mark.postgres
def test_dead_letters_are_found_by_what_is_known_of_them(
    place: str, request: pytest.FixtureRequest
) -> None:
    api: Api = request.getfixturevalue(place)
    fill(api, *ENDS)
    assert listed(api, "state=dead") == [2, 1]
    assert listed(api, "state=dead&site=other") == [2]
    assert listed(api, "reason=unreadable") == [1]
    assert listed(api, "reason=%25") == []  # no wildcard
    assert listed(api, "event=jira:issue_c") == [2]
    assert listed(api, "since=2026-11-02T09:04:00Z") == [5, 4]
    page = api.read("/deliveries?state=dead&limit=1")
    assert [one["id"] for one in page["items"]] == [2]
    assert listed(api, f"state=dead&limit=1&cursor={page['next_cursor']}") == [1]
    for bad in ("since=yesterday", "since=2026-11-02T09:04:00", "reason=%00"):
        assert api.call("GET", f"/deliveries?{bad}").status_code == 422
    assert api.call("GET", "/deliveries?limit=201").status_code == 422


@pytest.mark.parametrize("place", ["api", "api_on_postgres"])
@pytest.mark.postgres
def test_a_replay_is_a_new_attempt_of_the_same_delivery(
    place: str, request: pytest.FixtureRequest
) -> None:
    api: Api = request.getfixturevalue(place)
    fill(api, *ENDS)
    before = api.read("/deliveries/1")
    died = before["closed_at"]
    assert (before["attempts"], before["history"]) == (1, [])
    api.clock.wait(hours=1)
    response = api.call("POST", "/deliveries/1/replay", role="approver")
    assert response.status_code == 200, response.text
    after = api.read("/deliveries/1")
    assert (after["state"], after["reason"], after["attempts"]) == ("new", "", 2)
    assert after["identifier"] == before["identifier"]
    first, second = after["history"]
    assert (first["state"], first["reason"]) == ("dead", "unreadable: not JSON: x")
    assert first["at"] == died
    assert second["state"] == "replayed"
    assert second["by"].startswith("approver")
    [entry] = api.read("/audit?object=deliveries/1")["items"]
    assert entry["action"] == "deliveries_replayed"
    assert entry["actor"] == second["by"]
    again = api.call("POST", "/deliveries/1/replay")
    assert (again.status_code, again.json()["code"]) == (409, "not_read_yet")
    assert api.call("POST", "/deliveries/99/replay").status_code == 404


def test_many_are_counted_before_they_are_replayed(api: Api) -> None:
    fill(api, *[("dead", f"unreadable: {n}", "") for n in range(8)], ENDS[1], ENDS[2])
    filters: dict[str, Any] = {"reason": "unreadable", "limit": 5}
    count = api.call("POST", "/deliveries/replay", filters | {"dry_run": True})
    assert count.json() == {
        "matched": 8,
        "replayed": 0,
        "left": 8,
        "last": None,
        "dry_run": True,
    }
    assert len(listed(api, "state=dead")) == 9
    done = api.call("POST", "/deliveries/replay", filters)
    assert done.json() == {
        "matched": 8,
        "replayed": 5,
        "left": 3,
        "last": 5,
        "dry_run": False,
    }
    assert listed(api, "state=new") == [5, 4, 3, 2, 1]  # the oldest first
    [entry] = api.read("/audit?object=deliveries")["items"]
    assert entry["action"] == "deliveries_replayed"
    assert entry["detail"] == {"count": 5, "deliveries": [1, 2, 3, 4, 5]}
    rest = api.call("POST", "/deliveries/replay", filters | {"after": 5}).json()
    assert (rest["replayed"], rest["left"], rest["last"]) == (3, 0, 8)
    for bad in ({"limit": 501}, {"state": "new"}, {"raeson": "x"}, {"since": "now"}):
        assert api.call("POST", "/deliveries/replay", bad).status_code == 422


def test_a_discarded_letter_is_ignored_with_who_and_why(api: Api) -> None:
    fill(api, *ENDS)
    assert api.call("POST", "/deliveries/1/discard", {}).status_code == 422
    why = {"reason": "sent by a load test"}
    gone = api.call("POST", "/deliveries/1/discard", why, role="approver").json()
    assert gone["state"] == "ignored"
    assert gone["reason"].startswith("discarded by approver (key_")
    assert gone["reason"].endswith("): sent by a load test")
    assert listed(api, "state=dead") == [2]
    [past] = api.read("/deliveries/1")["history"]
    assert past["reason"] == "unreadable: not JSON: x"
    [entry] = api.read("/audit?object=deliveries/1")["items"]
    assert entry["detail"]["reason"] == "sent by a load test"
    refused = api.call("POST", "/deliveries/4/discard", why)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_dead")


def test_readers_never_see_a_body_and_others_no_words_of_people(api: Api) -> None:
    fill(api, ENDS[0])
    assert api.read("/deliveries/1", role="reader")["payload"] is None
    for role in ("approver", "admin"):
        assert api.read("/deliveries/1", role=role)["payload"] == {
            "webhookEvent": "jira:issue_updated",
            "issue": {"key": "AB-1"},
            "user": {},
        }


def test_figures_count_what_is_dead_and_what_waits(api: Api) -> None:
    parts = make_parts(api.parts.database, Connections(), api.clock)
    client = TestClient(create_app(parts))  # figures belong to an app

    def figure(name: str) -> float:
        lines = client.get("/metrics").text.splitlines()
        [line] = [one for one in lines if one.startswith(f"{name} ")]
        return float(line.split()[-1])

    assert figure("cd3_inbox_pending") == 0
    assert figure("cd3_inbox_oldest_pending_age_seconds") == 0
    assert figure('cd3_dead_letters{reason="unreadable"}') == 0
    fill(api, *ENDS)
    api.clock.at += timedelta(seconds=90)
    assert figure("cd3_inbox_pending") == 1
    assert figure("cd3_inbox_oldest_pending_age_seconds") == 90
    assert figure('cd3_dead_letters{reason="unreadable"}') == 1
    assert figure('cd3_dead_letters{reason="cannot be judged"}') == 1
