"""A site's URLs may contain a path, and no URL that an answer names is called."""

from collections.abc import Iterator

import httpx
import pytest
import respx

from connectors.access import SiteAccess
from connectors.confluence import Confluence
from connectors.jira import Jira
from connectors.pages.page import make_page
from connectors.publication import Published, Untouched
from connectors.sandbox.app import create_sandbox
from connectors.wire import Wire
from scoring.plan import Move
from tests.connectors.conftest import SEED, ask

GATEWAY = "https://api.atlassian.com"
ACCESS = SiteAccess(
    url=f"{GATEWAY}/ex/jira/11223344-a1b2",
    confluence_url=f"{GATEWAY}/ex/confluence/11223344-a1b2/wiki",
    email="cd3@harbour.example",
    token="cd3-token",
)


@pytest.fixture
def gateway() -> Iterator[Wire]:
    sandbox = create_sandbox(SEED, url="https://elsewhere.example")

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        for front in ("/ex/jira/11223344-a1b2", "/ex/confluence/11223344-a1b2"):
            if path.startswith(front):
                inside = f"http://site.test{path.removeprefix(front)}"
                return ask(
                    sandbox,
                    httpx.Request(
                        request.method,
                        inside,
                        headers=request.headers,
                        content=request.read(),
                    ),
                )
        return httpx.Response(404)

    # Any other host is an error of the router.
    with respx.mock() as router, Wire(ACCESS, sleep=lambda _seconds: None) as wire:
        router.route(host="api.atlassian.com").mock(side_effect=answer)
        yield wire
    sandbox.close()


def test_jira_is_reached_below_a_path(gateway: Wire) -> None:
    jira = Jira(gateway)
    jira.rank(Move(("AB-3",), "AB-1", "before"))
    jira.write_fields("AB-3", {"customfield_10201": 2.5})
    found = list(
        jira.search("project = AB ORDER BY Rank", fields=["customfield_10201"])
    )
    assert found[0].key == "AB-3"
    assert found[0].fields["customfield_10201"] == 2.5
    assert jira.server_info().base_url.startswith("https://elsewhere.example")


def test_confluence_is_reached_below_a_path(gateway: Wire) -> None:
    confluence = Confluence(gateway, ACCESS.confluence_url)
    page = make_page(kind="ranking", backlog="b1", title="T", body="<p>x</p>")
    assert isinstance(confluence.publish(page, space="AB"), Published)
    assert isinstance(confluence.publish(page, space="AB"), Untouched)
