"""A 401 that is about one kind of call costs that kind alone; the site goes on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock
from app.books.audit import Audit
from app.books.backlogs import Backlogs, PagesPlace, Policy
from app.books.database import Database
from app.books.mappings import Mappings
from app.books.pages import Pages
from app.books.sites import FIRST_PROBE, LONGEST_PROBE, Site
from app.books.tables import AuditRow, BarRow, MarkRow, SiteRow
from app.work.applying import WRITERS
from app.work.site_watch import resume
from app.work.task import REMEMBERED, SiteStoppedError, Tasks
from connectors.errors import ForbiddenError
from tests.app.work.errand import Errand, errand

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def site_of(town: Errand) -> Site:
    with town.books.reading() as session:
        found = town.sites.find(session, "pretend")
    assert found is not None
    return found


def edit(town: Errand, key: str, cost: float) -> list[str]:
    town.edit(key, cost)
    town.hear(*town.told())
    return town.run()


def an_hour_later(books: Database) -> None:
    with books.transaction() as connection:
        connection.execute(
            update(BarRow).values(probe_at=datetime(2020, 1, 1, tzinfo=UTC))
        )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "scope"}, "write:issue:jira-software"),
        ({"kind": "status", "status": 401}, "Jira knows us by this credential"),
    ],
    ids=["scope", "another 401"],
)
def test_without_leave_to_rank_scores_are_written_and_the_site_says_why(
    books: Database, fault: dict[str, Any], words: str
) -> None:
    with errand(books) as town:
        town.set_up()
        town.site.faults.switch(
            [{**fault, "path": "*/issue/rank", "account": town.us.email}]
        )
        edit(town, "HARB-52", 500_000)
        edit(town, "HARB-51", 600_000)
        assert {"HARB-52", "HARB-51"} <= set(town.written())
        assert town.rank_calls() == 1  # told once, not once a run
        assert site_of(town).state == "ok"
        assert words in site_of(town).state_reason
        state, reason = town.state()
        assert (state, words in reason) == ("blocked", True)
        town.site.faults.switch([])
        an_hour_later(books)
        assert edit(town, "HARB-51", 610_000) == ["applied"]
        assert town.rank_calls() > 1
        assert (site_of(town).state_reason, town.state()[0]) == ("", "ok")
        with books.reading() as session:
            told = session.scalars(select(AuditRow.action)).all()
        assert "site_stopped" not in told


def test_without_leave_to_write_scores_it_is_not_tried_for_each_issue(
    books: Database,
) -> None:
    with errand(books) as town:
        town.set_up()
        fault = {"kind": "scope", "path": "/rest/api/3/issue/*", "method": "PUT"}
        town.site.faults.switch([{**fault, "account": town.us.email}])
        for key in ("HARB-50", "HARB-51", "HARB-52"):
            town.edit(key, 500_000)
        town.hear(*town.told())
        town.run()
        assert 1 <= len(town.written()) <= WRITERS
        town.person.post("/sandbox/requests/reset")
        edit(town, "HARB-53", 1)
        assert town.written() == []
        assert "write:jira-work" in site_of(town).state_reason


@pytest.mark.parametrize("kind", ["scope", "expired"])
def test_a_401_of_confluence_leaves_jira_alone(books: Database, kind: str) -> None:
    with errand(books) as town:
        place = PagesPlace("HARB", "", ("ranking",))
        town.set_up(pages=place, policy=Policy(write=("scores", "rank", "pages")))
        fault = {"kind": kind, "path": "/wiki/*", "account": town.us.email}
        town.site.faults.switch([fault])
        assert edit(town, "HARB-52", 500_000) == ["applied"]
        with books.reading() as session:
            [page] = Pages().list(session, "harbour")
        assert (site_of(town).state, page.state) == ("ok", "refused")


def test_without_leave_to_read_the_backlog_waits_and_the_site_says_why(
    books: Database,
) -> None:
    with errand(books) as town:
        town.set_up()
        fault = {"kind": "scope", "path": "*/search/jql", "account": town.us.email}
        town.site.faults.switch([fault])
        assert edit(town, "HARB-52", 500_000) == ["refused"]
        assert site_of(town).state == "ok"
        assert "read:jira-work" in site_of(town).state_reason


def run_of(town: Errand) -> int:
    with town.books.reading() as session:
        mark = select(MarkRow.run).where(MarkRow.backlog_id == "harbour")
        return session.scalars(mark).one()


def waits(town: Errand, at: datetime) -> timedelta:
    """Stop the site, say when it is tried next, and let it go on."""
    tasks = Tasks(
        town.books, town.sites, Backlogs(), Mappings(), town.connections, town.marks
    )
    assert tasks.stop(
        "harbour", run_of(town), SiteStoppedError(site_of(town), "401"), now=at
    )
    with town.books.reading() as session:
        probe = session.scalars(
            select(SiteRow.probe_at).where(SiteRow.id == "pretend")
        ).one()
    assert probe is not None
    assert resume(town.books, town.sites, town.marks, site_of(town), now=at)
    return probe - at


def test_a_site_that_is_stopped_again_and_again_is_tried_ever_more_rarely(
    books: Database,
) -> None:
    with errand(books) as town:
        town.set_up()
        came = [waits(town, NOW + timedelta(minutes=n)) for n in range(7)]
        assert came[0] == FIRST_PROBE
        assert came == sorted(came)
        assert came[1] >= 4 * FIRST_PROBE
        assert came[-1] == LONGEST_PROBE
        later = NOW + REMEMBERED + timedelta(hours=1)
        assert waits(town, later) == FIRST_PROBE
        assert waits(town, later + timedelta(minutes=1)) > FIRST_PROBE
        with books.writing() as session:
            Audit().add(
                session,
                now=later,
                actor="ada",
                action="site_changed",
                object="sites/pretend",
            )
        assert waits(town, later + timedelta(minutes=2)) == FIRST_PROBE


def test_j11_a_backlog_that_may_not_be_read_is_left_alone_for_an_hour(
    books: Database,
) -> None:
    with errand(books) as town:
        town.set_up()
        tasks = Tasks(
            town.books, town.sites, Backlogs(), Mappings(), town.connections, town.marks
        )
        now = clock.now()
        error = ForbiddenError("403", 403)
        town.wake("test")
        assert tasks.note_trouble("harbour", run_of(town), error, now=now)

        def due(minutes: int) -> list[str]:
            later = now + timedelta(minutes=minutes)
            with books.transaction() as connection:
                found = town.marks.due(connection, now=later, limit=10)
            return [one.backlog for one in found]

        assert due(59) == []
        assert due(61) == ["harbour"]
