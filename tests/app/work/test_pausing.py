"""A run goes on while nobody waits, and ends for its own backlog and for others."""

import time
from datetime import timedelta

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
    return after_how_long(books, after=after) > 0


def after_how_long(books: Database, *, after: float) -> float:
    """Tell for how long it has written, at most, when it makes way; 0 where it stays.

    A slow machine may take a while to ask.
    """
    began = time.monotonic() - after
    try:
        Pause(Marks(books), "one", began).check()
    except MakeWayError:
        return time.monotonic() - began
    return 0.0


def test_l8_who_has_written_for_a_while_makes_way_for_who_waits_for_a_lane(
    books: Database,
) -> None:
    assert not make_way(books, after=OTHERS_SECONDS + 1)
    queue(books, "two", ago=QUEUED + A_BIT)
    assert make_way(books, after=OTHERS_SECONDS + 0.1)
    too_soon = after_how_long(books, after=OTHERS_SECONDS - 0.1)
    assert not 0 < too_soon < OTHERS_SECONDS


def test_who_was_queued_just_now_has_not_waited_yet(books: Database) -> None:
    began = time.monotonic()
    queue(books, "two", ago=QUEUED - A_BIT)
    makes_way = make_way(books, after=OTHERS_SECONDS + 1)
    assert not makes_way or time.monotonic() - began > A_BIT.total_seconds()


def test_it_makes_way_for_its_own_backlog_sooner(books: Database) -> None:
    with books.transaction() as connection:
        Marks(books).touch(
            connection, ["one"], reason="jira:", now=clock.now(), urgent=True
        )
    assert make_way(books, after=OWN_SECONDS + 0.1)
    assert not 0 < after_how_long(books, after=OWN_SECONDS - 0.2) < OWN_SECONDS
