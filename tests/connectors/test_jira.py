"""Jira's answers become our values, and our values become what Jira takes."""

import json
from itertools import count
from typing import Any

import httpx
import pytest

from connectors.errors import (
    ForbiddenError,
    NotFoundError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
)
from connectors.jira import Jira
from connectors.jira_values import WebhookWish
from scoring.item import Gap, Mode
from scoring.mapping import read_mapping
from scoring.plan import Move
from scoring.reading.item import read_item
from tests.connectors.conftest import PretendSite, ask

COST = "customfield_10101"
SCORE = "customfield_10201"
RANKED = "project = AB ORDER BY Rank ASC"
MAPPING = read_mapping(
    {
        "cost_of_delay": {
            "model": "direct",
            "value": {"read": "number", "field": COST, "per": "week"},
        },
        "duration": {"read": "number", "field": COST, "unit": "weeks"},
    }
)


def keys(site: PretendSite) -> list[str]:
    return [issue.key for issue in site.jira.search(RANKED, fields=[])]


def sent_json(request: httpx.Request) -> Any:
    return json.loads(request.content)


def test_says_which_jira_and_who_we_are(sandbox: PretendSite) -> None:
    assert sandbox.jira.server_info().deployment == "Cloud"
    me = sandbox.jira.myself()
    assert (me.id, me.name) == ("us", "CD3")


def test_tells_granted_permissions_from_others(sandbox: PretendSite) -> None:
    wanted = ["BROWSE_PROJECTS", "SCHEDULE_ISSUES"]
    told = sandbox.jira.permissions(wanted, project="AB")
    assert told == {"BROWSE_PROJECTS": True, "SCHEDULE_ISSUES": True}
    assert sandbox.said("GET", "/mypermissions")[0].url.query == (
        b"projectKey=AB&permissions=BROWSE_PROJECTS,SCHEDULE_ISSUES"
    )


def test_fields_and_link_types_are_values(sandbox: PretendSite) -> None:
    by_id = {field.id: field for field in sandbox.jira.fields()}
    assert by_id[COST].name == "Cost of delay"
    assert by_id[COST].type == "number"
    assert by_id["customfield_10102"].custom_type.endswith(":select")
    assert sandbox.jira.rank_field == "customfield_10019"
    (blocks,) = sandbox.jira.link_types()
    assert (blocks.inward, blocks.outward) == ("is blocked by", "blocks")


def test_a_peek_asks_for_no_more_than_it_wants(sandbox: PretendSite) -> None:
    (first, second) = sandbox.jira.peek(RANKED, fields=[COST], most=2)
    assert [first.key, second.key] == keys(sandbox)[:2]
    assert COST in first.fields
    peeked, *_ = sandbox.said("POST", "/search/jql")
    assert sent_json(peeked)["maxResults"] == 2


def test_boards_and_their_configuration(sandbox: PretendSite) -> None:
    (board,) = sandbox.jira.boards("alphabet")
    assert (board.id, board.project) == (1, "AB")
    assert sandbox.jira.boards("no such") == ()
    configuration = sandbox.jira.board_configuration(1)
    assert configuration.rank_field == "customfield_10019"


def test_search_reads_issues_with_rank_and_done(sandbox: PretendSite) -> None:
    issues = list(sandbox.jira.search(RANKED, fields=[COST]))
    assert [issue.key for issue in issues] == [f"AB-{n}" for n in range(1, 7)]
    ranks = [issue.rank for issue in issues]
    assert all(ranks)
    assert ranks == sorted(ranks)
    assert [issue.done for issue in issues] == [False] * 5 + [True]
    assert issues[2].fields[COST] == 3000
    assert issues[2].summary == "Story 3"
    assert issues[0].updated


def test_search_follows_tokens_and_takes_each_issue_once(sandbox: PretendSite) -> None:
    pages = {
        None: {"issues": [{"id": "1", "key": "A-1"}], "nextPageToken": "t1"},
        "t1": {
            "issues": [{"id": "1", "key": "A-1"}, {"id": "2", "key": "A-2"}],
            "isLast": False,
            "nextPageToken": "t2",
        },
        "t2": {"issues": [{"id": "3", "key": "A-3"}], "isLast": True},
    }
    answer_searches(sandbox, lambda body: pages[body.get("nextPageToken")])
    assert keys(sandbox) == ["A-1", "A-2", "A-3"]


