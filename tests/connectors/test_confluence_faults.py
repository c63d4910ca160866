"""What Confluence and its people do to our pages, and what becomes of them."""

import json

import httpx
import pytest

from connectors.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    UnreachableError,
)
from connectors.publication import TargetError, Untouched
from tests.connectors.conftest import PretendSite
from tests.connectors.test_confluence import (
    PAGES,
    edit_theirs,
    lost,
    make_theirs,
    once,
    page,
    pages,
    properties,
    publish,
    published,
    stored,
    writes,
)


def test_c1_a_conflict_is_met_by_reading_again(sandbox: PretendSite) -> None:
    first = published(sandbox)
    left = [True, True]

    def meddle(request: httpx.Request) -> None:
        if request.method == "PUT" and left:
            left.pop()
            edit_theirs(sandbox, first.page_id)

    sandbox.before = meddle
    done = published(sandbox, page("Second."), first.page_id)
    assert done.version == 4  # two edits of a person's, then ours
    assert done.edited_by_person
    assert "Second." in stored(sandbox, first.page_id)


def test_c1_endless_conflicts_end(sandbox: PretendSite) -> None:
    first = published(sandbox)
    sandbox.before = lambda request: (
        httpx.Response(409, json={}) if request.method == "PUT" else None
    )
    with pytest.raises(ConflictError):
        published(sandbox, page("Second."), first.page_id)
    assert len(sandbox.said("PUT", first.page_id)) == 3


def test_c2_what_people_write_around_our_part_stays(sandbox: PretendSite) -> None:
    first = published(sandbox)
    edit_theirs(sandbox, first.page_id, inside=False)
    for text in ("Second.", "Third."):
        done = published(sandbox, page(text), first.page_id)
        assert not done.edited_by_person
        kept = stored(sandbox, first.page_id)
        assert kept.index("Above") < kept.index(text) < kept.index("Below it")
        assert kept.count("Above") == kept.count("Below it") == 1
        assert "First." not in kept


def test_c2_an_edit_around_our_part_is_no_news_and_no_write(
    sandbox: PretendSite,
) -> None:
    first = published(sandbox)
    edit_theirs(sandbox, first.page_id, inside=False)
    same = publish(sandbox, page(), first.page_id)
    assert isinstance(same, Untouched)
    assert not same.edited_by_person
    sandbox.sent.clear()
    assert isinstance(publish(sandbox, page(), first.page_id), Untouched)
    assert writes(sandbox) == []


def test_c2_an_edit_of_our_part_is_told_of(sandbox: PretendSite) -> None:
    first = published(sandbox)
    edit_theirs(sandbox, first.page_id)
    for _time in range(2):
        same = publish(sandbox, page(), first.page_id)
        assert isinstance(same, Untouched)
        assert same.edited_by_person
    assert "A person was here." in stored(sandbox, first.page_id)
    over = published(sandbox, page("Second."), first.page_id)
    assert over.edited_by_person
    assert not published(sandbox, page("Third."), first.page_id).edited_by_person


def test_c2_where_our_part_cannot_be_told_nothing_is_written(
    sandbox: PretendSite,
) -> None:
    first = published(sandbox)
    raw = sandbox.as_ada("GET", f"{PAGES}/{first.page_id}").json()
    body = {"representation": "storage", "value": "<p>All mine now.</p>"}
    given = {
        "id": first.page_id,
        "status": "current",
        "title": raw["title"],
        "body": body,
        "version": {"number": 2},
    }
    sandbox.as_ada("PUT", f"{PAGES}/{first.page_id}", given)
    with pytest.raises(TargetError, match="Restore version 1"):
        published(sandbox, page("Second."), first.page_id)
    assert "All mine now." in stored(sandbox, first.page_id)


def test_c4_broken_text_is_refused_once_and_not_tried_again(
    sandbox: PretendSite,
) -> None:
    with pytest.raises(RefusedError, match="Error parsing xhtml"):
        published(sandbox, page("<b>"))
    assert len(sandbox.said("POST", "/pages")) == 1


def test_c5_a_title_proves_nothing(sandbox: PretendSite) -> None:
    theirs = make_theirs(sandbox, "Alphabet: ranking")
    with pytest.raises(TargetError) as caught:
        published(sandbox)
    assert theirs in str(caught.value)
    assert "Rename or remove" in str(caught.value)
    assert "Mine." in stored(sandbox, theirs)
    assert properties(sandbox, theirs) == {}
    assert len(pages(sandbox)) == 1


