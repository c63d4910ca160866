"""What the books cannot now is done when they can; what they never can is not."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from app.books.insisting import WAITS, insist


class Books:
    """Fail as told, then answer."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0

    def answer(self) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def failed(kind: type[DBAPIError], why: Exception, *, gone: bool = False) -> DBAPIError:
    return kind("SELECT 1", {}, why, connection_invalidated=gone)


def test_it_outlasts_a_failover_of_two_minutes() -> None:
    assert 120 <= sum(WAITS) <= 180


@pytest.mark.parametrize(
    "error",
    [
        failed(OperationalError, psycopg.errors.AdminShutdown()),
        failed(OperationalError, sqlite3.OperationalError("database is locked")),
        failed(InternalError, psycopg.errors.ReadOnlySqlTransaction(), gone=True),
        NoConnectionError("QueuePool limit"),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    books = Books(error, error)
    assert insist(books.answer, waits=(0, 0, 0)) == "done"
    assert books.asked == 3


def test_what_does_not_pass_is_told_in_the_end() -> None:
    error = failed(OperationalError, psycopg.errors.AdminShutdown())
    books = Books(error, error, error)
    with pytest.raises(OperationalError):
        insist(books.answer, waits=(0, 0))
    assert books.asked == 3


def test_what_no_time_mends_is_told_at_once() -> None:
    books = Books(failed(IntegrityError, psycopg.errors.UniqueViolation()))
    with pytest.raises(IntegrityError):
        insist(books.answer, waits=(0, 0))
    assert books.asked == 1
