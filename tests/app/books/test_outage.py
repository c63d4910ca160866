"""An outage is a line when the books go, one a minute, one when they are back."""

import io
import logging
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from app.books import outage as module
from app.books.outage import ENGINE, Outage

GONE = OperationalError("SELECT 1", {}, psycopg.OperationalError("gone\nreally"))


class Log:
    """A log that is filtered, and a time that passes as told."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.outage = Outage(lambda: self.seconds)
        self.stream = io.StringIO()
        handler = logging.StreamHandler(self.stream)
        handler.addFilter(self.outage)
        self.handler = handler
        self.ours, self.engine = logging.getLogger("app.x"), logging.getLogger(ENGINE)

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def stumble(self, error: Exception) -> None:
        self.ours.error("the worker stumbled", exc_info=error)


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log()
    loggers = [made.ours, made.engine, logging.getLogger(module.__name__)]
    # Others in this process may have turned them down.
    before = [(one, one.level, one.disabled) for one in loggers]
    for one in loggers:
        one.addHandler(made.handler)
        one.setLevel(logging.DEBUG)
        one.disabled = False
    yield made
    for one, level, disabled in before:
        one.removeHandler(made.handler)
        one.setLevel(level)
        one.disabled = disabled


def test_what_many_say_is_said_once_and_without_a_traceback(log: Log) -> None:
    for _ in range(100):
        log.stumble(GONE)
        log.ours.warning("the database does not answer: %s", GONE)
        log.engine.warning(f"Exception in queue thread: {GONE}")
        log.stumble(NoConnectionError("QueuePool limit"))
    [line] = log.lines()
    assert line.startswith("the books are away")
    assert "gone" in line


def test_of_a_traceback_in_the_engines_words_only_the_error_is_said(log: Log) -> None:
    log.engine.warning(f"No schedules: Traceback\n  File x\n{GONE}")
    [line] = log.lines()
    assert "Traceback" not in line
    assert "gone" in line


def test_it_is_said_again_each_minute_and_at_the_end(log: Log) -> None:
    for second in range(130):
        log.seconds = second
        log.stumble(GONE)
    log.outage.over()
    log.outage.over()
    *away, back = log.lines()
    assert len(away) == 3
    assert back == "the books are back after 129 s; 127 lines were left out"


def test_books_that_come_and_go_fill_no_log(log: Log) -> None:
    for second in range(50):
        log.seconds = second
        log.stumble(GONE)
        log.outage.over()
    assert sum("are away" in line for line in log.lines()) == 1


def test_any_other_error_is_told_whole(log: Log) -> None:
    log.stumble(ValueError("a mistake of ours"))
    log.engine.warning("something else")
    assert log.lines()[-2:] == ["ValueError: a mistake of ours", "something else"]
