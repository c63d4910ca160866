"""However a rescore ends, the books say so and it is tried again in time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.orm import Session

from app import clock
from app.books.database import Database
from app.books.migrating import migrate
from app.books.rankings import Ranking, Rankings
from app.rescored import RescoreTally, show_failing
from app.work.pausing import MakeWayError
from tests.app.work.errand import Errand, errand, small_seed


class Broken(Rankings):
    """Rankings that a fault of our own keeps from being kept."""

    def put(self, session: Session, ranking: Ranking) -> bool:
        raise ValueError(f"{ranking.backlog_id} has a loop, {session.is_active}")


class MakesWay(Rankings):
    """Rankings before which a newer change comes."""

    def put(self, session: Session, ranking: Ranking) -> bool:
        del session, ranking
        raise MakeWayError


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Errand]:
    books = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
    migrate(books)
    with errand(books, small_seed("HARB-52", "HARB-7")) as made:
        made.set_up()
        yield made
    books.close()


def test_a_fault_of_our_own_is_told_and_tried_again(desk: Errand) -> None:
    whole = desk.rescore
    desk.rescore = replace(whole, rankings=Broken())
    desk.wake("admin")
    with pytest.raises(ValueError, match="has a loop"):
        desk.run()
    state, reason = desk.state()
    assert state == "refused"
    assert "an error of CD3's own, ValueError: harbour has a loop" in reason
    assert not desk.marks.any_due(now=clock.now())
    assert desk.marks.any_due(now=clock.now() + timedelta(minutes=15))
    desk.rescore = whole
    desk.wake("admin")
    assert desk.run() == ["applied"]
    assert desk.state() == ("ok", "")


def fail(desk: Errand, seconds: float) -> None:
    """Let Jira's search ask to be left alone; a rescore does not get past it."""
    fault = {"kind": "status", "status": 503, "retry_after": seconds}
    desk.site.faults.switch([{**fault, "path": "*/search/*"}])
    desk.wake("admin")
    assert desk.run() == ["again"]


def test_a_backlog_that_fails_again_and_again_says_so_until_it_succeeds(
    desk: Errand,
) -> None:
    registry = CollectorRegistry()
    show_failing(registry, desk.books)
    desk.rescore = replace(desk.rescore, count_failure=RescoreTally(registry))

    def row() -> float | None:
        labels = {"backlog": "harbour"}
        return registry.get_sample_value("cd3_backlog_failures", labels)

    assert row() is None
    for times in (1, 2):
        fail(desk, 11)
        assert desk.state() == ("ok", "")  # it may pass
        assert row() == times
    fail(desk, 11)
    state, reason = desk.state()
    assert state == "retrying"
    assert reason.startswith("failed 3 times in a row, the next try is at 20")
    assert "503" in reason
    name, why = "cd3_rescores_failed_total", {"reason": "unreachable"}
    assert registry.get_sample_value(name, why) == 3
    desk.site.faults.switch([])
    desk.wake("admin")
    desk.run()
    assert desk.state() == ("ok", "")
    assert row() is None


def test_a_backlog_that_has_to_wait_for_long_says_so_at_once(desk: Errand) -> None:
    fail(desk, 600)
    state, reason = desk.state()
    assert state == "retrying"
    assert reason.startswith("failed, the next try is at 20")


def test_no_site_keeps_a_backlog_waiting_for_more_than_an_hour(desk: Errand) -> None:
    fail(desk, 99_999)
    assert not desk.marks.any_due(now=clock.now() + timedelta(minutes=59))
    assert desk.marks.any_due(now=clock.now() + timedelta(minutes=61))


def test_an_earlier_run_does_not_say_how_a_later_one_goes(desk: Errand) -> None:
    assert not desk.rescore.tasks.note_retrying("harbour", 0, "it failed")
    assert desk.state() == ("ok", "")


def test_a_bulk_that_gets_on_is_not_said_to_fail(desk: Errand) -> None:
    fail(desk, 600)
    desk.site.faults.switch([])
    desk.rescore = replace(desk.rescore, rankings=MakesWay())
    desk.wake("admin")
    assert desk.run() == ["made way"]
    assert desk.state() == ("ok", "")
