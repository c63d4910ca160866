"""A site of seven issues with every kind of field, and ways to talk to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from connectors.sandbox.app import Sandbox, create_sandbox
from tests.contracts.wrapper import Checked

BOT = ("bot@site.test", "bot-token")
ANNA = ("anna@site.test", "anna-token")
READER = ("reader@site.test", "reader-token")
NARROW = ("narrow@site.test", "narrow-token")

COST, SIZE, TEAMS, AREA = (f"customfield_1010{n}" for n in (1, 2, 3, 4))
NOTE, STORY, TAGS, START = (f"customfield_1010{n}" for n in (5, 6, 7, 8))
MEETING, OWNER = "customfield_10109", "customfield_10110"

SEED: dict[str, Any] = {
    "accounts": [
        {
            "accountId": "bot",
            "clientId": "bot-client",
            "clientSecret": "bot-client-secret",
            "email": BOT[0],
            "token": BOT[1],
            "displayName": "Bot",
            "type": "app",
        },
        {
            "accountId": "anna",
            "email": ANNA[0],
            "token": ANNA[1],
            "displayName": "Anna",
        },
        {
            "accountId": "reader",
            "email": READER[0],
            "token": READER[1],
            "displayName": "Reader",
            "permissions": ["BROWSE_PROJECTS"],
        },
        {
            "accountId": "narrow",
            "email": NARROW[0],
            "token": NARROW[1],
            "displayName": "Narrow",
            "projects": ["SEA"],
        },
    ],
    "projects": [
        {"id": "10000", "key": "SEA", "name": "Sea trade"},
        {"id": "10001", "key": "AIR", "name": "Air trade"},
    ],
    "issuetypes": [{"id": "1", "name": "Story"}, {"id": "2", "name": "Big bug"}],
    "statuses": [
        {"id": "1", "name": "To Do", "category": "new"},
        {"id": "3", "name": "Doing", "category": "indeterminate"},
        {"id": "5", "name": "Done", "category": "done"},
    ],
    "fields": [
        {"id": COST, "name": "Cost of delay", "type": "number"},
        {
            "id": SIZE,
            "name": "Size",
            "type": "select",
            "options": [{"id": "201", "value": "S"}, {"id": "202", "value": "M"}],
        },
        {
            "id": TEAMS,
            "name": "Teams",
            "type": "multiselect",
            "options": [
                {"id": "301", "value": "Red"},
                {"id": "302", "value": "Green"},
                {"id": "303", "value": "Blue"},
            ],
        },
        {
            "id": AREA,
            "name": "Area",
            "type": "cascading",
            "options": [
                {
                    "id": "401",
                    "value": "Port",
                    "children": [{"id": "411", "value": "Crane"}],
                },
                {"id": "402", "value": "Sea"},
            ],
        },
        {"id": NOTE, "name": "Money note", "type": "text"},
        {"id": STORY, "name": "Story", "type": "textarea"},
        {"id": TAGS, "name": "Tags", "type": "labels"},
        {"id": START, "name": "Start", "type": "date"},
        {"id": MEETING, "name": "Meeting", "type": "datetime"},
        {"id": OWNER, "name": "Owner", "type": "user"},
    ],
    "linktypes": [
        {
            "id": "10000",
            "name": "Blocks",
            "inward": "is blocked by",
            "outward": "blocks",
        }
    ],
    "boards": [
        {
            "id": 1,
            "name": "Sea board",
            "type": "kanban",
            "project": "SEA",
            "jql": "project = SEA ORDER BY Rank ASC",
        }
    ],
    "issues": [
        {
            "key": "SEA-1",
            "type": "Story",
            "summary": "Book a berth",
            "description": "First line\n\nThird line",
            "reporter": "anna",
            "assignee": "anna",
            "labels": ["guest", "web"],
            "priority": "High",
            "duedate": "2026-12-24",
            "timetracking": {"originalEstimate": "3d 4h"},
            "created": "2026-09-01T08:00:00.000+0000",
            "fields": {
                COST: 12000,
                SIZE: "M",
                TEAMS: ["Red", "Blue"],
                AREA: {"value": "Port", "child": "Crane"},
                NOTE: "£12k/week",
                STORY: "as told",
                TAGS: ["a", "b"],
                START: "2026-11-01",
                MEETING: "2026-11-02T09:30:00.000+0000",
                OWNER: "anna",
            },
        },
        {"key": "SEA-2", "type": "Story", "fields": {COST: 500.5, SIZE: "S"}},
        {"key": "SEA-3", "type": "Big bug", "labels": ["web"], "status": "Doing"},
        {"key": "SEA-4", "type": "Story", "status": "Done"},
        {"key": "SEA-5", "type": "Story", "fields": {COST: 0}},
        {"key": "AIR-1", "type": "Story", "summary": "Fly"},
        {"key": "SEA-6", "type": "Story"},
    ],
    "links": [{"type": "Blocks", "from": "SEA-1", "to": "SEA-2"}],
    "spaces": [{"id": "98306", "key": "SEA", "name": "Sea trade"}],
}

BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Ticking:
    """A clock that moves one second a look, so that no two moments are the same."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@contextmanager
def small_site(
    state_file: Path | None = None, **changes: Any
) -> Iterator[tuple[Sandbox, "Site"]]:
    """Open a site; every exchange with it is held against Atlassian's documents."""
    seed = deepcopy(SEED) | changes
    sandbox = create_sandbox(
        seed,
        state_file=state_file,
        url="http://site.test",
        retry_waits=(0.02, 0.02),
        now=Ticking(),
    )
    try:
        with TestClient(Checked(sandbox.app)) as client:
            yield sandbox, Site(client)
    finally:
        sandbox.close()


class Site:
    """A client that signs in as somebody and knows a few short ways."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def ask(
        self, method: str, path: str, who: tuple[str, str] = BOT, **rest: Any
    ) -> httpx2.Response:
        return self.client.request(method, path, auth=who, **rest)

    def fields(self, key: str, who: tuple[str, str] = BOT) -> dict[str, Any]:
        answer = self.ask("GET", f"/rest/api/3/issue/{key}", who)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["fields"])

    def put(self, key: str, fields: Mapping[str, Any]) -> httpx2.Response:
        return self.ask("PUT", f"/rest/api/3/issue/{key}", json={"fields": fields})

    def find(self, jql: str, who: tuple[str, str] = BOT) -> list[str]:
        body = {"jql": jql, "fields": ["key"], "maxResults": 100}
        answer = self.ask("POST", "/rest/api/3/search/jql", who, json=body)
        assert answer.status_code == 200, answer.text
        return [issue["key"] for issue in answer.json()["issues"]]

    def refusal(self, jql: str) -> str:
        body = {"jql": jql}
        answer = self.ask("POST", "/rest/api/3/search/jql", json=body)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["errorMessages"][0])

    def order(self) -> list[str]:
        return self.find("project in (SEA, AIR) ORDER BY Rank")

    def rank(self, keys: list[str], **anchor: str) -> httpx2.Response:
        body = {"issues": keys, **anchor}
        return self.ask("PUT", "/rest/agile/1.0/issue/rank", json=body)
