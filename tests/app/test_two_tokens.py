"""Jira and Confluence of a company each see their own personal token, and no other."""

import copy
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

import httpx
import pytest

from app.books.sites import Credential, Site, SiteSecrets
from app.connections import Connections
from connectors.errors import NotGrantedError
from connectors.pages.page import make_page
from connectors.publication import Published
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.flavour import Flavour
from connectors.sandbox.serving import in_thread
from connectors.ways import Way
from tests.app.conftest import NOW
from tests.connectors.conftest import SEED

US = "us"
JIRA, WIKI = "jira-personal-token", "wiki-personal-token"
PAGE = make_page(kind="ranking", backlog="b1", title="T", body="<p>1</p>")


@contextmanager
def product(token: str) -> Iterator[str]:
    """Serve one product on a port, which takes one personal token alone."""
    seed = copy.deepcopy(SEED)
    seed["accounts"][0]["personalToken"] = token
    site = create_sandbox(seed, flavour=Flavour.data_center("10.3.1"))
    with in_thread(site) as url:
        yield url


@dataclass
class Company:
    """Two products on two ports, and the way to both."""

    jira: str
    wiki: str
    site: Site
    connections: Connections

    def seen(self, product: str) -> set[tuple[str, str, int]]:
        """Tell below which path a product was called, by whom, and how it answered."""
        sent = httpx.get(
            f"{product}/sandbox/requests", trust_env=False, timeout=60
        ).json()
        return {
            (one["path"].split("/")[1], one["account"], one["status"])
            for one in sent["requests"]
        }


@pytest.fixture
def company() -> Iterator[Company]:
    with product(JIRA) as jira, product(WIKI) as wiki:
        site = Site("acme", "Acme", jira, f"{wiki}/wiki", "", NOW)
        way = Credential(Way.PERSONAL_TOKEN, confluence_token=True)
        hosts = tuple(url.removeprefix("http://") for url in (jira, wiki))
        with closing(Connections(allowed_hosts=hosts)) as connections:
            yield Company(jira, wiki, replace(site, credential=way), connections)


def test_each_product_sees_its_own_token_alone(company: Company) -> None:
    secrets = SiteSecrets(JIRA, confluence_token=WIKI)
    jira, confluence = company.connections(company.site, secrets)
    assert jira.myself().name == "CD3"
    assert isinstance(confluence.publish(PAGE, space="AB"), Published)
    # A product knows nobody by the other's token: it would have said 401.
    assert company.seen(company.jira) == {("rest", US, 200)}
    assert {one[:2] for one in company.seen(company.wiki)} == {("wiki", US)}
    assert 401 not in {status for _, _, status in company.seen(company.wiki)}


def test_a_new_token_of_confluences_is_taken_up(company: Company) -> None:
    wrong = SiteSecrets(JIRA, confluence_token=JIRA)
    jira, confluence = company.connections(company.site, wrong)
    assert jira.myself().name == "CD3"
    with pytest.raises(NotGrantedError):
        confluence.space_id("AB")
    right = replace(wrong, confluence_token=WIKI)
    assert company.connections(company.site, right)[1].space_id("AB") == "98306"


def test_a_token_that_is_not_there_is_not_replaced_by_the_others(
    company: Company,
) -> None:
    _, confluence = company.connections(company.site, SiteSecrets(JIRA))
    with pytest.raises(NotGrantedError):
        confluence.space_id("AB")
    assert company.seen(company.wiki) == {("wiki", "", 401)}
