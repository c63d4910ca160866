"""A site with three accounts and two spaces, and a client that speaks to its wiki."""

from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from connectors.sandbox.accounts import Accounts
from connectors.sandbox.confluence.routes import routes
from connectors.sandbox.confluence.store import WikiStore
from connectors.sandbox.state import Site

SPACES: list[dict[str, Any]] = [
    {"id": "98306", "key": "HARB", "name": "Harbour"},
    {
        "id": "98307",
        "key": "ELSE",
        "name": "Elsewhere",
        "readers": ["ada", "bob"],
        "editors": ["ada"],
    },
]


def make_site() -> Site:
    accounts = Accounts()
    for name in ("ada", "bob", "cec"):
        accounts.add(
            {
                "accountId": name,
                "email": f"{name}@example.test",
                "displayName": name.title(),
                "token": f"token-{name}",
            }
        )
    site = Site(accounts=accounts, now=lambda: datetime(2026, 11, 23, 8, tzinfo=UTC))
    site.wiki = WikiStore(SPACES)
    return site


def client(site: Site, name: str = "ada") -> TestClient:
    app = Starlette(routes=routes(site))
    speaker = TestClient(app, follow_redirects=False)
    speaker.auth = (f"{name}@example.test", f"token-{name}")
    return speaker


def new_page(
    title: str, body: str = "<p>Hello</p>", **more: object
) -> dict[str, object]:
    return {
        "spaceId": "98306",
        "status": "current",
        "title": title,
        "body": {"representation": "storage", "value": body},
        **more,
    }


def next_version(page: dict[str, object], number: int, body: str) -> dict[str, object]:
    return {
        "id": page["id"],
        "status": "current",
        "title": page["title"],
        "body": {"representation": "storage", "value": body},
        "version": {"number": number, "message": "again"},
    }
