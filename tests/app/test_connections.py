"""A site says what it is, and whoever works with it gets the client that fits."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
import respx

from app.books.sites import Credential, Site, SiteSecrets
from app.connections import Connections, settled
from connectors.errors import RefusedError, UnreachableError
from connectors.gate import Manners
from connectors.jira import Jira
from connectors.jira_datacenter import DataCenterJira
from connectors.kind import Kind, SiteKind
from connectors.ways import Way

OWN = "https://jira.acme.example"
SCOPED = Way.SCOPED_TOKEN
SECRETS = SiteSecrets("a-token")
SERVER = {
    "baseUrl": OWN,
    "deploymentType": "Server",
    "version": "9.12.5",
    "versionNumbers": [9, 12, 5],
}
CLOUD = {"deploymentType": "Cloud", "version": "1001.0.0-SNAPSHOT"}


@pytest.fixture
def connections() -> Iterator[Connections]:
    with closing(Connections(allowed_hosts=("jira.acme.example",))) as made:
        yield made


def site(url: str = OWN, *, kind: str = "", product_version: str = "") -> Site:
    made = datetime(2026, 11, 1, tzinfo=UTC)
    bare = Site("acme", "Acme", url, "", "cd3", made)
    return replace(bare, kind=kind, product_version=product_version)


@pytest.mark.parametrize(
    ("says", "client", "confluence_url"),
    [(SERVER, DataCenterJira, ""), (CLOUD, Jira, f"{OWN}/wiki")],
)
def test_it_is_asked_once(
    connections: Connections, says: object, client: type, confluence_url: str
) -> None:
    with respx.mock as router:
        asked = router.get(f"{OWN}/rest/api/2/serverInfo").respond(json=says)
        jira, _ = connections(site(), SECRETS)
        assert connections(site(), SECRETS)[0] is jira
    assert asked.call_count == 1
    assert isinstance(jira, client)
    known = settled(site(), jira.kind)
    assert known.confluence_url == confluence_url
    assert known.kind == ("datacenter" if says is SERVER else "cloud")


@pytest.mark.parametrize(("own", "setting"), [(3.0, 1_000.0), (None, 3.0)])
def test_a_site_is_written_to_at_its_own_pace(
    own: float | None, setting: float
) -> None:
    """Three a second: by its own pace or, without one, by the setting."""
    manners = Manners(writes_per_second=setting)
    hosts = ("jira.acme.example",)
    known = site(kind="datacenter", product_version="9.12.5")
    with closing(Connections(allowed_hosts=hosts, manners=manners)) as made, respx.mock:
        respx.put(url__startswith=f"{OWN}/rest/api/2/issue/").respond(204)
        jira, _ = made(replace(known, writes_per_second=own), SECRETS)
        began = time.monotonic()
        for number in range(4):
            jira.write_fields(f"AB-{number}", {"customfield_1": 1.0})
        took = time.monotonic() - began
    assert took >= 0.6


def test_what_the_books_know_is_not_asked(connections: Connections) -> None:
    known = site(kind="datacenter", product_version="10.3.1")
    with respx.mock:  # a call would be an error
        jira, _ = connections(known, SECRETS)
    assert jira.kind == SiteKind(Kind.DATA_CENTER, "10.3.1")
    assert jira.kind.numbers == (10, 3, 1)


@pytest.mark.parametrize(
    ("url", "confluence_url"),
    [
        ("https://acme.atlassian.net", "https://acme.atlassian.net/wiki"),
        (
            "https://api.atlassian.com/ex/jira/11-22",
            "https://api.atlassian.com/ex/confluence/11-22/wiki",
        ),
    ],
)
def test_atlassians_own_hosts_are_the_cloud_unasked(
    connections: Connections, url: str, confluence_url: str
) -> None:
    with respx.mock:
        jira, _ = connections(site(url), SECRETS)
    assert isinstance(jira, Jira)
    assert settled(site(url), jira.kind).confluence_url == confluence_url


PEOPLES, BEHIND = "https://acme.atlassian.net", "https://api.atlassian.com/ex"


@pytest.mark.parametrize(
    ("url", "confluence_url", "wiki"),
    [
        (PEOPLES, "", f"{BEHIND}/confluence/11-22/wiki"),
        (PEOPLES, f"{PEOPLES}/wiki", f"{BEHIND}/confluence/11-22/wiki"),
        (PEOPLES, f"{BEHIND}/confluence/11-22", f"{BEHIND}/confluence/11-22"),
        (f"{BEHIND}/jira/11-22", "", f"{BEHIND}/confluence/11-22/wiki"),
        (
            f"{BEHIND}/jira/11-22",
            f"{BEHIND}/confluence/11-22",
            f"{BEHIND}/confluence/11-22",
        ),
    ],
)
def test_a_scoped_token_goes_to_the_gateway_by_either_address(
    connections: Connections, url: str, confluence_url: str, wiki: str
) -> None:
    scoped = replace(
        site(url), confluence_url=confluence_url, credential=Credential(SCOPED)
    )
    with respx.mock(assert_all_called=False) as router:
        asked = router.get(f"{PEOPLES}/_edge/tenant_info")
        asked.respond(json={"cloudId": "11-22"})
        access = connections.access(scoped, SECRETS)
    assert (access.url, access.confluence_url) == (f"{BEHIND}/jira/11-22", wiki)
    assert asked.called == (url == PEOPLES)


def test_a_site_that_does_not_say_is_asked_again(connections: Connections) -> None:
    with respx.mock as router:
        router.get(f"{OWN}/rest/api/2/serverInfo").mock(
            side_effect=[httpx.Response(404), httpx.Response(200, json=SERVER)]
        )
        with pytest.raises(RefusedError):
            connections(site(), SECRETS)
        assert isinstance(connections(site(), SECRETS)[0], DataCenterJira)


def test_a_data_centers_confluence_must_be_named(connections: Connections) -> None:
    known = site(kind="datacenter")
    _, confluence = connections(known, SECRETS)
    with respx.mock, pytest.raises(RefusedError, match="confluence_url"):
        confluence.space_id("AB")


def test_what_is_no_answer_of_a_jira_is_an_error(connections: Connections) -> None:
    with respx.mock as router:
        router.get(f"{OWN}/rest/api/2/serverInfo").respond(json=["no", "object"])
        with pytest.raises(UnreachableError, match="serverInfo"):
            connections(site(), SECRETS)
