"""What a site does not let us do is met once, told once, and tried again in an hour.

J11: a project whose right is gone is left alone, the others go on. J13: a field that
cannot be set is told with the next step, once, and not tried for each issue.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.books.bars import EDIT, FIELD, RANK, Bars
from app.books.database import Database
from app.books.echoes import Echoes
from app.books.held import HeldWrites
from app.books.marks import Marks
from app.work.applying import WRITERS, Applying
from app.work.barring import Barring
from app.work.holding import Holding
from app.work.pausing import Pause
from connectors.access import SiteAccess
from connectors.jira import Jira
from connectors.sandbox import accounts
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.serving import in_thread
from connectors.wire import Wire
from scoring.plan import FieldWrite, Move
from tests.connectors.conftest import SEED

SCORE = "customfield_10201"
AB = [f"AB-{number}" for number in range(1, 21)]
CD = [f"CD-{number}" for number in range(1, 21)]


def seed() -> dict[str, Any]:
    made: dict[str, Any] = deepcopy(SEED)
    made["projects"].append({"id": "10001", "key": "CD", "name": "Codes"})
    made["issues"] = [{"key": key, "type": "Story"} for key in (*AB, *CD)]
    made["links"] = []
    return made


@pytest.fixture
def site() -> Iterator[Sandbox]:
    sandbox = create_sandbox(seed())
    with in_thread(sandbox):
        yield sandbox


@pytest.fixture
def jira(site: Sandbox) -> Iterator[Jira]:
    url = site.state.url
    hosts = frozenset({url.removeprefix("http://")})
    access = SiteAccess(url, "", "cd3@harbour.example", "cd3-token", hosts)
    with Wire(access) as wire:
        yield Jira(wire)


def run(
    jira: Jira, books: Database, value: float, *moves: Move, after: int = 0
) -> Applying:
    """Apply a plan as a rescore does: bars from the books, and back into them.

    It runs so many minutes later.
    """
    now = clock.now() + timedelta(minutes=after)
    with books.reading() as session:
        barring = Barring.of(Bars().of(session, "one", as_of="1", now=now))
    made = Applying(
        jira=jira,
        site="acme",
        echoes=Echoes(books),
        fence=lambda: None,
        pause=Pause(Marks(books), "one"),
        holding=Holding(HeldWrites(books), "acme"),
        barring=barring,
    )
    made.move(moves)
    made.write([FieldWrite(key, SCORE, value, None) for key in (*AB, *CD)])
    with books.writing() as session:
        Bars().lift(session, "one", frozenset(barring.lifted - barring.fresh.keys()))
        Bars().keep(session, "one", barring.fresh, as_of="1", now=now)
    return made


def puts(site: Sandbox, project: str = "") -> list[int]:
    log = [one for one in site.log.since(0) if one["method"] == "PUT"]
    site.log.reset()
    return [one["status"] for one in log if f"/issue/{project}" in one["path"]]


def give(site: Sandbox, **rights: object) -> None:
    known = site.state.accounts
    us = replace(known.by_id["us"], **rights)  # type: ignore[arg-type]
    known.by_id["us"] = known.by_email[us.email] = us


def test_j11_a_project_whose_right_is_gone_waits_and_the_others_go_on(
    site: Sandbox, jira: Jira, books: Database
) -> None:
    give(site, read_only=("CD",))
    first = run(jira, books, 1.0)
    assert first.outcome.written == len(AB)
    assert list(first.outcome.barred) == [EDIT + "CD"]
    assert "admin of CD" in first.outcome.barred[EDIT + "CD"]
    assert 1 <= puts(site, "CD").count(403) <= WRITERS  # those under way, no more
    second = run(jira, books, 2.0)
    assert (second.outcome.written, puts(site, "CD")) == (len(AB), [])
    assert list(second.outcome.barred) == [EDIT + "CD"]  # still told
    run(jira, books, 3.0, after=59)
    assert puts(site, "CD") == []
    # The hourly try finds it still gone, then back.
    assert list(run(jira, books, 4.0, after=61).outcome.barred) == [EDIT + "CD"]
    assert 1 <= len(puts(site, "CD")) <= WRITERS
    give(site, read_only=())
    run(jira, books, 5.0, after=61 + 59)
    assert puts(site, "CD") == []
    back = run(jira, books, 6.0, after=61 + 61)
    assert (back.outcome.barred, back.outcome.written) == ({}, len(AB) + len(CD))
    with books.reading() as session:
        assert Bars().count(session) == {}


def test_j11_a_project_that_may_not_be_ranked_leaves_the_others_their_moves(
    site: Sandbox, jira: Jira, books: Database
) -> None:
    give(site, read_only=("CD",))
    moves = (Move(("CD-9",), "CD-1", "before"), Move(("AB-9",), "AB-1", "before"))
    first = run(jira, books, 1.0, *moves)
    assert (first.outcome.moved, RANK + "CD" in first.outcome.barred) == (1, True)
    puts(site)
    again = run(jira, books, 1.0, Move(("CD-8",), "CD-1", "before"))
    assert (again.outcome.rank_calls, again.outcome.moved) == (0, 0)


def test_a_403_of_one_issue_alone_bars_no_project(
    site: Sandbox, jira: Jira, books: Database
) -> None:
    fault = {"kind": "status", "status": 403, "path": "*/issue/AB-3", "method": "PUT"}
    site.faults.switch([fault])
    found = run(jira, books, 1.0).outcome
    assert (found.barred, found.written) == ({}, len(AB) + len(CD) - 1)
    assert [one.key for one in found.refused] == ["AB-3"]


def test_a_project_is_not_barred_where_jira_does_not_tell_whether_the_right_is_there(
    site: Sandbox, jira: Jira, books: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = accounts.KNOWN - {"EDIT_ISSUES", "SCHEDULE_ISSUES"}
    monkeypatch.setattr("connectors.sandbox.jira.site.KNOWN", known)
    give(site, read_only=("CD",))
    found = run(jira, books, 1.0, Move(("CD-9",), "CD-1", "before")).outcome
    assert (found.barred, found.written) == ({}, len(AB))
    assert {one.key for one in found.refused} == set(CD)


def test_j13_a_field_on_no_screen_is_told_once_and_tried_again_in_an_hour(
    site: Sandbox,
    jira: Jira,
    books: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fields = site.state.fields
    fields[SCORE] = replace(fields[SCORE], settable=False)
    first = run(jira, books, 1.0)
    assert (first.outcome.written, first.outcome.refused) == (0, [])
    [(what, reason)] = first.outcome.barred.items()
    assert what == FIELD + SCORE
    assert "appropriate screen" in reason  # Jira's words
    assert "edit screen of the issue type" in reason  # and what to do
    told = [one for one in caplog.records if SCORE in one.getMessage()]
    assert len(told) == 1  # one alert, not one an issue
    assert 1 <= len(puts(site)) <= WRITERS
    assert (run(jira, books, 2.0).outcome.written, puts(site)) == (0, [])
    with books.reading() as session:
        assert Bars().count(session) == {"one": (1, 0)}
    fields[SCORE] = replace(fields[SCORE], settable=True)
    assert run(jira, books, 3.0, after=59).outcome.written == 0
    assert run(jira, books, 4.0, after=61).outcome.written == len(AB) + len(CD)
    with books.reading() as session:
        assert Bars().count(session) == {}


def test_what_an_admin_changed_is_tried_at_once(books: Database) -> None:
    now = clock.now()
    with books.writing() as session:
        Bars().keep(session, "one", {FIELD + SCORE: "no"}, as_of="1.1.1", now=now)
    with books.reading() as session:
        [same] = Bars().of(session, "one", as_of="1.1.1", now=now)
        [other] = Bars().of(session, "one", as_of="2.1.1", now=now)
    assert (same.due, other.due) == (False, True)
