"""Every change is told to whoever registered for it, signed, in the shapes of Jira."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from connectors.sandbox.app import Sandbox
from connectors.sandbox.deliveries import sign
from connectors.sandbox.edits import edit_issue
from connectors.sandbox.serving import in_thread
from tests.connectors.sandbox.small_site import (
    ANNA,
    BOT,
    COST,
    READER,
    SIZE,
    Site,
    small_site,
)

HOOK = "/rest/webhooks/1.0/webhook"
SECRET = "It's a Secret to Everybody"
EVENTS = [
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "issuelink_created",
    "issuelink_deleted",
    "issue_property_set",
]


@dataclass
class Receiver:
    """A server on this machine that keeps what it is told and answers from a list."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.seen]


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    receiver = Receiver(statuses=list(statuses))
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with lock:
                headers = {k.lower(): v for k, v in self.headers.items()}
                receiver.seen.append((headers, body))
                status = receiver.statuses.pop(0) if receiver.statuses else 200
            said = b"" if status == 200 else b"not so" * 1000
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/webhooks/jira/demo"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def register(site: Site, url: str, **changes: Any) -> dict[str, Any]:
    body = {"name": "CD3", "url": url, "events": EVENTS, "secret": SECRET, **changes}
    answer = site.ask("POST", HOOK, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@contextmanager
def listening(
    *statuses: int, **changes: Any
) -> Iterator[tuple[Sandbox, Site, Receiver]]:
    with receiving(*statuses) as receiver, small_site() as (sandbox, site):
        register(site, receiver.url, **changes)
        yield sandbox, site, receiver
        assert sandbox.settle()


def told(change: Callable[[Site], object]) -> list[dict[str, Any]]:
    """Give the bodies that a change causes."""
    with listening() as (sandbox, site, receiver):
        change(site)
        assert sandbox.settle()
        return sorted(receiver.bodies(), key=lambda body: body["timestamp"])


def test_the_signature_is_jiras_own() -> None:
    # The example of Atlassian's documentation.
    assert sign(b"Hello World!", SECRET) == (
        "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    )


def test_over_real_http_the_raw_body_is_signed() -> None:
    with receiving() as receiver, small_site() as (sandbox, _):
        with (
            in_thread(sandbox) as url,
            httpx.Client(base_url=url, auth=BOT, timeout=60) as client,
        ):
            body = {
                "name": "CD3",
                "url": receiver.url,
                "events": EVENTS,
                "secret": SECRET,
            }
            assert client.post(HOOK, json=body).status_code == 201
            edit = {"fields": {COST: 7}}
            answer = client.put("/rest/api/3/issue/SEA-1", json=edit)
            assert answer.status_code == 204
            assert sandbox.settle()
        [(headers, raw)] = receiver.seen
        digest = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature"] == f"sha256={digest}"
        assert headers["x-atlassian-webhook-identifier"]
        assert headers["x-atlassian-webhook-flow"] == "Primary"
        assert "x-atlassian-webhook-retry" not in headers
        assert headers["user-agent"].startswith("Atlassian")
        assert headers["content-type"].startswith("application/json")
        # After the thread the port is free again, and the address was the real one.
        assert json.loads(raw)["issue"]["self"].startswith(url)


def test_an_edit_is_told_with_its_changelog_in_the_shape_of_v2() -> None:
    edit = {"fields": {COST: 12.5, SIZE: {"value": "S"}, "duedate": "2027-01-09"}}
    [body] = told(
        lambda site: site.ask("PUT", "/rest/api/3/issue/SEA-1", ANNA, json=edit)
    )
    assert body["webhookEvent"] == "jira:issue_updated"
    assert body["issue_event_type_name"] == "issue_updated"
    assert isinstance(body["timestamp"], int)
    assert (body["user"]["accountId"], body["user"]["accountType"]) == (
        "anna",
        "atlassian",
    )
    issue = body["issue"]
    assert (issue["id"], issue["key"]) == ("10001", "SEA-1")
    assert "/rest/api/2/" in issue["self"]
    # Plain text, where v3 would have a document.
    assert issue["fields"]["description"] == "First line\n\nThird line"
    assert issue["fields"][COST] == 12.5
    by_field = {item["fieldId"]: item for item in body["changelog"]["items"]}
    assert body["changelog"]["id"].isdigit()
    assert by_field[COST] == {
        "field": "Cost of delay",
        "fieldtype": "custom",
        "fieldId": COST,
        "from": None,
        "fromString": "12000",
        "to": None,
        "toString": "12.5",
    }
    size = by_field[SIZE]
    assert [size[k] for k in ("from", "fromString", "to", "toString")] == [
        "202",
        "M",
        "201",
        "S",
    ]
    due = by_field["duedate"]
    assert (due["to"], due["toString"]) == ("2027-01-09", "9/Jan/27")


def test_ranking_is_told_once_for_each_issue_that_moved() -> None:
    def rank(site: Site) -> None:
        site.rank(["SEA-5", "SEA-6"], rankBeforeIssue="SEA-2")
        # It stands there already.
        site.rank(["SEA-5"], rankBeforeIssue="SEA-6")
        site.rank(["SEA-1"], rankAfterIssue="SEA-2")

    bodies = told(rank)
    items = [(b["issue"]["key"], b["changelog"]["items"]) for b in bodies]
    assert [(key, item["toString"]) for key, [item] in items] == [
        ("SEA-5", "Ranked higher"),
        ("SEA-6", "Ranked higher"),
        ("SEA-1", "Ranked lower"),
    ]
    assert items[0][1] == [
        {
            "field": "Rank",
            "fieldtype": "custom",
            "fieldId": "customfield_10019",
            "from": "",
            "fromString": "",
            "to": "",
            "toString": "Ranked higher",
        }
    ]
    assert {b["webhookEvent"] for b in bodies} == {"jira:issue_updated"}


def test_a_link_is_told_by_numbers_and_by_nobody() -> None:
    def link(site: Site) -> None:
        body = {
            "type": {"name": "Blocks"},
            "inwardIssue": {"key": "SEA-3"},
            "outwardIssue": {"key": "SEA-4"},
        }
        site.ask("POST", "/rest/api/3/issueLink", json=body)
        number = site.fields("SEA-3")["issuelinks"][0]["id"]
        site.ask("DELETE", f"/rest/api/3/issueLink/{number}")

    made, removed = told(link)
    assert made.keys() == {"timestamp", "webhookEvent", "issueLink"}
    assert made["webhookEvent"] == "issuelink_created"
    assert removed["webhookEvent"] == "issuelink_deleted"
    assert made["issueLink"] == removed["issueLink"]
    assert made["issueLink"]["sourceIssueId"] == 10003
    assert made["issueLink"]["destinationIssueId"] == 10004
    assert made["issueLink"]["issueLinkType"]["outwardName"] == "blocks"


def test_creating_moving_on_and_deleting_are_told() -> None:
    def live(site: Site) -> None:
        fields = {
            "project": {"key": "SEA"},
            "summary": "New",
            "issuetype": {"name": "Story"},
        }
        site.ask("POST", "/rest/api/3/issue", json={"fields": fields})
        done = {"transition": {"id": "31"}}
        site.ask("POST", "/rest/api/3/issue/SEA-7/transitions", json=done)
        site.ask("PUT", "/rest/api/3/issue/SEA-7/properties/a", json=1)
        site.ask("DELETE", "/rest/api/3/issue/SEA-7")

    created, moved, noted, deleted = told(live)
    assert (created["webhookEvent"], created["issue_event_type_name"]) == (
        "jira:issue_created",
        "issue_created",
    )
    assert moved["issue_event_type_name"] == "issue_generic"
    changed = {i["fieldId"]: i["toString"] for i in moved["changelog"]["items"]}
    assert changed == {"status": "Done", "resolution": "Done"}
    assert noted["webhookEvent"] == "issue_property_set"
    assert noted["property"] == {"key": "a", "value": 1}
    assert deleted["webhookEvent"] == "jira:issue_deleted"
    assert "issue_event_type_name" not in deleted
    assert deleted["issue"]["key"] == "SEA-7"


def test_an_edit_that_changes_nothing_is_not_told() -> None:
    assert told(lambda site: site.put("SEA-1", {COST: 12000})) == []


def test_trouble_is_tried_again_under_the_same_identifier() -> None:
    with listening(503, 429) as (sandbox, site, receiver):
        site.put("SEA-1", {COST: 1})
        assert sandbox.settle()
        headers = [told for told, _ in receiver.seen]
        assert [h.get("x-atlassian-webhook-retry") for h in headers] == [None, "1", "2"]
        assert len({h["x-atlassian-webhook-identifier"] for h in headers}) == 1
        assert len({body for _, body in receiver.seen}) == 1
        [delivery] = sandbox.deliveries.told()
        assert (delivery["state"], delivery["attempts"]) == ("delivered", 3)


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_plain_refusal_is_not_tried_again(status: int) -> None:
    with listening(status) as (sandbox, site, receiver):
        site.put("SEA-1", {COST: 1})
        assert sandbox.settle()
        assert len(receiver.seen) == 1
        [delivery] = sandbox.deliveries.told()
        assert (delivery["state"], delivery["status"]) == ("failed", status)
        assert delivery["error"] == ("not so" * 1000)[:500]


def test_tries_come_to_an_end() -> None:
    with listening(500, 500, 500, 200) as (sandbox, site, receiver):
        site.put("SEA-1", {COST: 1})
        assert sandbox.settle()
        assert len(receiver.seen) == 3
        assert sandbox.deliveries.told()[0]["state"] == "failed"


def test_who_does_not_answer_is_tried_again() -> None:
    with small_site() as (sandbox, site):
        register(site, "http://127.0.0.1:9/nobody")
        site.put("SEA-1", {COST: 1})
        assert sandbox.settle()
        [delivery] = sandbox.deliveries.told()
        assert (delivery["state"], delivery["attempts"]) == ("failed", 3)
        assert "ConnectError" in delivery["error"]
        shown = site.client.get("/sandbox/webhooks").json()["deliveries"]
        assert shown == [delivery]
        assert "secret" not in delivery


def test_a_filter_is_heard_and_so_is_the_choice_of_events() -> None:
    section = {"issue-related-events-section": "project = AIR"}
    with listening(filters=section, events=["jira:issue_updated"]) as parts:
        sandbox, site, receiver = parts
        site.put("SEA-1", {COST: 1})
        site.put("AIR-1", {COST: 1})
        site.ask("PUT", "/rest/api/3/issue/AIR-1/properties/a", json=1)
        assert sandbox.settle()
        assert [body["issue"]["key"] for body in receiver.bodies()] == ["AIR-1"]


def test_a_body_may_be_left_out_and_the_address_filled() -> None:
    with receiving() as receiver, small_site() as (sandbox, site):
        url = f"{receiver.url}?key=${{issue.key}}"
        register(site, url, excludeBody=True)
        site.put("SEA-1", {COST: 1})
        assert sandbox.settle()
        assert [body for _, body in receiver.seen] == [b""]
        assert sandbox.deliveries.told()[0]["url"].endswith("?key=SEA-1")


def test_a_webhook_is_kept_changed_and_removed_and_its_secret_never_shown() -> None:
    with small_site() as (_, site):
        made = register(site, "https://cd3.test/hook", description="ours")
        assert made["isSigned"] is True
        assert made["enabled"] is True
        assert SECRET not in json.dumps(made)
        path = made["self"].removeprefix("http://site.test")
        assert site.ask("GET", path).json() == made
        assert site.ask("GET", HOOK).json() == [made]
        change = made | {"name": "Renamed", "enabled": False}
        changed = site.ask("PUT", path, json=change).json()
        assert (changed["name"], changed["enabled"]) == ("Renamed", False)
        # The secret stays where a change does not name one.
        assert changed["isSigned"] is True
        assert site.ask("DELETE", path).status_code == 204
        assert site.ask("GET", path).status_code == 404
        assert site.ask("GET", HOOK).json() == []


def test_a_disabled_webhook_hears_nothing() -> None:
    with listening(enabled=False) as (sandbox, site, receiver):
        site.put("SEA-1", {COST: 1})
        assert sandbox.settle()
        assert receiver.seen == []


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"url": None},
        {"url": "ftp://x.test"},
        {"url": "nowhere"},
        {"events": ["issue_updated"]},
        {"events": "jira:issue_updated"},
        {"filters": {"issue-related-events-section": "nothing = 1"}},
        {"secret": 7},
        {"excludeBody": "no"},
    ],
)
def test_a_senseless_webhook_is_refused(changes: dict[str, Any]) -> None:
    with small_site() as (_, site):
        body = {"name": "n", "url": "https://x.test", "events": EVENTS, **changes}
        assert site.ask("POST", HOOK, json=body).status_code == 400
        assert site.ask("GET", HOOK).json() == []


def test_only_administrators_see_webhooks() -> None:
    with small_site() as (_, site):
        assert site.ask("GET", HOOK, READER).status_code == 403
        body = {"name": "n", "url": "https://x.test", "events": EVENTS}
        assert site.ask("POST", HOOK, READER, json=body).status_code == 403


def test_nothing_is_sent_while_the_state_is_held() -> None:
    with listening() as (sandbox, _, receiver):
        bot = sandbox.state.accounts.by_id["bot"]
        with sandbox.state.changing():
            edit_issue(sandbox.state, bot, "SEA-1", {COST: 99})
            assert sandbox.deliveries.told() == []
        assert sandbox.settle()
        assert len(receiver.seen) == 1
