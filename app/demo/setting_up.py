"""Set a backlog up over REST, as an admin does by hand."""

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from connectors.access import SiteAccess
from connectors.clients import open_clients
from connectors.hooks import EVENTS
from connectors.jira_values import WebhookWish
from connectors.kind import ask_kind
from connectors.wire import Wire


@dataclass(frozen=True, slots=True)
class Setup:
    """What is connected to what; `credentials` where not an address and a token."""

    sandbox_url: str
    email: str
    token: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    backlog: dict[str, Any]
    mapping: dict[str, Any]
    confluence_url: str | None = None
    credentials: dict[str, str] | None = field(default=None, repr=False)


class Admin:
    """An admin with a key, speaking REST to the service."""

    def __init__(self, service_url: str, key: str) -> None:
        self._service = service_url
        self._http = httpx.Client(
            base_url=f"{service_url}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=120,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Hang up."""
        self._http.close()

    def set_up(self, setup: Setup) -> str:
        """Make the site, its webhook, the backlog and its mapping; answer the id."""
        site = self._post(
            "/sites",
            {
                "name": "Harbour",
                "url": setup.sandbox_url,
                "confluence_url": setup.confluence_url,
                **(
                    {"credentials": setup.credentials}
                    if setup.credentials
                    else {"email": setup.email, "api_token": setup.token}
                ),
                "webhook_secret": setup.webhook_secret,
            },
        )
        self._register_webhook(setup, str(site["id"]))
        backlog = self._post("/backlogs", {**setup.backlog, "site": site["id"]})
        self._put(f"/backlogs/{backlog['id']}/mapping", setup.mapping)
        return str(backlog["id"])

    def wait_for_ranking(self, backlog: str, *, seconds: float) -> None:
        """Wait until the backlog is ranked and its pages are there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pages = self.pages(backlog)
            there = {page["kind"] for page in pages if page["state"] == "published"}
            if there == set(self._read(f"/backlogs/{backlog}")["pages"]["kinds"]):
                return
            time.sleep(0.1)
        raise TimeoutError(f"no ranking and pages within {seconds:g} s: {pages}")

    def pages(self, backlog: str) -> list[dict[str, Any]]:
        """List the backlog's pages."""
        return self._items(f"/backlogs/{backlog}/pages")

    def ranking(self, backlog: str) -> dict[str, Any]:
        """Read the backlog's ranking."""
        return self._read(f"/backlogs/{backlog}/ranking")

    def check(self, site: str) -> dict[str, Any]:
        """Have a site looked at, as `cd3 doctor` does."""
        return self._post(f"/sites/{site}/check", {})

    def deliveries(self) -> list[dict[str, Any]]:
        """List the newest deliveries."""
        return self._items("/deliveries")

    def _register_webhook(self, setup: Setup, site: str) -> None:
        url = f"{self._service}/webhooks/jira/{site}"
        wish = WebhookWish("CD3", url, EVENTS, secret=setup.webhook_secret)
        here = frozenset({httpx.URL(setup.sandbox_url).netloc.decode()})
        access = SiteAccess(
            setup.sandbox_url, "", setup.email, setup.token, allowed_hosts=here
        )
        with Wire(access) as wire:
            jira, _confluence = open_clients(wire, ask_kind(wire), "")
            jira.create_webhook(wish)

    def _items(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._read(path)["items"]
        return items

    def _read(self, path: str) -> dict[str, Any]:
        return _good(self._http.get(path))

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _good(self._http.post(path, json=body))

    def _put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _good(self._http.put(path, json=body))


def _good(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise RuntimeError(
            f"{answer.request.method} {answer.request.url}: {answer.text}"
        )
    content: dict[str, Any] = answer.json()
    return content