def test_c5_our_own_page_of_that_title_is_taken(sandbox: PretendSite) -> None:
    """Should search and label not know it yet: the clash leads to it."""
    first = published(sandbox)
    hidden = httpx.Response(200, json={"results": [], "_links": {}})
    left = [hidden]

    def meddle(request: httpx.Request) -> httpx.Response | None:
        if "content/search" in request.url.path:
            return hidden
        if request.method == "GET" and request.url.path.endswith("/pages") and left:
            return left.pop()
        return None

    sandbox.before = meddle
    assert published(sandbox, page("Second.")).page_id == first.page_id
    sandbox.before = lambda _request: None
    assert len(pages(sandbox)) == 1


def test_c6_a_page_whose_answer_was_lost_is_not_made_twice(
    sandbox: PretendSite,
) -> None:
    sandbox.after = once(lost, "POST", "/pages")
    done = published(sandbox)
    assert done.created
    (only,) = pages(sandbox)
    assert only["id"] == done.page_id
    assert isinstance(publish(sandbox, page()), Untouched)


@pytest.mark.parametrize("status", ["trashed", "archived"])
def test_c7_a_page_that_was_put_away_stays_away(
    sandbox: PretendSite, status: str
) -> None:
    first = published(sandbox)
    sandbox.as_ada("DELETE", f"{PAGES}/{first.page_id}")
    sandbox.sandbox.state.wiki.pages[first.page_id].status = status
    with pytest.raises(TargetError, match=f"put page {first.page_id} away"):
        published(sandbox, page("Second."), first.page_id)
    assert pages(sandbox) == []


def test_c7_a_page_that_was_deleted_for_good_is_made_anew(
    sandbox: PretendSite,
) -> None:
    first = published(sandbox)
    sandbox.as_ada("DELETE", f"{PAGES}/{first.page_id}")
    sandbox.as_ada("DELETE", f"{PAGES}/{first.page_id}", purge="true")
    done = published(sandbox, known_id=first.page_id)
    assert done.created
    assert done.page_id != first.page_id


def test_c7_a_space_that_is_gone_is_said(sandbox: PretendSite) -> None:
    with pytest.raises(NotFoundError, match="'ZZ'"):
        sandbox.confluence.publish(page(), space="ZZ")
    with pytest.raises(RefusedError):
        sandbox.confluence.publish(page(), space="AB", parent="999999")
    assert pages(sandbox) == []


@pytest.mark.parametrize("status", [400, 409, 500])
@pytest.mark.parametrize(
    "words",
    [
        "javax.persistence.OptimisticLockException: Row was updated",
        "Transaction rolled back because it has been marked as rollback-only",
        "org.springframework.transaction.UnexpectedRollbackException",
        "the content is unreconciled",
    ],
)
def test_c8_what_confluence_rolled_back_is_tried_again(
    sandbox: PretendSite, words: str, status: int
) -> None:
    first = published(sandbox)
    told = httpx.Response(status, json={"errors": [{"title": words}]})
    sandbox.before = once(lambda: told, "PUT", first.page_id)
    with pytest.raises(UnreachableError):  # the queue comes back
        published(sandbox, page("Second."), first.page_id)
    assert "First." in stored(sandbox, first.page_id)
    done = published(sandbox, page("Second."), first.page_id)
    assert (done.version, done.edited_by_person) == (2, False)


def test_c10_the_same_again_is_no_version_and_no_write(sandbox: PretendSite) -> None:
    first = published(sandbox)
    sandbox.sent.clear()
    for known in (first.page_id, ""):
        again = publish(sandbox, page(), known)
        assert again == Untouched(first.page_id, "Alphabet: ranking", 1)
    assert writes(sandbox) == []
    raw = sandbox.as_ada("GET", f"{PAGES}/{first.page_id}").json()
    assert raw["version"]["number"] == 1


def test_c10_each_write_carries_the_next_number(sandbox: PretendSite) -> None:
    first = published(sandbox)
    published(sandbox, page("Second."), first.page_id)
    (sent,) = sandbox.said("PUT", first.page_id)
    assert json.loads(sent.content)["version"]["number"] == 2
