"""Our pages are found again, written only when they changed, and never made twice."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connectors.confluence import Confluence
from connectors.errors import (
    NotFoundError,
    RefusedError,
    UnreachableError,
)
from connectors.pages.page import Attachment, Page, make_page
from connectors.publication import Published, Untouched
from tests.connectors.conftest import PretendSite

PAGES = "/wiki/api/v2/pages"
CHART = Attachment("cost.png", "image/png", b"one picture")


def page(
    text: str = "First.",
    *,
    backlog: str = "b1",
    title: str = "Alphabet: ranking",
    files: tuple[Attachment, ...] = (),
) -> Page:
    return make_page(
        kind="ranking",
        backlog=backlog,
        title=title,
        body=f"<p>{text}</p>",
        attachments=files,
    )


def publish(site: PretendSite, what: Page, known_id: str = "") -> Published | Untouched:
    return site.confluence.publish(what, space="AB", known_id=known_id)


def published(
    site: PretendSite, what: Page | None = None, known_id: str = ""
) -> Published:
    done = publish(site, what or page(), known_id)
    assert isinstance(done, Published)
    return done


def pages(site: PretendSite) -> list[dict[str, Any]]:
    found = site.as_ada("GET", PAGES).json()["results"]
    assert isinstance(found, list)
    return found


def stored(site: PretendSite, page_id: str) -> str:
    params = {"body-format": "storage"}
    raw = site.as_ada("GET", f"{PAGES}/{page_id}", **params).json()
    return str(raw["body"]["storage"]["value"])


def properties(site: PretendSite, page_id: str) -> dict[str, Any]:
    raws = site.as_ada("GET", f"{PAGES}/{page_id}/properties").json()["results"]
    return {raw["key"]: raw["value"] for raw in raws}


def make_theirs(site: PretendSite, title: str, body: str = "<p>Mine.</p>") -> str:
    storage = {"representation": "storage", "value": body}
    given = {"spaceId": "98306", "status": "current", "title": title, "body": storage}
    return str(site.as_ada("POST", PAGES, given).json()["id"])


def edit_theirs(
    site: PretendSite, page_id: str, *, title: str = "", inside: bool = True
) -> None:
    """Edit as a person does: within our part of the page, or above and below it."""
    raw = site.as_ada("GET", f"{PAGES}/{page_id}").json()
    value = stored(site, page_id)
    if inside:
        value = value.replace(".</p>", ". A person was here.</p>", 1)
    else:
        value = f"<p>Above&nbsp;it.</p>{value}<p>Below it: <b>mine</b>.</p>"
    given = {
        "id": page_id,
        "status": "current",
        "title": title or raw["title"],
        "body": {"representation": "storage", "value": value},
        "version": {"number": raw["version"]["number"] + 1},
    }
    site.as_ada("PUT", f"{PAGES}/{page_id}", given)


def writes(site: PretendSite) -> list[httpx.Request]:
    return [request for request in site.sent if request.method != "GET"]


def once(fault: Callable[[], httpx.Response], method: str, ends: str) -> Any:
    """Make a fault that befalls the first call of its kind and no other."""
    left = [fault]

    def meddle(request: httpx.Request) -> httpx.Response | None:
        if request.method == method and request.url.path.endswith(ends) and left:
            return left.pop()()
        return None

    return meddle


def lost() -> httpx.Response:
    raise httpx.ReadError("connection reset")


def test_a_space_is_found_by_its_key(sandbox: PretendSite) -> None:
    assert sandbox.confluence.space_id("AB") == "98306"
    with pytest.raises(NotFoundError, match="'ZZ'"):
        sandbox.confluence.space_id("ZZ")


def test_a_new_page_is_whole_with_its_first_version(sandbox: PretendSite) -> None:
    done = published(sandbox)
    assert (done.version, done.created, done.edited_by_person) == (1, True, False)
    assert "First." in stored(sandbox, done.page_id)
    kept = properties(sandbox, done.page_id)
    assert kept["editor"] == "v2"
    assert kept["content-appearance-published"] == "full-width"
    assert kept["cd3"]["backlog"] == "b1"
    assert kept["cd3"]["kind"] == "ranking"
    assert kept["cd3"]["digest"] == page().digest
    labels = sandbox.as_ada("GET", f"{PAGES}/{done.page_id}/labels").json()["results"]
    assert [label["name"] for label in labels] == ["cd3-b1-ranking"]


def test_a_page_lies_below_the_parent_that_is_named(sandbox: PretendSite) -> None:
    parent = make_theirs(sandbox, "Home")
    done = sandbox.confluence.publish(page(), space="AB", parent=parent)
    raw = sandbox.as_ada("GET", f"{PAGES}/{done.page_id}").json()
    assert raw["parentId"] == parent


@pytest.mark.parametrize("known", [True, False])
def test_an_unchanged_page_is_not_written(sandbox: PretendSite, *, known: bool) -> None:
    first = published(sandbox)
    sandbox.sent.clear()
    again = publish(sandbox, page(), first.page_id if known else "")
    assert again == Untouched(first.page_id, "Alphabet: ranking", 1)
    assert writes(sandbox) == []


def test_a_changed_page_gets_its_next_version(sandbox: PretendSite) -> None:
    first = published(sandbox)
    second = published(sandbox, page("Second."), first.page_id)
    assert second == Published(first.page_id, "Alphabet: ranking", 2)
    assert "Second." in stored(sandbox, first.page_id)
    assert properties(sandbox, first.page_id)["cd3"]["version"] == 2
    assert isinstance(publish(sandbox, page("Second.")), Untouched)


def test_a_page_that_a_person_renamed_is_found_and_keeps_its_name(
    sandbox: PretendSite,
) -> None:
    first = published(sandbox)
    edit_theirs(sandbox, first.page_id, title="What we do next")
    for text in ("Second.", "Third."):
        done = published(sandbox, page(text))
        assert (done.page_id, done.title) == (first.page_id, "What we do next")
    assert len(pages(sandbox)) == 1


def test_a_renamed_backlog_renames_its_page(sandbox: PretendSite) -> None:
    first = published(sandbox)
    done = published(sandbox, page(title="Letters: ranking"))
    assert (done.page_id, done.title) == (first.page_id, "Letters: ranking")
    (only,) = pages(sandbox)
    assert only["title"] == "Letters: ranking"


def test_a_new_title_that_is_taken_is_said(sandbox: PretendSite) -> None:
    first = published(sandbox)
    theirs = make_theirs(sandbox, "Letters: ranking")
    with pytest.raises(RefusedError, match=f"page {theirs} .current."):
        published(sandbox, page(title="Letters: ranking"), first.page_id)
    assert "First." in stored(sandbox, first.page_id)


def test_two_backlogs_of_one_title_keep_apart(sandbox: PretendSite) -> None:
    first = published(sandbox)
    with pytest.raises(RefusedError, match=first.page_id):
        published(sandbox, page("Other.", backlog="b2"))
    assert "First." in stored(sandbox, first.page_id)


def test_a_copy_that_a_person_made_is_theirs(sandbox: PretendSite) -> None:
    first = published(sandbox)
    copy = make_theirs(sandbox, "Copy of Alphabet: ranking")
    value = properties(sandbox, first.page_id)["cd3"]
    path = f"{PAGES}/{copy}/properties"
    sandbox.as_ada("POST", path, {"key": "cd3", "value": value})
    label = [{"prefix": "global", "name": "cd3-b1-ranking"}]
    sandbox.as_ada("POST", f"/wiki/rest/api/content/{copy}/label", label)
    done = published(sandbox, page("Second."), known_id=copy)
    assert done.page_id == first.page_id
    assert "Mine." in stored(sandbox, copy)


@pytest.mark.parametrize("status", ["trashed", "archived", "deleted", "draft"])
def test_only_a_current_page_is_there(sandbox: PretendSite, status: str) -> None:
    """Confluence may tell a removed page, with its status, rather than 404."""
    first = published(sandbox)
    raw = sandbox.as_ada("GET", f"{PAGES}/{first.page_id}").json()
    told = httpx.Response(200, json=raw | {"status": status})
    sandbox.before = lambda request: (
        told if request.url.path.endswith(f"/pages/{first.page_id}") else None
    )
    found = sandbox.confluence.find_page(
        "b1", "ranking", space="AB", title="Alphabet: ranking", known_id=first.page_id
    )
    assert found is None


@pytest.mark.parametrize("known", ["", "999999", "no id", "-1", "../7"])
def test_an_id_that_leads_nowhere_does_no_harm(
    sandbox: PretendSite, known: str
) -> None:
    first = published(sandbox)
    assert publish(sandbox, page(), known).page_id == first.page_id


def test_a_page_that_was_never_made_is_an_error_that_may_pass(
    sandbox: PretendSite,
) -> None:
    sandbox.before = once(lost, "POST", "/pages")
    with pytest.raises(UnreachableError):
        published(sandbox)
    assert pages(sandbox) == []
    assert published(sandbox).created


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("files", [(), (CHART,)])
def test_whatever_ended_halfway_is_finished_the_next_time(
    sandbox: PretendSite, files: tuple[Attachment, ...], *, applied: bool
) -> None:
    """Lose the first, the second, … and the last of the calls that write."""
    for step in range(5 + 2 * len(files)):
        title = f"Backlog {step}"
        left = [step]

        def lose(request: httpx.Request, left: list[int] = left) -> None:
            if request.method != "GET":
                left[0] -= 1
                if left[0] == -1:
                    raise httpx.ReadError("connection reset")

        sandbox.before, sandbox.after = nothing, nothing
        setattr(sandbox, "after" if applied else "before", lose)
        if applied and step == 0:
            published(sandbox, page(title=title, files=files))
        else:
            with pytest.raises(UnreachableError):
                published(sandbox, page(title=title, files=files))
        later = page("Later.", title=title, files=files)
        done = publish(sandbox, later)
        check_whole(sandbox, done, title)
        sandbox.as_ada("DELETE", f"{PAGES}/{done.page_id}")


def nothing(_request: httpx.Request) -> None:
    """Leave all as it is."""


def check_whole(site: PretendSite, done: Published | Untouched, title: str) -> None:
    (only,) = pages(site)
    assert (only["id"], only["title"]) == (done.page_id, title)
    assert "Later." in stored(site, done.page_id)
    assert "CD3 is writing" not in stored(site, done.page_id)
    assert not done.edited_by_person
    kept = properties(site, done.page_id)
    assert {"cd3", "editor", "content-appearance-published"} == set(kept)
    assert kept["cd3"]["version"] == done.version
    labels = site.as_ada("GET", f"{PAGES}/{done.page_id}/labels").json()["results"]
    assert len(labels) == 1


def test_an_update_whose_answer_was_lost_is_not_taken_for_a_persons(
    sandbox: PretendSite,
) -> None:
    first = published(sandbox)
    sandbox.after = once(lost, "PUT", first.page_id)
    with pytest.raises(UnreachableError):
        published(sandbox, page("Second."), first.page_id)
    again = publish(sandbox, page("Second."), first.page_id)
    assert again == Untouched(first.page_id, "Alphabet: ranking", 2)
    assert properties(sandbox, first.page_id)["cd3"]["version"] == 2


def test_files_stand_before_the_text_that_shows_them(sandbox: PretendSite) -> None:
    done = published(sandbox, page(files=(CHART,)))
    order = [
        (request.method, request.url.path.rpartition("/")[2])
        for request in writes(sandbox)
    ]
    assert order.index(("PUT", "attachment")) < order.index(("PUT", done.page_id))
    assert b"First." not in writes(sandbox)[0].content
    raws = sandbox.as_ada("GET", f"{PAGES}/{done.page_id}/attachments").json()
    (file,) = raws["results"]
    assert (file["title"], file["mediaType"]) == ("cost.png", "image/png")


def test_only_files_whose_bytes_changed_are_sent(sandbox: PretendSite) -> None:
    other = Attachment("trend.png", "image/png", b"another picture")
    first = published(sandbox, page(files=(CHART, other)))
    sandbox.sent.clear()
    new = Attachment("cost.png", "image/png", b"a newer picture")
    done = published(sandbox, page(files=(new, other)), first.page_id)
    (sent,) = sandbox.said("PUT", "/child/attachment")
    assert b"a newer picture" in sent.content
    assert done.version == first.version + 1


def test_each_version_says_what_it_holds(sandbox: PretendSite) -> None:
    first = published(sandbox)
    published(sandbox, page("Second."), first.page_id)
    (sent,) = sandbox.said("PUT", first.page_id)
    message = json.loads(sent.content)["version"]["message"]
    assert message == f"cd3-b1-ranking {page('Second.').digest}"


def test_a_refusal_keeps_confluences_words(sandbox: PretendSite) -> None:
    broken = make_page(kind="ranking", backlog="b1", title="T", body="<p>open")
    with pytest.raises(RefusedError, match="Error parsing xhtml") as caught:
        published(sandbox, broken)
    assert caught.value.status == 400
    assert "POST /api/v2/pages" in str(caught.value)


def test_another_confluence_url_is_not_called(sandbox: PretendSite) -> None:
    elsewhere = Confluence(sandbox.wire, "https://other.atlassian.net/wiki")
    with pytest.raises(RefusedError, match="not on this site"):
        elsewhere.space_id("AB")
    assert sandbox.sent == []
