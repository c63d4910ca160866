"""A 401 counts against the credential only where the site does not know us at all."""

from collections.abc import Callable

import pytest

from connectors.errors import (
    NotGrantedError,
    UnauthorizedError,
    UnreachableError,
)
from connectors.scopes import scope_for
from connectors.ways import SCOPES
from scoring.plan import Move
from tests.connectors.conftest import PretendSite

MOVE = Move(("AB-2",), "AB-1", "before")
MYSELF = "/rest/api/3/myself"


def search(site: PretendSite) -> object:
    return list(site.jira.search("project = AB", fields=["summary"]))


def fields(site: PretendSite) -> object:
    return site.jira.fields()


def rank(site: PretendSite) -> object:
    return site.jira.rank(MOVE)


def space(site: PretendSite) -> object:
    return site.confluence.space_id("AB")


@pytest.mark.parametrize(
    ("do", "path", "scope"),
    [
        (fields, "/rest/api/3/field", "read:jira-work"),
        (rank, "*/issue/rank", "write:issue:jira-software"),
        (space, "/wiki/*", "read:space:confluence"),
        (lambda site: site.jira.myself(), MYSELF, "read:jira-user"),
    ],
    ids=["fields", "rank", "space", "myself"],
)
def test_a_missing_scope_is_named_and_nothing_else_is_asked(
    sandbox: PretendSite, do: Callable[[PretendSite], object], path: str, scope: str
) -> None:
    sandbox.sandbox.faults.switch([{"kind": "scope", "path": path}])
    with pytest.raises(NotGrantedError, match=f"needs {scope}.*docs/access.md"):
        do(sandbox)
    assert len(sandbox.sent) == 1


@pytest.mark.parametrize(
    ("do", "path", "words"),
    [
        (rank, "*/issue/rank", "Jira knows us by this credential"),
        (space, "/wiki/*", "Jira knows us, Confluence does not"),
    ],
    ids=["rank", "space"],
)
def test_a_call_that_is_refused_alone_says_nothing_against_the_credential(
    sandbox: PretendSite, do: Callable[[PretendSite], object], path: str, words: str
) -> None:
    sandbox.sandbox.faults.switch([{"kind": "expired", "path": path}])
    with pytest.raises(NotGrantedError, match=words):
        do(sandbox)
    assert [one.url.path for one in sandbox.sent[1:]] == [MYSELF]


@pytest.mark.parametrize("kind", ["expired", "anonymous"])
@pytest.mark.parametrize("do", [search, fields, rank, space])
def test_j10_an_ended_credential_is_known_by_two_calls(
    sandbox: PretendSite, do: Callable[[PretendSite], object], kind: str
) -> None:
    sandbox.sandbox.faults.switch([{"kind": kind}])
    with pytest.raises(UnauthorizedError):
        do(sandbox)
    assert [one.url.path for one in sandbox.sent[1:]] == [MYSELF]


def test_an_answer_as_to_anybody_from_a_jira_that_knows_us_passes(
    sandbox: PretendSite,
) -> None:
    sandbox.sandbox.faults.switch([{"kind": "anonymous", "path": "*/search/jql"}])
    with pytest.raises(UnreachableError, match="as to anybody"):
        search(sandbox)


def test_a_jira_that_does_not_say_who_we_are_decides_nothing(
    sandbox: PretendSite,
) -> None:
    away = {"kind": "status", "status": 503, "path": MYSELF}
    sandbox.sandbox.faults.switch([{"kind": "expired", "path": "*/field"}, away])
    with pytest.raises(UnreachableError):
        fields(sandbox)


def test_without_read_jira_user_it_still_knows_us(sandbox: PretendSite) -> None:
    lacks = {"kind": "scope", "path": MYSELF}
    sandbox.sandbox.faults.switch([{"kind": "expired", "path": "*/field"}, lacks])
    with pytest.raises(NotGrantedError):
        fields(sandbox)


CALLS = [
    ("GET", "/rest/api/3/myself"),
    ("POST", "/rest/api/3/search/jql"),
    ("POST", "/rest/api/3/changelog/bulkfetch"),
    ("GET", "/rest/api/3/field"),
    ("PUT", "/rest/api/3/issue/AB-1"),
    ("PUT", "/rest/agile/1.0/issue/rank"),
    ("GET", "/rest/agile/1.0/board"),
    ("GET", "/api/v2/spaces"),
    ("GET", "/api/v2/pages/1"),
    ("PUT", "/api/v2/pages/1"),
    ("GET", "/rest/api/content/search"),
    ("POST", "/rest/api/content/1/label"),
    ("PUT", "/rest/api/content/1/child/attachment"),
]


def test_the_scopes_that_are_named_are_those_that_are_asked_for() -> None:
    named = {one for call in CALLS for one in scope_for(*call).split(" and ")}
    assert named == set(SCOPES)
    assert scope_for("GET", "/rest/webhooks/1.0/webhook") == ""
