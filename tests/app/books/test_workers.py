"""Who beats lives; who is silent for a lease, or has said goodbye, does not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.books.database import Database
from app.books.workers import Workers, books_clock
from tests.app.conftest import NOW

SECOND = timedelta(seconds=1)
LEASE = 60 * SECOND


@pytest.fixture
def at(books: Database) -> Callable[[float], Workers]:
    """Give the workers in the books, so many seconds later."""

    def later(seconds: float) -> Workers:
        def now(_connection: Connection) -> datetime:
            return NOW + seconds * SECOND

        return Workers(books, LEASE, now)

    return later


def test_a_beat_lasts_for_a_lease(at: Callable[[float], Workers]) -> None:
    at(0).beat("left")
    at(30).beat("right")
    assert at(59).alive() == {"left", "right"}
    assert at(60).alive() == {"right"}
    at(61).beat("left")  # it was only slow
    assert at(89).alive() == {"left", "right"}


def test_who_says_goodbye_is_not_waited_for(at: Callable[[float], Workers]) -> None:
    for name in ("crew-1-aa", "crew-1-bb", "crew-12-cc", "crew_1-dd"):
        at(0).beat(name)
    at(1).gone("crew-1-")
    assert at(1).alive() == {"crew-12-cc", "crew_1-dd"}


def test_the_dead_are_forgotten(at: Callable[[float], Workers]) -> None:
    at(0).beat("left")
    at(30).beat("right")
    assert [at(60).forget(), at(60).forget()] == [1, 0]
    assert at(60).alive() == {"right"}


def test_the_time_is_that_of_the_books(books: Database) -> None:
    workers = Workers(books, LEASE)
    workers.beat("left")
    assert workers.alive() == {"left"}
    with books.transaction() as connection:
        first = books_clock(connection)
        assert first.utcoffset() == timedelta(0)
        if connection.dialect.name == "postgresql":
            # One moment a transaction: not that of this machine.
            assert books_clock(connection) == first