@pytest.mark.parametrize(
    "answer",
    [
        {"issues": [], "nextPageToken": "again"},
        {"issues": [], "isLast": False},
        {"issues": None},
    ],
)
def test_a_search_that_cannot_end_well_is_no_short_backlog(
    sandbox: PretendSite, answer: dict[str, object]
) -> None:
    answer_searches(sandbox, lambda _body: answer)
    with pytest.raises(UnreachableError):
        keys(sandbox)
    assert len(sandbox.said("POST", "/search/jql")) <= 3


def test_a_search_has_a_limit(sandbox: PretendSite) -> None:
    number = count()
    answer_searches(
        sandbox, lambda _body: {"issues": [], "nextPageToken": str(next(number))}
    )
    with pytest.raises(RefusedError, match="300 issues; narrow the JQL"):
        list(Jira(sandbox.wire, most_pages=3).search(RANKED, fields=[]))
    assert len(sandbox.said("POST", "/search/jql")) == 3


def test_search_sends_what_the_document_allows(sandbox: PretendSite) -> None:
    (ours,) = sandbox.jira.search("key = AB-2", fields=[COST], reconcile=["10001"])
    assert ours.key == "AB-2"
    body = sent_json(sandbox.said("POST", "/search/jql")[0])
    assert set(body) == {"jql", "fields", "maxResults", "reconcileIssues"}
    assert body["reconcileIssues"] == [10001]
    assert body["maxResults"] == 100
    with pytest.raises(RefusedError, match="read_issues"):
        list(sandbox.jira.search("key = AB-2", fields=[], reconcile=range(51)))


def test_a_search_is_repeated_after_a_passing_failure(sandbox: PretendSite) -> None:
    faults = iter([httpx.Response(503), httpx.Response(500)])
    sandbox.before = lambda request: (
        next(faults, None) if request.url.path.endswith("/search/jql") else None
    )
    assert len(keys(sandbox)) == 6
    assert len(sandbox.waited) == 2


def test_words_of_a_bad_jql_are_kept(sandbox: PretendSite) -> None:
    with pytest.raises(RefusedError) as caught:
        list(sandbox.jira.search("nonsense = 1", fields=[]))
    assert caught.value.status == 400
    assert "nonsense" in " ".join(caught.value.messages)
    assert "POST /rest/api/3/search/jql → 400" in str(caught.value)


