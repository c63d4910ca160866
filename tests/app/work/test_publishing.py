"""Each page ends published, shortened, blocked or refused; none keeps another back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.books.backlogs import Backlog, PageKind, PagesPlace
from app.books.database import Database
from app.books.pages import KeptPage, Pages
from app.work.paging import MOST_BYTES, Draft
from app.work.publishing import Publisher
from connectors.errors import UnauthorizedError, UnreachableError
from connectors.pages.page import Page
from connectors.pages.ranking import build_ranking
from scoring.item import Mode
from tests.app.conftest import NOW
from tests.app.fences import open_fence
from tests.connectors.conftest import PretendSite, access, sandbox
from tests.connectors.pages.stock import Given, origin, summary

__all__ = ["access", "sandbox"]

KINDS: tuple[PageKind, ...] = ("ranking", "discovery")
PLACE = PagesPlace(space="AB", parent_id="", kinds=KINDS)
BACKLOG = Backlog("one", "acme", "One", "project = AB", Mode.RELATIVE, "", NOW)
BACKLOG = replace(BACKLOG, pages=PLACE)
MANY: list[Given] = [(f"AB-{n}", 1.0, 1.0, n) for n in range(1, 161)]
LIMIT = 60_000


def draft(kind: PageKind, text: str = "x", given: list[Given] | None = None) -> Draft:
    """Draft a page of any kind; the ranking's rows do for all of them."""

    def build(share: float) -> Page:
        made = replace(origin(text), share=share)
        page = build_ranking(summary(text, given=given or MANY), made)
        return replace(page, kind=kind, title=f"One: {kind}", backlog="one")

    return Draft(kind, build)


@pytest.fixture
def publisher(books: Database) -> Publisher:
    return Publisher(books, Pages())


def bring(
    publisher: Publisher, site: PretendSite, *drafts: Draft
) -> dict[str, KeptPage]:
    fence = open_fence(publisher.database)
    publisher.publish(site.confluence, BACKLOG, drafts, now=NOW, fence=fence)
    return kept(publisher)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "expired", "path": "/wiki/*"}, {"kind": "scope", "path": "/wiki/*"}],
)
def test_a_401_of_confluence_alone_costs_the_pages_alone(
    publisher: Publisher, sandbox: PretendSite, fault: dict[str, Any]
) -> None:
    sandbox.sandbox.faults.switch([fault])
    page = bring(publisher, sandbox, draft("ranking"))["ranking"]
    assert page.state == "refused"
    assert "Confluence refused the site's token" in page.reason


def test_a_401_of_all_ends_the_run(publisher: Publisher, sandbox: PretendSite) -> None:
    sandbox.sandbox.faults.switch([{"kind": "expired"}])
    with pytest.raises(UnauthorizedError):
        bring(publisher, sandbox, draft("ranking"), draft("discovery"))
    assert kept(publisher) == {}


def kept(publisher: Publisher) -> dict[str, KeptPage]:
    with publisher.database.reading() as session:
        return {page.kind: page for page in Pages().list(session, "one")}


def too_large(
    limit: int, status: int, words: str
) -> Callable[[httpx.Request], httpx.Response | None]:
    def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.method in {"PUT", "POST"} and len(request.content) > limit:
            return httpx.Response(status, json={"errors": [{"title": words}]})
        return None

    return refuse


def test_c3_no_page_is_larger_than_we_say_and_what_is_left_out_is_told() -> None:
    wordy = [(f"AB-{n}", 1.0, 1.0, n) for n in range(1, 251)]
    whole = draft("ranking", "w" * 2000, wordy)
    assert len(whole.build(1.0).body) > MOST_BYTES
    fits = next(whole.fitting())
    assert len(fits.body.encode()) <= MOST_BYTES
    rows = fits.body.count("<tr>")
    assert f"{250 - int(500 * fits.share):,} more issues of the order" in fits.body
    assert rows < 500


@pytest.mark.parametrize(
    ("status", "words"), [(413, "The content body is too large."), (400, "too large")]
)
def test_c3_where_confluence_takes_less_the_page_is_shortened(
    publisher: Publisher, sandbox: PretendSite, status: int, words: str
) -> None:
    sandbox.before = too_large(LIMIT, status, words)
    page = bring(publisher, sandbox, draft("ranking"))["ranking"]
    assert page.state == "shortened"
    assert "rows are left out" in page.reason
    body = str(
        sandbox.as_ada(
            "GET", f"/wiki/api/v2/pages/{page.page_id}", **{"body-format": "storage"}
        ).json()["body"]["storage"]["value"]
    )
    assert "more issues of the order are not shown here" in body
    sandbox.sent.clear()
    again = bring(publisher, sandbox, draft("ranking"))["ranking"]
    assert again == page
    writing = [r for r in sandbox.sent if r.method != "GET"]
    assert len(writing) < 4  # the whole page is not tried for ever


def test_c3_a_page_that_is_refused_at_any_size_says_so(
    publisher: Publisher, sandbox: PretendSite
) -> None:
    sandbox.before = too_large(0, 413, "The content body is too large.")
    page = bring(publisher, sandbox, draft("ranking"))["ranking"]
    assert page.state == "refused"
    assert "too large" in page.reason


def test_c7_a_target_that_is_gone_blocks_and_says_what_to_do(
    publisher: Publisher, sandbox: PretendSite
) -> None:
    page = bring(publisher, sandbox, draft("ranking"))["ranking"]
    sandbox.as_ada("DELETE", f"/wiki/api/v2/pages/{page.page_id}")
    after = bring(publisher, sandbox, draft("ranking", "new"))["ranking"]
    assert after.state == "blocked"
    assert "Restore it" in after.reason
    assert after.page_id == page.page_id


def test_a_page_that_cannot_be_reached_keeps_no_other_back(
    publisher: Publisher, sandbox: PretendSite
) -> None:
    def fail(request: httpx.Request) -> httpx.Response | None:
        wanted = request.method == "POST" and request.url.path.endswith("/pages")
        if wanted and b"One: ranking" in request.content:
            return httpx.Response(500, json={})
        return None

    sandbox.before = fail
    with pytest.raises(UnreachableError):
        bring(publisher, sandbox, draft("ranking"), draft("discovery"))
    assert list(kept(publisher)) == ["discovery"]


def test_an_edit_of_our_part_is_kept_in_the_books(
    publisher: Publisher, sandbox: PretendSite
) -> None:
    page = bring(publisher, sandbox, draft("ranking"))["ranking"]
    path = f"/wiki/api/v2/pages/{page.page_id}"
    raw = sandbox.as_ada("GET", path, **{"body-format": "storage"}).json()
    value = raw["body"]["storage"]["value"].replace("The order", "Their order")
    given = {
        "id": page.page_id,
        "status": "current",
        "title": raw["title"],
        "body": {"representation": "storage", "value": value},
        "version": {"number": 2},
    }
    sandbox.as_ada("PUT", path, given)
    stands = bring(publisher, sandbox, draft("ranking"))["ranking"]
    assert "their text stands until" in stands.reason
    over = bring(publisher, sandbox, draft("ranking", "new"))["ranking"]
    assert "our text replaced theirs, version 2" in over.reason
