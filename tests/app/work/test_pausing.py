"""A run goes on while nobody waits, and ends for its own backlog and for others."""

import time
from datetime import timedelta

import pytest

from app import clock
from app.books.database import Database
from app.books.marks import Marks
from app.work.pausing import OTHERS_SECONDS, OWN_SECONDS, QUEUED, MakeWayError, Pause

A_BIT = timedelta(seconds=0.5)


def queue(books: Database, backlog: str, *, ago: timedelta) -> None:
    """Have the engine hold a rescore of a backlog for so long."""
    marks, then = Marks(books), clock.now() - ago
    with books.transaction() as connection:
        marks.touch(connection, [backlog], reason="jira:", now=then, urgent=True)
        [due] = marks.due(connection, now=then, limit=9)
        marks.dispatched(connection, due, now=then)


def make_way(books: Database, *, after: float) -> bool:
    """Tell whether a run of «one» that has written for so long makes way."""
    try:
        Pause(Marks(books), "one", time.monotonic() - after).check()
    except MakeWayError:
        return True
    return False


def test_l8_who_has_written_for_a_while_makes_way_for_who_waits_for_a_lane(
    books: Database,
) -> None:
    assert not make_way(books, after=OTHERS_SECONDS + 1)
    queue(books, "two", ago=QUEUED + A_BIT)
    assert make_way(books, after=OTHERS_SECONDS + 0.1)
    assert not make_way(books, after=OTHERS_SECONDS - 0.1)


def test_who_was_queued_just_now_has_not_waited_yet(books: Database) -> None:
    queue(books, "two", ago=QUEUED - A_BIT)
    assert not make_way(books, after=OTHERS_SECONDS + 1)


@pytest.mark.parametrize(("after", "way"), [(-0.2, False), (0.1, True)])
def test_it_makes_way_for_its_own_backlog_sooner(
    books: Database, after: float, *, way: bool
) -> None:
    with books.transaction() as connection:
        Marks(books).touch(
            connection, ["one"], reason="jira:", now=clock.now(), urgent=True
        )
    assert make_way(books, after=OWN_SECONDS + after) == way