def test_j24_an_odd_answer_to_a_bulk_fetch_is_taken_as_it_is(
    sandbox: PretendSite,
) -> None:
    """Fewer issues than asked for, unknown keys, and numbers that nobody wrote."""

    def spoil(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/issue/bulkfetch"):
            return None
        told = ask(sandbox.sandbox, request).json()
        kept = told["issues"][:2]
        kept[0]["fields"][COST] = 10**400
        kept[0]["fields"]["customfield_99999"] = {"new": ["shape"]}
        kept[1]["fields"][COST] = -1e308
        kept[1]["brandNew"] = [1, {"a": None}]
        body = json.dumps({**told, "issues": kept, "issueErrors": None, "more": 1})
        return httpx.Response(200, content=body)

    sandbox.after = spoil
    found = sandbox.jira.read_issues(["AB-1", "AB-2", "AB-3"], [COST])
    assert [issue.key for issue in found] == ["AB-1", "AB-2"]
    read = [
        read_item(issue, MAPPING, mode=Mode.RELATIVE, currency="", place=0)
        for issue in found
    ]
    assert [one.key for one in read if isinstance(one, Gap)] == ["AB-1", "AB-2"]


def test_read_issues_asks_by_hundreds_and_leaves_out_the_gone(
    sandbox: PretendSite,
) -> None:
    names = ["AB-2", "AB-1", *(f"AB-{n}" for n in range(1000, 1150))]
    found = sandbox.jira.read_issues(names, [COST])
    assert {issue.key for issue in found} == {"AB-1", "AB-2"}
    sizes = [
        len(sent_json(request)["issueIdsOrKeys"])
        for request in sandbox.said("POST", "/bulkfetch")
    ]
    assert sizes == [100, 52]
    assert sandbox.jira.read_issues([], []) == ()


def test_one_issue_and_what_may_be_edited_on_it(sandbox: PretendSite) -> None:
    issue = sandbox.jira.issue("AB-3", [COST, "issuelinks"])
    assert issue.fields[COST] == 3000
    assert issue.rank
    size = sandbox.jira.editmeta("AB-3")["customfield_10102"]
    assert "set" in size.operations
    assert size.options == ("S", "L")
    with pytest.raises(NotFoundError, match="AB-99"):
        sandbox.jira.issue("AB-99", [])


def test_a_key_stays_one_segment_of_the_path(sandbox: PretendSite) -> None:
    with pytest.raises(NotFoundError):
        sandbox.jira.issue("../../field?x=", [])
    asked = next(
        request for request in sandbox.sent if b"issue/" in request.url.raw_path
    )
    assert asked.url.raw_path.startswith(b"/rest/api/3/issue/..%2F..%2Ffield%3Fx%3D")
    with pytest.raises(RefusedError):
        sandbox.jira.issue("..", [])


def test_an_edit_may_spare_the_watchers_their_mail(sandbox: PretendSite) -> None:
    sandbox.jira.write_fields("AB-1", {SCORE: 2.5}, quiet=True)
    assert sandbox.jira.issue("AB-1", [SCORE]).fields[SCORE] == 2.5
    [asked] = sandbox.said("PUT", "/issue/AB-1")
    assert asked.url.query == b"notifyUsers=false"


def test_writes_fields_and_clears_them(sandbox: PretendSite) -> None:
    sandbox.jira.write_fields("AB-1", {SCORE: 12.5, "summary": "Story one"})
    assert sandbox.jira.issue("AB-1", [SCORE]).fields[SCORE] == 12.5
    sandbox.jira.write_fields("AB-1", {SCORE: None})
    assert sandbox.jira.issue("AB-1", [SCORE]).fields[SCORE] is None
    for request in sandbox.said("PUT", "/issue/AB-1"):
        assert request.url.query == b""


def test_a_refused_write_names_the_field(sandbox: PretendSite) -> None:
    with pytest.raises(RefusedError) as caught:
        sandbox.jira.write_fields("AB-1", {SCORE: "twelve"})
    assert set(caught.value.field_errors) == {SCORE}
    assert SCORE in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_sent(sandbox: PretendSite, value: float) -> None:
    with pytest.raises(RefusedError) as caught:
        sandbox.jira.write_fields("AB-1", {SCORE: value})
    assert set(caught.value.field_errors) == {SCORE}
    assert sandbox.sent == []


def losing(*, applied: bool, site: PretendSite) -> None:
    """Lose the first answer to a PUT, before or after the write."""
    lost = iter([True])

    def lose(request: httpx.Request) -> None:
        if request.method == "PUT" and next(lost, False):
            raise httpx.ReadError("reset", request=request)

    if applied:
        site.after = lose
    else:
        site.before = lose


def test_a_field_write_whose_answer_was_lost_is_looked_up(sandbox: PretendSite) -> None:
    losing(applied=True, site=sandbox)
    sandbox.jira.write_fields("AB-1", {SCORE: 1.0})
    assert len(sandbox.said("PUT", "/issue/AB-1")) == 1
    assert len(sandbox.said("GET", "/issue/AB-1")) == 1


def test_a_field_write_that_did_not_arrive_is_said_again(sandbox: PretendSite) -> None:
    losing(applied=False, site=sandbox)
    sandbox.jira.write_fields("AB-1", {SCORE: 1.0})
    assert len(sandbox.said("PUT", "/issue/AB-1")) == 2
    assert sandbox.jira.issue("AB-1", [SCORE]).fields[SCORE] == 1.0


def test_a_move_puts_issues_in_the_given_order(sandbox: PretendSite) -> None:
    outcome = sandbox.jira.rank(Move(("AB-5", "AB-4"), "AB-1", "before"))
    assert outcome.moved == ("AB-5", "AB-4")
    assert not outcome.failed
    assert keys(sandbox) == ["AB-5", "AB-4", "AB-1", "AB-2", "AB-3", "AB-6"]
    sandbox.jira.rank(Move(("AB-1",), "AB-3", "after"))
    assert keys(sandbox) == ["AB-5", "AB-4", "AB-2", "AB-3", "AB-1", "AB-6"]


def test_a_partial_move_says_which_issue_failed_and_why(sandbox: PretendSite) -> None:
    outcome = sandbox.jira.rank(Move(("AB-5", "AB-99"), "AB-1", "before"))
    assert outcome.moved == ("AB-5",)
    assert set(outcome.failed) == {"AB-99"}
    assert outcome.failed["AB-99"]


def test_a_move_is_not_repeated_when_its_outcome_is_unknown(
    sandbox: PretendSite,
) -> None:
    sandbox.after = lambda request: (
        httpx.Response(502) if request.url.path.endswith("/rank") else None
    )
    with pytest.raises(UnreachableError):
        sandbox.jira.rank(Move(("AB-5",), "AB-1", "before"))
    assert len(sandbox.said("PUT", "/issue/rank")) == 1


def test_a_move_that_jira_turned_away_is_repeated(sandbox: PretendSite) -> None:
    busy = iter([httpx.Response(429, headers={"Retry-After": "2"})])
    sandbox.before = lambda request: (
        next(busy, None) if request.url.path.endswith("/rank") else None
    )
    sandbox.jira.rank(Move(("AB-5",), "AB-1", "before"))
    assert keys(sandbox)[0] == "AB-5"
    (waited,) = sandbox.waited
    assert 2.0 <= waited <= 2.6


@pytest.mark.parametrize("size", [0, 51])
def test_j16_a_move_that_jira_would_refuse_is_not_sent(
    sandbox: PretendSite, size: int
) -> None:
    with pytest.raises(RefusedError, match="1 to 50 issues"):
        sandbox.jira.rank(Move(("AB-1",) * size, "AB-2", "after"))
    assert sandbox.sent == []


def test_webhooks_are_made_changed_and_taken_away(sandbox: PretendSite) -> None:
    wish = WebhookWish(
        name="CD3",
        url="https://cd3.example/webhooks/jira/main",
        events=("jira:issue_updated",),
        jql="project = AB",
        secret="hush",
    )
    made = sandbox.jira.create_webhook(wish)
    assert made.signed
    assert "hush" not in repr(wish)
    (listed,) = sandbox.jira.webhooks()
    assert listed == made
    assert (listed.jql, listed.events) == ("project = AB", ("jira:issue_updated",))
    other = WebhookWish("CD3 new", wish.url, ("jira:issue_deleted",), "project = AB")
    assert sandbox.jira.update_webhook(made.id, other).name == "CD3 new"
    sandbox.jira.delete_webhook(made.id)
    assert sandbox.jira.webhooks() == ()


def test_a_wrong_token_is_said_once(sandbox: PretendSite) -> None:
    sandbox.before = lambda _request: httpx.Response(
        401, text="Client must be authenticated", headers={"Content-Type": "text/plain"}
    )
    with pytest.raises(UnauthorizedError, match="authenticated"):
        sandbox.jira.myself()
    assert len(sandbox.sent) == 1


def test_a_login_page_is_not_taken_for_an_answer(sandbox: PretendSite) -> None:
    sandbox.before = lambda _request: httpx.Response(200, html="<h1>Log in</h1>")
    for question in (sandbox.jira.myself, sandbox.jira.fields, sandbox.jira.webhooks):
        with pytest.raises(RefusedError, match="web page"):
            question()


@pytest.mark.parametrize("body", [b"", b"[1, 2", b"[]", b"null"])
def test_an_answer_of_another_shape_may_pass(sandbox: PretendSite, body: bytes) -> None:
    sandbox.before = lambda _request: httpx.Response(200, content=body)
    with pytest.raises(UnreachableError):
        sandbox.jira.myself()


def test_without_the_permission_a_move_is_forbidden(sandbox: PretendSite) -> None:
    sandbox.before = lambda request: (
        httpx.Response(403, json={"errorMessages": ["You may not schedule issues."]})
        if request.url.path.endswith("/rank")
        else None
    )
    with pytest.raises(ForbiddenError, match="You may not schedule issues"):
        sandbox.jira.rank(Move(("AB-5",), "AB-1", "before"))


def test_every_call_is_counted_by_its_pattern(sandbox: PretendSite) -> None:
    sandbox.jira.write_fields("AB-1", {SCORE: 1.0})
    sandbox.jira.board_configuration(1)
    told = {(call.method, call.template, call.status) for call in sandbox.calls}
    assert told == {
        ("PUT", "/rest/api/3/issue/{}", 204),
        ("GET", "/rest/agile/1.0/board/{}/configuration", 200),
    }


def answer_searches(site: PretendSite, answer: Any) -> None:
    def before(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/search/jql"):
            return None
        return httpx.Response(200, json=answer(sent_json(request)))

    site.before = before
