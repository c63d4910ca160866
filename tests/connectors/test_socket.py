"""All of it works over a real socket, on a host that the operator allows."""

from urllib.parse import urlsplit

from connectors.access import SiteAccess
from connectors.confluence import Confluence
from connectors.jira import Jira
from connectors.pages.page import make_page
from connectors.publication import Published
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.serving import in_thread
from connectors.wire import Wire
from scoring.plan import Move
from tests.connectors.conftest import SEED


def test_reads_ranks_and_publishes() -> None:
    with in_thread(create_sandbox(SEED)) as url:
        access = SiteAccess(
            url=url,
            confluence_url=f"{url}/wiki",
            email="cd3@harbour.example",
            token="cd3-token",
            allowed_hosts=frozenset({urlsplit(url).netloc}),
        )
        with Wire(access) as wire:
            jira = Jira(wire)
            jira.rank(Move(("AB-6", "AB-5"), "AB-1", "before"))
            found = jira.search("project = AB ORDER BY Rank", fields=["duedate"])
            assert [issue.key for issue in found][:3] == ["AB-6", "AB-5", "AB-1"]
            page = make_page(kind="ranking", backlog="b", title="T", body="<p>x</p>")
            done = Confluence(wire, access.confluence_url).publish(page, space="AB")
            assert isinstance(done, Published)
