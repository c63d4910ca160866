"""Tokens that live for an hour are renewed ahead, once, and stored before their use."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import delete, update

from app.books.database import Database
from app.books.sites import SiteSecrets
from app.books.tables import SiteTokenRow
from app.books.tokens import TokenBooks, token_times
from app.connections import Atlassian, Connections
from connectors.deadline import within
from connectors.errors import UnauthorizedError, UnreachableError
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.serving import in_thread
from connectors.ways import Way
from tests.app.token_process import SEALER, SECRETS, renewed, site_at
from tests.connectors.conftest import SEED
from tests.gates import gate
from tests.world import wait_for


@pytest.fixture
def site() -> Iterator[Sandbox]:
    sandbox = create_sandbox(deepcopy(SEED))
    with in_thread(sandbox):
        yield sandbox


@pytest.fixture
def kept(books: Database) -> TokenBooks:
    return TokenBooks(books, SEALER)


@pytest.fixture
def ways(kept: TokenBooks, site: Sandbox) -> Iterator[Connections]:
    url = site.state.url
    made = Connections(
        allowed_hosts=(url.removeprefix("http://"),),
        tokens=kept,
        atlassian=Atlassian(url, url),
    )
    yield made
    made.close()


def authorise(ways: Connections, site: Sandbox) -> None:
    """Let a person consent."""
    consent = ways.consent(site_at(site.state.url), SECRETS)
    question = consent.ask()
    came = httpx.get(question.url, trust_env=False, timeout=60)
    [code] = parse_qs(urlsplit(came.headers["location"]).query)["code"]
    consent.take(code, question.state)


def test_what_a_token_may_do_is_kept_with_it(
    kept: TokenBooks, ways: Connections, site: Sandbox
) -> None:
    authorise(ways, site)
    known = site_at(site.state.url)
    with kept.database.reading() as session:
        held = token_times(session, known.id).scopes
    assert held == known.credential.scopes
    assert held == kept.read(known.id)[0].scopes


def end_in(books: TokenBooks, minutes: float) -> None:
    """Let the access token end then, by our books, after the usual hour."""
    with books.database.transaction() as connection:
        ends = books.now(connection) + timedelta(minutes=minutes)
        connection.execute(
            update(SiteTokenRow).values(
                ends_at=ends, renewed_at=ends - timedelta(hours=1)
            )
        )


def token_calls(site: Sandbox) -> list[int]:
    log = site.log.since(0)
    return [one["status"] for one in log if one["path"] == "/oauth/token"]


def test_a_token_is_renewed_ahead_and_the_new_refresh_token_is_in_the_books(
    kept: TokenBooks, site: Sandbox, ways: Connections
) -> None:
    authorise(ways, site)
    first, _ = kept.read("acme")
    end_in(kept, -60)
    jira, _wiki = ways(site_at(site.state.url), SECRETS)
    assert jira.myself().id == "us"
    second, now = kept.read("acme")
    assert (first.number, second.number) == (1, 2)
    assert second.refresh not in {"", first.refresh}
    assert second.ends_at is not None
    assert second.ends_at > now + timedelta(minutes=50)
    assert second.granted_at == first.granted_at
    assert second.refresh_ends_at == second.renewed_at + timedelta(days=90)  # type: ignore[operator]
    # It holds: nobody asks again.
    jira.myself()
    assert token_calls(site) == [200, 200]


def test_of_many_workers_one_renews(
    kept: TokenBooks, site: Sandbox, ways: Connections
) -> None:
    authorise(ways, site)
    end_in(kept, -60)
    site.faults.switch([{"kind": "latency", "seconds": 0.3, "path": "/oauth/token"}])
    workers = [renewed(kept, site.state.url) for _ in range(6)]
    with ThreadPoolExecutor(12) as pool:
        headers = list(pool.map(lambda one: one.header(), workers * 2))
    assert len(set(headers)) == 1
    assert token_calls(site) == [200, 200]  # the code, and one renewal


def test_a_token_that_ends_before_its_time_is_renewed_within_the_call(
    site: Sandbox, ways: Connections
) -> None:
    authorise(ways, site)
    jira, _wiki = ways(site_at(site.state.url), SECRETS)
    jira.myself()
    site.state.oauth.end_access_tokens()
    assert jira.myself().id == "us"
    mine = [o["status"] for o in site.log.since(0) if o["path"].endswith("/myself")]
    assert mine == [200, 401, 200]


def test_a_spent_refresh_token_stops_the_site_and_says_what_to_do(
    kept: TokenBooks, site: Sandbox, ways: Connections
) -> None:
    authorise(ways, site)
    end_in(kept, -60)
    site.state.oauth.end_refresh_tokens()
    with pytest.raises(UnauthorizedError, match="POST /api/v1/sites/acme/auth"):
        ways(site_at(site.state.url), SECRETS)
    assert token_calls(site) == [200, 403]  # no storm
    # A new consent, and the same way works again.
    authorise(ways, site)
    jira, _wiki = ways(site_at(site.state.url), SECRETS)
    assert jira.myself().id == "us"


def test_killed_between_the_answer_and_the_books_the_next_one_tries_again(
    books: Database,
    kept: TokenBooks,
    site: Sandbox,
    ways: Connections,
) -> None:
    site.state.oauth.leeway = timedelta(minutes=10)
    authorise(ways, site)
    end_in(kept, -60)
    before, _ = kept.read("acme")
    # The site gives a new pair, but its answer does not arrive.
    lost = {"kind": "silence", "seconds": 120, "applied": True, "path": "/oauth/token"}
    site.faults.switch([{**lost, "times": 1}])
    url = books.engine.url.render_as_string(hide_password=False)
    module = [sys.executable, "-m", "tests.app.token_process", url, site.state.url]
    top = Path(__file__).parents[2]
    with subprocess.Popen(module, cwd=top, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own module
        wait_for(lambda: site.faults.told()[0]["struck"], seconds=60)
        time.sleep(0.2)
        process.kill()
    assert renewed(kept, site.state.url).header().startswith("Bearer ")
    after, _ = kept.read("acme")
    assert after.number == before.number + 1
    assert after.refresh not in {"", before.refresh}


def test_an_endpoint_that_is_down_costs_nothing_while_the_token_lives(
    kept: TokenBooks, site: Sandbox, ways: Connections
) -> None:
    authorise(ways, site)
    site.faults.switch([{"kind": "reset", "path": "/oauth/token"}])
    tokens, _now = kept.read("acme")
    # Time to renew, and the old one still serves.
    end_in(kept, 3)
    assert renewed(kept, site.state.url).header() == f"Bearer {tokens.access}"


def test_who_signs_waits_for_a_token_as_long_as_the_call_may_last(
    kept: TokenBooks, site: Sandbox, ways: Connections
) -> None:
    authorise(ways, site)
    end_in(kept, -60)
    one = renewed(kept, site.state.url)

    def sign(_number: int) -> None:
        with within(0.3), pytest.raises(UnreachableError):
            one.header()

    began = time.monotonic()
    assert kept.lease("acme", "another worker", 60)
    with ThreadPoolExecutor(2) as pool:  # the second waits for the first
        list(pool.map(sign, range(2)))
    kept.release("acme", "another worker")
    site.faults.switch([{"kind": "silence", "seconds": 40, "path": "/oauth/token"}])
    sign(0)
    assert time.monotonic() - began < gate(2, loosely=20)
    site.faults.switch([])
    assert one.header().startswith("Bearer ")  # nothing is held


@pytest.mark.parametrize("way", [Way.SERVICE_ACCOUNT, Way.DATA_CENTER_SERVICE_ACCOUNT])
def test_service_accounts_get_their_token_in_their_own_name(
    kept: TokenBooks, site: Sandbox, ways: Connections, way: Way
) -> None:
    jira, _wiki = ways(site_at(site.state.url, way), SECRETS)
    assert jira.myself().id == "us"
    wrong = SiteSecrets("another-secret")
    with kept.database.transaction() as connection:
        connection.execute(delete(SiteTokenRow))
    with pytest.raises(UnauthorizedError):
        ways(site_at(site.state.url, way), wrong)
