"""A small pretend site behind respx: what the wire sends reaches its application."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import respx

from connectors.access import SiteAccess
from connectors.call import Call
from connectors.confluence import Confluence
from connectors.jira import Jira
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.wire import Wire
from tests.connectors.timing import Timing, half
from tests.contracts.check import CLOUD, DATA_CENTER
from tests.contracts.wrapper import Checked

URL = "https://harbour.atlassian.net"
SEED: dict[str, Any] = {
    "accounts": [
        {
            "accountId": "us",
            "email": "cd3@harbour.example",
            "displayName": "CD3",
            "token": "cd3-token",
            "scopedToken": "cd3-scoped-token",
            "personalToken": "cd3-personal-token",
            "clientId": "cd3-client",
            "clientSecret": "cd3-client-secret",
            "type": "app",
            "permissions": [
                "ADMINISTER",
                "BROWSE_PROJECTS",
                "EDIT_ISSUES",
                "SCHEDULE_ISSUES",
            ],
        },
        {
            "accountId": "ada",
            "email": "ada@harbour.example",
            "displayName": "Ada",
            "token": "ada-token",
            "type": "atlassian",
            "permissions": ["BROWSE_PROJECTS", "EDIT_ISSUES"],
        },
    ],
    "projects": [{"id": "10000", "key": "AB", "name": "Alphabet"}],
    "issuetypes": [{"id": "10001", "name": "Story"}],
    "statuses": [
        {"id": "1", "name": "To Do", "category": "new"},
        {"id": "2", "name": "Done", "category": "done"},
    ],
    "fields": [
        {"id": "customfield_10101", "name": "Cost of delay", "type": "number"},
        {
            "id": "customfield_10102",
            "name": "Size",
            "type": "select",
            "options": [{"id": "1", "value": "S"}, {"id": "2", "value": "L"}],
        },
        {"id": "customfield_10201", "name": "CD3 score", "type": "number"},
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
            "name": "Alphabet board",
            "type": "kanban",
            "project": "AB",
            "jql": "project = AB ORDER BY Rank ASC",
        }
    ],
    "issues": [
        {
            "key": f"AB-{number}",
            "type": "Story",
            "status": "Done" if number == 6 else "To Do",
            "summary": f"Story {number}",
            "fields": {"customfield_10101": 1000.0 * number, "customfield_10102": "S"},
        }
        for number in range(1, 7)
    ],
    "links": [{"type": "Blocks", "from": "AB-3", "to": "AB-1"}],
    "spaces": [{"id": "98306", "key": "AB", "name": "Alphabet"}],
}

Meddle = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class PretendSite:
    """The pretend site, what was said to it, and a place to put a fault.

    `before` may answer in the site's place; `after` may spoil an answer once the site
    has done what it was asked.
    """

    sandbox: Sandbox
    wire: Wire
    jira: Jira
    confluence: Confluence
    sent: list[httpx.Request]
    calls: list[Call]
    waited: list[float]
    before: Meddle = lambda _request: None
    after: Meddle = lambda _request: None

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Lead one request to the application."""
        self.sent.append(request)
        if early := self.before(request):
            return early
        response = ask(self.sandbox, request)
        return self.after(request) or response

    def said(self, method: str, ends: str) -> list[httpx.Request]:
        """List the requests of one kind."""
        return [
            request
            for request in self.sent
            if request.method == method and request.url.path.endswith(ends)
        ]

    def as_ada(
        self, method: str, path: str, body: object = None, **params: str
    ) -> httpx.Response:
        """Do something as a person, past the wire."""
        request = httpx.Request(method, URL + path, json=body, params=params or None)
        flow = httpx.BasicAuth("ada@harbour.example", "ada-token").sync_auth_flow
        response = ask(self.sandbox, next(flow(request)))
        assert response.is_success, response.text
        return response


def ask(sandbox: Sandbox, request: httpx.Request) -> httpx.Response:
    """Run one request through the application, held against Atlassian's documents."""

    async def run() -> httpx.Response:
        kind = CLOUD if sandbox.state.flavour.is_cloud else DATA_CENTER
        transport = httpx.ASGITransport(app=Checked(sandbox.app, kind=kind))
        raw = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.read(),
        )
        response = await transport.handle_async_request(raw)
        body = await response.aread()
        return httpx.Response(
            response.status_code, headers=response.headers, content=body
        )

    return asyncio.run(run())


@pytest.fixture
def access() -> SiteAccess:
    return SiteAccess(
        url=URL,
        confluence_url=f"{URL}/wiki",
        email="cd3@harbour.example",
        token="cd3-token",
    )


@pytest.fixture
def sandbox(access: SiteAccess) -> Iterator[PretendSite]:
    made = create_sandbox(SEED, url=URL)
    calls: list[Call] = []
    timing = Timing()
    with Wire(
        access,
        myself="/rest/api/3/myself",
        observe=calls.append,
        sleep=timing.sleep,
        now=timing.now,
        jitter=half,
    ) as wire:
        site = PretendSite(
            sandbox=made,
            wire=wire,
            jira=Jira(wire),
            confluence=Confluence(wire, access.confluence_url),
            sent=[],
            calls=calls,
            waited=timing.waited,
        )
        with respx.mock(assert_all_called=False) as router:
            router.route(host="harbour.atlassian.net").mock(side_effect=site.answer)
            yield site
    made.close()
