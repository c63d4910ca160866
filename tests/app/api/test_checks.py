"""Each thing that an admin can get wrong is found before it costs an order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import delete

from app.books.pages import KeptPage, Pages
from app.books.sightings import Sightings
from app.books.sites import Site
from app.books.tables import SightingRow
from app.checks.finding import Finding, exit_code, worst
from app.checks.hearing import judge_round_trip
from app.checks.judging import judge_kind, judge_scopes
from app.checks.own import judge_durability, judge_inbox, judge_room
from app.clock import now
from app.work.trying_hooks import Ended
from connectors.kind import Kind, SiteKind
from connectors.sandbox.accounts import ALL
from connectors.sandbox.app import Sandbox
from connectors.sandbox.flavour import CLOUD
from connectors.ways import SCOPES
from tests.app.api.conftest import BACKLOG, MAPPING, SITE, Api
from tests.connectors.conftest import ask

HOOK = {
    "name": "CD3 harbour",
    "url": "https://cd3.example/webhooks/jira/harbour",
    "events": [
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "issuelink_created",
        "issuelink_deleted",
    ],
    "filters": {},
    "excludeBody": False,
    "secret": SITE["webhook_secret"],
}


@pytest.fixture
def ready(api: Api) -> Api:
    """Set all up as it should be."""
    api.clock.at = now()
    api.filled()
    ends = {"credentials": {"expires_at": "2027-10-01T00:00:00Z"}}
    assert api.change("PATCH", "/sites/harbour", ends).is_success
    hook(api)
    return api


def hook(api: Api, **differs: object) -> None:
    url = f"{SITE['url']}/rest/webhooks/1.0/webhook"
    request = httpx.Request("POST", url, json={**HOOK, **differs})
    flow = httpx.BasicAuth("cd3@harbour.example", "cd3-token").sync_auth_flow(request)
    assert ask(api.sandbox, next(flow)).status_code == 201


def check(api: Api) -> dict[str, Any]:
    response = api.call("POST", "/sites/harbour/check")
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


def bad(api: Api) -> list[dict[str, Any]]:
    """List what is not well, but for what a site without any delivery has."""
    found = check(api)["findings"]
    return [o for o in found if o["status"] != "ok" and o["check"] != "webhook.seen"]


def seen(api: Api) -> tuple[str, str]:
    found = check(api)["findings"]
    [one] = [one for one in found if one["check"] == "webhook.seen"]
    return one["status"], one["what"]


def test_a_quiet_webhook_is_well_and_one_that_misses_changes_is_not(ready: Api) -> None:
    """The silence that is borne is the configured one; here it is six hours."""
    at, sightings = ready.clock.at, Sightings()
    with ready.parts.database.transaction() as books:
        sightings.hear(books, {"harbour": at - timedelta(days=3)})
    assert seen(ready)[0] == "ok"
    for hours, status in ((1, "warn"), (7, "fail")):
        with ready.parts.database.transaction() as books:
            books.execute(delete(SightingRow))
            sightings.hear(books, {"harbour": at - timedelta(hours=hours)})
            sightings.miss(books, "harbour", 2, now=at)
        found = seen(ready)
        assert found[0] == status
        assert found[1].startswith("2 changes came without a delivery")


def test_all_is_well(ready: Api) -> None:
    told = check(ready)
    assert bad(ready) == []
    assert told["status"] == "warn"  # nothing was heard of the webhook yet
    checks = [one["check"] for one in told["findings"]]
    assert set(checks) >= {
        *("database", "disk", "secret_key", "inbox", "queue", "dead_letters"),
        *("address", "jira", "clock", "credential", "credential.expiry", "webhook"),
        *("limits", "backlog", "mapping.fields", "permissions", "mapping.screen"),
        *("mail", "rank", "boards", "confluence", "versions"),
    }
    keys = {"check", "on", "status", "what", "why", "next", "cause"}
    assert all(one.keys() == keys for one in told["findings"])


def test_what_is_left_of_a_quota_is_told(ready: Api) -> None:
    def told(**headers: str) -> list[tuple[str, str, str]]:
        ready.headers = {name.replace("_", "-"): headers[name] for name in headers}
        found = [o for o in check(ready)["findings"] if o["check"].startswith("limits")]
        return [(one["check"], one["status"], one["what"]) for one in found[1:]]

    assert told() == []
    assert told(RateLimit='"quota";r=12345;t=60, "other"') == [
        ("limits.left", "ok", "quota: 12,345 left, 60 s before it is full again")
    ]
    assert told(Beta_RateLimit='"burst";r=0') == [
        ("limits.left", "warn", "burst: 0 left")
    ]
    assert told(X_RateLimit_NearLimit="true") == [
        ("limits", "warn", "less than a fifth is left")
    ]


@pytest.mark.parametrize(
    ("held", "status", "words"),
    [
        (SCOPES, "ok", "all 12"),
        ((), "ok", "does not tell"),
        (SCOPES[1:], "warn", "lacks read:jira-user"),
    ],
)
def test_a_token_without_a_usual_scope_is_told(
    api: Api, held: tuple[str, ...], status: str, words: str
) -> None:
    api.filled()
    with api.parts.database.reading() as session:
        site = api.parts.sites.find(session, "harbour")
    assert site is not None
    found = judge_scopes(site, held)
    assert found.status == status
    assert words in found.what


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (Ended(202, "ignored: our own test", arrived=True, read=True), "ok"),
        (Ended(202, "stored, and no worker has read it yet", arrived=True), "fail"),
        (Ended(404, "not found"), "fail"),
        (Ended(0, "refused"), "fail"),
        (None, "warn"),
    ],
)
def test_our_own_delivery_tells_how_far_one_gets(
    api: Api, ended: Ended | None, status: str
) -> None:
    api.filled()
    with api.parts.database.reading() as session:
        site = api.parts.sites.find(session, "harbour")
    assert site is not None
    found = judge_round_trip(site, ended)
    assert found.status == status
    assert (found.next == "") is (status == "ok")


def rights(*held: str) -> Callable[[Sandbox], None]:
    def take(site: Sandbox) -> None:
        accounts = site.state.accounts
        us = replace(accounts.by_id["us"], permissions=held)
        accounts.by_id["us"] = accounts.by_email["cd3@harbour.example"] = us

    return take


def without(field: str, **change: object) -> Callable[[Sandbox], None]:
    def take(site: Sandbox) -> None:
        if change:
            fields = site.state.fields
            fields[field] = replace(fields[field], **change)  # type: ignore[arg-type]
        else:
            del site.state.fields[field]

    return take


def closed(site: Sandbox) -> None:
    space = next(iter(site.state.wiki.spaces.values()))
    site.state.wiki.spaces[space.id] = replace(space, editors=frozenset({"ada"}))


def boardless(site: Sandbox) -> None:
    path = "/rest/agile/1.0/board"
    site.faults.switch([{"kind": "status", "status": 403, "path": path}])


def hookless(site: Sandbox) -> None:
    site.state.webhooks.clear()


def switched_off(site: Sandbox) -> None:
    for one in site.state.webhooks.values():
        one.enabled = False


def unsigned(site: Sandbox) -> None:
    for one in site.state.webhooks.values():
        one.secret = ""


@pytest.mark.parametrize(
    ("broken", "found", "words"),
    [
        (rights(*ALL[1:]), "webhook", "may not see"),
        (
            rights("ADMINISTER", "BROWSE_PROJECTS", "EDIT_ISSUES"),
            "permissions",
            "Sched",
        ),
        (rights("ADMINISTER", "BROWSE_PROJECTS"), "permissions", "«Edit issues»"),
        (rights("ADMINISTER"), "backlog.jql", ""),
        (rights(*ALL[1:]), "mail", "mails the issue's watchers"),
        (without("customfield_10019"), "rank", "no Rank field"),
        (boardless, "boards", "no boards"),
        (hookless, "webhook", "no webhook of ours"),
        (switched_off, "webhook", "switched off"),
        (unsigned, "webhook", "secret"),
        (closed, "confluence", "not written to"),
    ],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_what_is_broken_at_the_site_is_found(
    ready: Api, broken: Callable[[Sandbox], None], found: str, words: str
) -> None:
    broken(ready.sandbox)
    [one] = [one for one in bad(ready) if one["check"] == found]
    assert words in one["what"]
    assert one["why"]
    assert one["next"]


@pytest.mark.parametrize(
    ("broken", "found", "words"),
    [
        (without("customfield_10201"), "mapping.fields", "customfield_10201"),
        (without("customfield_10101"), "mapping.fields", "customfield_10101"),
        (without("customfield_10201", kind="text"), "mapping.fields", "cannot be writ"),
        (without("customfield_10102", kind="number"), "mapping.fields", "option"),
        (without("customfield_10201", settable=False), "mapping.screen", "AB, Story"),
        (without("customfield_10101", settable=False), "mapping.screen", "filled in"),
    ],
)
def test_j14_a_field_that_is_gone_changed_or_on_no_screen_is_found_beforehand(
    ready: Api, broken: Callable[[Sandbox], None], found: str, words: str
) -> None:
    broken(ready.sandbox)
    wrong = bad(ready)
    assert {one["check"] for one in wrong} == {found}
    assert words in " ".join(one["what"] for one in wrong)
    assert all(one["next"] for one in wrong)
    # And nothing was written to find it out.
    assert {one.method for one in ready.asked} <= {"GET", "POST"}


def test_a_field_is_not_read_and_written_at_once(ready: Api) -> None:
    twice = {**MAPPING, "outputs": {"score": "customfield_10101"}}
    # Saving refuses it; a mapping from before that rule may still have it.
    with ready.parts.database.writing() as session:
        saved = ready.parts.mappings.newest(session, "alphabet")
        assert saved is not None
        row = "UPDATE mappings SET mapping = ?"
        session.connection().exec_driver_sql(row, (orjson.dumps(twice).decode(),))
    assert "is read at /cost_of_delay" in " ".join(o["what"] for o in bad(ready))


def test_a_wrong_token_is_told_with_what_to_do(ready: Api) -> None:
    ready.answers = httpx.Response(401, json={"errorMessages": ["no"]})
    [one] = bad(ready)
    assert (one["check"], one["status"]) == ("credential", "fail")
    assert "expired" in one["why"]
    assert "PATCH" in one["next"]


@pytest.mark.parametrize(
    ("given", "check", "words", "mend"),
    [
        ({"token": "a-wrong-token"}, "credential", "Jira's token: ", "PATCH"),
        (
            {"token": "cd3-personal-token", "confluence_token": "a-wrong-token"},
            "confluence",
            "Confluence refused confluence_token",
            "make a new one in Confluence",
        ),
    ],
)
def test_it_says_which_of_two_tokens_was_refused(
    ready: Api, given: dict[str, str], check: str, words: str, mend: str
) -> None:
    ends = {"expires_at": "2027-10-02T00:00:00Z"}
    credentials = {"kind": "personal_token", **ends, **given}
    both = {"confluence_token": "cd3-personal-token", **credentials}
    changed = ready.change("PATCH", "/sites/harbour", {"credentials": both})
    assert changed.is_success, changed.text
    [one] = bad(ready)
    assert (one["check"], one["status"]) == (check, "fail")
    assert words in one["what"]
    assert mend in one["next"]
    assert "a-wrong-token" not in str(one)


def test_a_token_that_holds_for_jira_alone_is_told_with_what_to_do(ready: Api) -> None:
    token = {"kind": "personal_token", "token": "cd3-personal-token"}
    ends = {"expires_at": "2027-10-02T00:00:00Z"}
    changed = ready.change("PATCH", "/sites/harbour", {"credentials": token | ends})
    assert changed.is_success, changed.text
    ready.sandbox.faults.switch([{"kind": "expired", "path": "/wiki/*"}])
    [one] = bad(ready)
    assert (one["check"], one["status"]) == ("confluence", "fail")
    assert "holds for Jira alone" in one["what"]
    assert "make one in Confluence" in one["next"]


def test_a_site_that_is_away_is_no_fault_of_the_set_up(ready: Api) -> None:
    ready.answers = httpx.Response(503)
    found = [Finding(**one) for one in check(ready)["findings"]]
    assert exit_code(found) == 4


def test_a_check_starts_a_stopped_site_that_lets_us_in(ready: Api) -> None:
    with ready.parts.database.writing() as session:
        ready.parts.sites.note_state(session, "harbour", "auth_failed", "401")
    assert bad(ready) == []
    assert ready.read("/sites/harbour")["state"] == "ok"


def test_an_end_that_comes_near_is_told(ready: Api) -> None:
    soon = ready.clock.at + timedelta(days=5)
    ends = {"credentials": {"expires_at": soon.isoformat()}}
    ready.change("PATCH", "/sites/harbour", ends)
    [one] = bad(ready)
    assert (one["check"], one["status"]) == ("credential.expiry", "warn")


def test_a_backlog_that_fails_is_told_from_the_first_failure_on(ready: Api) -> None:
    def told() -> dict[str, Any]:
        [one] = [one for one in bad(ready) if one["check"] == "backlog"]
        return one

    at = ready.clock.at.replace(2026, 11, 2, 9, 0, 5, 0)
    ready.parts.marks.failed("alphabet", 0, again=at, reason="again")
    one = told()
    assert one["status"] == "warn"
    when = "the next try is at 2026-11-02 09:00:05 UTC"
    assert one["what"] == f"its last rescore failed, 1 in a row; {when}"
    note(ready, "reading", "500 issues are read so far")
    assert told()["what"] == one["what"]  # that reading broke off
    note(ready, "retrying", "Jira answered 500")
    one = told()
    assert (one["status"], one["what"]) == ("fail", "retrying: Jira answered 500")


def test_a_backlog_that_is_being_read_has_not_failed(ready: Api) -> None:
    note(ready, "reading", "500 issues are read so far")
    [one] = bad(ready)
    assert (one["check"], one["status"]) == ("backlog", "warn")
    assert one["what"] == "reading: 500 issues are read so far"


def note(api: Api, state: str, reason: str) -> None:
    with api.parts.database.writing() as session:
        api.parts.backlogs.note_state(session, "alphabet", state, reason)


@pytest.mark.parametrize(
    ("ahead", "status"),
    [(0, "ok"), (2, "warn"), (-2, "warn"), (10, "fail"), (-10, "fail")],
)
def test_a_clock_that_is_wrong_is_told(ready: Api, ahead: int, status: str) -> None:
    theirs = ready.clock.at + timedelta(minutes=ahead)
    ready.headers["Date"] = format_datetime(theirs, usegmt=True)
    [one] = [one for one in check(ready)["findings"] if one["check"] == "clock"]
    assert one["status"] == status
    assert "our clock and the site's differ by" in one["what"]
    assert ("NTP" in one["next"]) is (status != "ok")


def test_a_site_that_does_not_tell_its_time_has_no_wrong_clock(ready: Api) -> None:
    for date in ("soon", ""):
        ready.headers["Date"] = date
        [one] = [one for one in check(ready)["findings"] if one["check"] == "clock"]
        assert (one["status"], "does not tell" in one["what"]) == ("ok", True)


def test_a_backlog_without_a_mapping_or_issues_is_told(api: Api) -> None:
    api.clock.at = now()
    api.make("/sites", SITE)
    api.make("/backlogs", BACKLOG | {"jql": "project = AB AND summary ~ nothing"})
    told = {one["check"] for one in bad(api)}
    assert {"mapping", "backlog.jql", "credential.expiry", "webhook"} <= told


def test_our_own_state_is_judged() -> None:
    assert judge_room(400 * 1024**2).status == "fail"
    assert judge_room(600 * 1024**2).status == "ok"
    assert judge_durability("sqlite", "wal", "2").status == "ok"
    assert judge_durability("sqlite", "delete", "2").status == "warn"
    assert judge_durability("postgresql", "wal", "off").status == "warn"
    assert judge_inbox(3, timedelta(minutes=2)).status == "fail"


def test_a_wrong_configuration_goes_before_what_is_away() -> None:
    def failed(cause: Any) -> Finding:
        return Finding("x", "y", "fail", "z", cause=cause)

    warned = Finding("x", "y", "warn", "z")
    assert exit_code([]) == exit_code([warned]) == 0
    assert exit_code([warned, failed("")]) == 1
    assert exit_code([failed(""), failed("unreachable")]) == 4
    assert exit_code([failed("unreachable"), failed("configuration")]) == 3
    assert worst([warned, Finding("x", "y", "ok", "z")]) == "warn"


@pytest.mark.parametrize(
    ("version", "confluence_url", "status", "said"),
    [
        ("9.12.5", "https://wiki.acme.example", "ok", "Data Center 9.12.5"),
        ("9.4.0", "https://wiki.acme.example", "warn", "9.12 and later"),
        ("10.3.1", "", "warn", "confluence_url"),
    ],
)
def test_a_data_center_is_judged_by_its_version_and_its_confluence(
    version: str, confluence_url: str, status: str, said: str
) -> None:
    site = Site("a", "Acme", "https://jira.acme.example", confluence_url, "cd3", now())
    found = judge_kind(site, SiteKind(Kind.DATA_CENTER, version))
    assert found.status == status
    assert said in f"{found.what} {found.next}"


def test_a_check_keeps_what_the_site_says_it_is(ready: Api) -> None:
    before = ready.call("GET", "/sites/harbour")
    check(ready)
    after = ready.call("GET", "/sites/harbour")
    assert (after.json()["kind"], before.headers["etag"]) == (
        "cloud",
        after.headers["etag"],
    )
    ready.sandbox.state.flavour = replace(CLOUD, version="1002.0.0-SNAPSHOT")
    check(ready)
    told = ready.call("GET", "/sites/harbour").json()
    assert told["product_version"] == "1002.0.0-SNAPSHOT"


def test_what_a_scope_is_missing_for_is_named(ready: Api) -> None:
    ready.sandbox.faults.switch([{"kind": "scope", "path": "/rest/api/3/field"}])
    [one] = bad(ready)
    assert (one["check"], one["status"]) == ("credential.scopes", "fail")
    assert "read:jira-work" in one["what"]
    assert "docs/access.md" in one["next"]


def test_what_the_site_said_of_a_scope_while_it_worked_is_told(ready: Api) -> None:
    with ready.parts.database.writing() as session:
        ready.parts.sites.note_lack(session, "harbour", "nothing is ranked: no scope")
    [one] = bad(ready)
    assert (one["check"], one["what"]) == (
        "credential.scopes",
        "nothing is ranked: no scope",
    )


def test_a_page_that_was_refused_is_told_although_its_space_can_be_read(
    ready: Api,
) -> None:
    lacks = "Confluence refused the site's token: it lacks write:page:confluence"
    page = KeptPage("alphabet", "ranking", state="refused", reason=lacks)
    with ready.parts.database.writing() as session:
        Pages().put(session, page)
    [one] = bad(ready)
    assert (one["check"], one["status"]) == ("confluence.page", "warn")
    assert "write:page:confluence" in one["what"]
