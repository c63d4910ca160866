"""The second client says the same words to a Data Center, held to its reference."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import httpx
import pytest
import respx

from connectors.access import SiteAccess
from connectors.clients import AnyJira, open_clients
from connectors.confluence import Confluence
from connectors.errors import NotFoundError, RefusedError, UnreachableError
from connectors.jira_datacenter import DataCenterJira
from connectors.jira_values import WebhookWish
from connectors.kind import Kind, SiteKind, ask_kind
from connectors.pages.page import Attachment, make_page
from connectors.publication import Published, Untouched
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.confluence.store import By
from connectors.sandbox.flavour import Flavour
from connectors.sandbox.state import Site
from connectors.wire import Wire
from scoring.plan import Move
from tests.connectors.conftest import SEED, ask

URL = "https://jira.acme.example"
WIKI = f"{URL}/wiki"
SEARCH = "POST /rest/api/2/search"
COST, SCORE = "customfield_10101", "customfield_10201"
WISH = WebhookWish(
    "CD3", "https://cd3.example/hook", ("jira:issue_updated",), "project = AB", "s"
)


@dataclass
class Town:
    """A pretend Data Center behind respx, and the clients that reach it."""

    sandbox: Sandbox
    wire: Wire
    jira: AnyJira
    confluence: Confluence
    sent: list[str] = field(default_factory=list)
    instead: dict[str, list[httpx.Response]] = field(default_factory=dict)

    def said(self, method: str, path: str) -> int:
        return sum(1 for one in self.sent if one == f"{method} {path}")


def town(version: str, *, most_found: int = 1000, below: str = "") -> Iterator[Town]:
    flavour = Flavour.data_center(version, most_found=most_found)
    sandbox = create_sandbox(SEED, url=URL, flavour=flavour)
    hosts = frozenset({"jira.acme.example"})
    access = SiteAccess(URL + below, WIKI, "cd3", "cd3-token", allowed_hosts=hosts)
    with Wire(access, sleep=lambda _seconds: None) as wire:
        kind = SiteKind(Kind.DATA_CENTER, version)
        made = Town(sandbox, wire, *open_clients(wire, kind, WIKI))

        def answer(request: httpx.Request) -> httpx.Response:
            call = f"{request.method} {request.url.path}"
            made.sent.append(call)
            if early := made.instead.get(call):
                return early.pop(0)
            inner = str(request.url).replace(f"{URL}{below}/rest", f"{URL}/rest")
            return ask(
                sandbox,
                httpx.Request(
                    request.method,
                    inner,
                    headers=request.headers,
                    content=request.read(),
                ),
            )

        with respx.mock(assert_all_called=False) as router:
            router.route(host="jira.acme.example").mock(side_effect=answer)
            yield made
    sandbox.close()


@pytest.fixture
def acme() -> Iterator[Town]:
    yield from town("9.12.5")


@pytest.fixture(params=["9.12.5", "10.3.1"])
def hooked(request: pytest.FixtureRequest) -> Iterator[Town]:
    yield from town(request.param)


def test_it_says_what_it_is(acme: Town) -> None:
    assert ask_kind(acme.wire) == SiteKind(Kind.DATA_CENTER, "9.12.5")
    assert acme.jira.server_info().deployment == "Server"
    assert acme.jira.myself().id == "JIRAUSER10100"


@pytest.fixture
def stingy() -> Iterator[Town]:
    yield from town("9.12.5", most_found=3)


def test_a_search_is_read_page_by_page_to_its_end(stingy: Town) -> None:
    acme = stingy
    found = list(acme.jira.search("project = AB ORDER BY Rank", fields=[COST]))
    assert [issue.key for issue in found] == [f"AB-{n}" for n in range(1, 7)]
    assert found[1].fields[COST] == 2000.0
    assert found[0].rank < found[1].rank
    assert found[5].done
    assert acme.said("POST", "/rest/api/2/search") == 3


def test_it_may_stand_below_a_path() -> None:
    for acme in town("9.12.5", below="/jira"):
        assert ask_kind(acme.wire).kind is Kind.DATA_CENTER
        acme.jira.write_fields("AB-3", {SCORE: 2.5})
        assert len(list(acme.jira.search("project = AB", fields=[]))) == 6
        assert acme.confluence.space_id("AB") == "98306"
        jiras = [one for one in acme.sent if "/wiki/" not in one]
        assert all(" /jira/rest/" in one for one in jiras)


def test_an_edit_may_spare_the_watchers_their_mail() -> None:
    for acme in town("9.12.5"):
        acme.jira.write_fields("AB-3", {SCORE: 2.5}, quiet=True)
        assert acme.jira.issue("AB-3", [SCORE]).fields[SCORE] == 2.5


def dragged_up(state: Site) -> list[str]:
    """Drag the last to the top: all others move down by one."""
    last, top = state.find("AB-6"), state.find("AB-1")
    assert last is not None
    assert top is not None
    state.ranks.put(last.id, top.id, "before")
    return []


def left(state: Site) -> list[str]:
    """Let two leave: all others move up."""
    for key in ("AB-1", "AB-2"):
        issue = state.find(key)
        assert issue is not None
        state.remove_issue(issue)
    return []


def replaced(state: Site) -> list[str]:
    """Let two leave and others come, so that the total stays."""
    model = state.find("AB-6")
    assert model is not None
    left(state)
    for number in (97, 98):
        state.add_issue(replace(model, id=str(number), key=f"AB-{number}"))
        state.ranks.append(str(number))
    return ["97", "98"]


SHIFTS = pytest.mark.parametrize("shift", [dragged_up, left, replaced])


@SHIFTS
def test_an_issue_that_slips_between_two_pages_is_read(
    stingy: Town, shift: Callable[[Site], list[str]]
) -> None:
    state = stingy.sandbox.state
    found = stingy.jira.search("project = AB ORDER BY Rank", fields=[COST])
    all_ids = [issue.id for issue in state.in_rank_order() if issue.key < "AB-7"]
    seen = [next(found).id]
    came = shift(state)
    seen += [issue.id for issue in found]
    assert sorted(seen) == sorted(all_ids + came)


@SHIFTS
def test_an_id_that_slips_between_two_pages_is_named(
    stingy: Town, shift: Callable[[Site], list[str]]
) -> None:
    state = stingy.sandbox.state
    found = stingy.jira.ids("project = AB ORDER BY Rank")
    all_ids = [issue.id for issue in state.in_rank_order() if issue.key < "AB-7"]
    seen = [next(found)]
    came = shift(state)
    seen += found
    assert sorted(seen) == sorted(all_ids + came)


def test_a_search_that_shifts_each_time_is_no_whole(acme: Town) -> None:
    pages = [
        {"total": total, "issues": [{"id": str(number)} for number in numbers]}
        for total, numbers in ((4, (1, 2)), (3, (3, 4)))
    ]
    acme.instead[SEARCH] = [httpx.Response(200, json=page) for page in pages * 3]
    with pytest.raises(UnreachableError, match="one may be missing"):
        list(acme.jira.ids("project = AB"))
    assert acme.said("POST", "/rest/api/2/search") == 6


def test_a_search_that_ends_too_early_is_no_whole(acme: Town) -> None:
    page = {"startAt": 0, "maxResults": 2, "total": 6, "issues": []}
    acme.instead[SEARCH] = [httpx.Response(200, json=page)]
    with pytest.raises(UnreachableError, match="0 issues of 6"):
        list(acme.jira.search("project = AB", fields=[]))


def test_its_search_reconciles_nothing(acme: Town) -> None:
    assert not acme.jira.reconciles
    with pytest.raises(RefusedError, match="read_issues"):
        list(acme.jira.search("project = AB", fields=[], reconcile=["1"]))


def test_ranks_cost_one_request_however_many(acme: Town) -> None:
    found = {one.id: one.rank for one in acme.jira.read_issues(["AB-1", "AB-2"], [])}
    assert acme.jira.ranks([*found, "AB-99"]) == found
    assert acme.said("POST", "/rest/api/2/search") == 1


@pytest.mark.parametrize("count", [3, 30])
def test_issues_that_are_gone_are_left_out(acme: Town, count: int) -> None:
    names = [f"AB-{n}" for n in range(4, 4 + count)]
    found = acme.jira.read_issues(names, [COST])
    assert {issue.key for issue in found} == {"AB-4", "AB-5", "AB-6"}
    assert acme.said("POST", "/rest/api/2/search") == (count > 20)
    with pytest.raises(NotFoundError):
        acme.jira.issue("AB-99", [])


def test_what_is_no_key_is_never_put_into_a_query(acme: Town) -> None:
    names = [f"AB-{n}" for n in range(30)]
    with pytest.raises(RefusedError, match="no key or id"):
        acme.jira.read_issues([*names, 'x") or project = "B'], [])


def test_j16_no_more_than_50_are_named_in_one_call(acme: Town) -> None:
    with pytest.raises(RefusedError, match="1 to 50 issues"):
        acme.jira.rank(Move(("AB-3",) * 51, "AB-1", "before"))


def test_values_and_ranks_are_written(acme: Town) -> None:
    acme.jira.write_fields("AB-3", {SCORE: 2.5})
    assert acme.jira.issue("AB-3", [SCORE]).fields[SCORE] == 2.5
    done = acme.jira.rank(Move(("AB-3",), "AB-1", "before"))
    assert done.moved == ("AB-3",)
    part = acme.jira.rank(Move(("AB-4", "AB-99"), "AB-1", "before"))
    assert (part.moved, list(part.failed)) == (("AB-4",), ["AB-99"])
    (first,) = acme.jira.peek("project = AB ORDER BY Rank")
    assert first.key == "AB-3"
    with pytest.raises(RefusedError, match="no number"):
        acme.jira.write_fields("AB-3", {SCORE: float("nan")})


def test_what_there_is_to_choose_from(acme: Town) -> None:
    assert {field.id for field in acme.jira.fields()} >= {COST, SCORE}
    assert [kind.name for kind in acme.jira.link_types()] == ["Blocks"]
    (board,) = acme.jira.boards("alpha")
    assert acme.jira.board_configuration(board.id).rank_field == acme.jira.rank_field
    assert "set" in acme.jira.editmeta("AB-1")[COST].operations
    rights = acme.jira.permissions(["EDIT_ISSUES", "SCHEDULE_ISSUES"], "AB")
    assert rights == {"EDIT_ISSUES": True, "SCHEDULE_ISSUES": True}


def test_histories_are_read_by_the_fields_names(acme: Town) -> None:
    acme.jira.write_fields("AB-2", {COST: 5.0})
    acme.jira.write_fields("AB-2", {COST: 6.0, SCORE: 1.0})
    number = acme.jira.issue("AB-2", []).id
    found = acme.jira.history.changes([number, "999"], [COST])
    assert [(one.field, one.was, one.now) for one in found[number]] == [
        (COST, "2000", "5"),
        (COST, "5", "6"),
    ]
    assert acme.jira.history.categories()["2"] == "done"


def test_a_history_that_is_cut_is_no_whole(acme: Town) -> None:
    log = {"startAt": 0, "maxResults": 1, "total": 2, "histories": []}
    page = {"total": 1, "issues": [{"id": "1", "key": "AB-1", "changelog": log}]}
    acme.instead[SEARCH] = [httpx.Response(200, json=page)]
    with pytest.raises(UnreachableError, match="0 changes of 2"):
        acme.jira.history.changes(["1"])


def test_webhooks_are_administered_where_the_version_has_them(hooked: Town) -> None:
    made = hooked.jira.create_webhook(WISH)
    assert (made.signed, made.jql, made.enabled) == (True, "project = AB", True)
    assert hooked.jira.webhooks() == (made,)
    kept = WebhookWish("CD3, again", WISH.url, WISH.events, WISH.jql)
    assert hooked.jira.update_webhook(made.id, kept).name == "CD3, again"
    (site,) = hooked.sandbox.state.webhooks.values()
    assert site.secret == "s"
    hooked.jira.delete_webhook(made.id)
    assert hooked.jira.webhooks() == ()
    with pytest.raises(NotFoundError):
        hooked.jira.delete_webhook(made.id)


def test_a_version_that_is_wrong_or_unknown_finds_them_too(acme: Town) -> None:
    for version in ("", "11.0.0"):
        jira = DataCenterJira(acme.wire, kind=SiteKind(Kind.DATA_CENTER, version))
        made = jira.create_webhook(WISH)
        jira.delete_webhook(made.id)
        assert acme.said("POST", "/rest/jira-webhook/1.0/webhooks") == 1
        acme.sent.clear()


def test_a_page_is_made_renewed_and_left_alone(acme: Town) -> None:
    chart = Attachment("chart.png", "image/png", b"\x89PNG 1")
    page = make_page(
        kind="ranking", backlog="b1", title="T", body="<p>1</p>", attachments=(chart,)
    )
    made = acme.confluence.publish(page, space="AB")
    assert isinstance(made, Published)
    assert isinstance(acme.confluence.publish(page, space="AB"), Untouched)
    renewed = Attachment("chart.png", "image/png", b"\x89PNG 2")
    other = make_page(
        kind="ranking", backlog="b1", title="T", body="<p>2</p>", attachments=(renewed,)
    )
    again = acme.confluence.publish(other, space="AB")
    assert isinstance(again, Published)
    assert (again.page_id, again.created) == (made.page_id, False)
    kept = acme.sandbox.state.wiki.page(made.page_id)
    assert ">2</p>" in kept.now.body
    assert [one.data for one in kept.attachments.values()] == [b"\x89PNG 2"]
    assert {one.key for one in kept.properties.values()} == {"cd3"}


def test_a_version_that_somebody_else_took_is_looked_at_again(acme: Town) -> None:
    page = make_page(kind="ranking", backlog="b1", title="T", body="<p>1</p>")
    made = acme.confluence.publish(page, space="AB")
    kept = acme.sandbox.state.wiki.page(made.page_id)
    other = make_page(kind="ranking", backlog="b1", title="T", body="<p>2</p>")
    stale = httpx.Response(409, json={"message": "Version must be incremented"})
    path = f"PUT /wiki/rest/api/content/{made.page_id}"
    acme.instead[path] = [stale]
    assert isinstance(acme.confluence.publish(other, space="AB"), Published)
    assert not acme.instead[path]
    assert ">2</p>" in kept.now.body


def test_a_taken_title_and_a_wrong_space_are_named(acme: Town) -> None:
    state = acme.sandbox.state
    by = By("ada", "2026-11-01T00:00:00.000Z")
    theirs = state.wiki.create("98306", "T", "<p>x</p>", parent=None, by=by)
    page = make_page(kind="ranking", backlog="b1", title="T", body="<p>1</p>")
    with pytest.raises(RefusedError, match=f"page {theirs.id} "):
        acme.confluence.publish(page, space="AB")
    with pytest.raises(NotFoundError, match="ZZ"):
        acme.confluence.space_id("ZZ")
    assert acme.confluence.space_id("AB") == "98306"
