"""How a rescore ends in the books: done, overtaken, again later, refused, or stopped.

The mark keeps why it runs until its end is in the books: should the books be away for
longer than we insist, the mark is set again from there.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from app import clock
from app.books.database import Database
from app.books.insisting import WAITS, insist
from app.books.marks import Marks
from app.books.unread import Unread
from app.errors import SecretsError
from app.work.confirming import StaleOrderError
from app.work.copying import TooManyIssuesError, VanishedFieldError
from app.work.fencing import OvertakenError
from app.work.task import SiteStoppedError, Tasks
from connectors.errors import PausedError, RefusedError, UnreachableError
from scoring.mapping import MappingError

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
# A backlog that failed so often in a row, or has to wait for so long, says so.
TOLD_AFTER = 3
TOLD_AT_ONCE = timedelta(minutes=1)
# Whatever a site asks for, we look after this whether it still does.
LONGEST_ASKED = timedelta(hours=1)
# What waiting does not mend; the round by the clock sees when somebody has.
HOPELESS = (
    RefusedError,
    TooManyIssuesError,
    VanishedFieldError,
    MappingError,
    SecretsError,
)


def count_nothing(_reason: str) -> None:
    """Count no failures."""


class OwnError(Exception):
    """Something in CD3 itself is wrong; the log has it whole."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"an error of CD3's own, {type(error).__name__}: {error}. The log has it "
            "whole; it is tried again from time to time"
        )


@dataclass(frozen=True, slots=True)
class _Again:
    """When a rescore is tried again, after so many failures in a row."""

    attempts: int
    wait: timedelta
    at: datetime

    @property
    def lasts(self) -> bool:
        """Tell whether it takes so long that whoever looks should hear of it."""
        return self.attempts >= TOLD_AFTER or self.wait > TOLD_AT_ONCE

    def __str__(self) -> str:
        row = f" {self.attempts} times in a row" if self.attempts > 1 else ""
        return f"failed{row}, the next try is at {self.at:%Y-%m-%d %H:%M:%S %Z}"


@dataclass(frozen=True, slots=True)
class Ending:
    """Sees to it that each run of a rescore ends in the books, and in a word.

    `count` is told of each that fails, in a word of a few.
    """

    database: Database
    tasks: Tasks
    marks: Marks
    patience: Sequence[float] = WAITS
    count: Callable[[str], None] = count_nothing

    def of(self, backlog: str, run: int, work: Callable[[], str]) -> str:
        """Do the work; answer in a word how it ended, for the engine's records."""
        try:
            ended = work()
            self._close(backlog, run)
        except OvertakenError:
            ended = self._overtaken(backlog)
        except StaleOrderError as error:
            self._read_again(backlog, error.issues)
            ended = self._again(backlog, run, error, 0.0)
            self.count("stale")
        except SiteStoppedError as error:
            ended = self._stop(backlog, run, error)
            self.count("stopped")
        except UnreachableError as error:
            ended = self._again(backlog, run, error, error.retry_after)
            self.count("paused" if isinstance(error, PausedError) else "unreachable")
        except HOPELESS as error:
            ended = self._refuse(backlog, run, error)
            self.count("refused")
        except Exception as error:
            self.count("own")
            why = f"{type(error).__name__}: see the log"
            if self._put_off(backlog, run, why, None) is None:
                self._overtaken(backlog)
            self._note(backlog, run, OwnError(error))
            self.insist(lambda: self.marks.ended(backlog, run))
            raise
        self.insist(lambda: self.marks.ended(backlog, run))
        return ended

    def insist(self, action: Callable[[], Result]) -> Result:
        """Do something in the books, again while they are away, for so long."""
        return insist(action, waits=self.patience)

    def _close(self, backlog: str, run: int) -> None:
        if not self.marks.succeeded(backlog, run):
            raise OvertakenError

    def _overtaken(self, backlog: str) -> str:
        # Between our last look and our last write another may have written.
        self.insist(lambda: self.marks.overtaken(backlog, now=clock.now()))
        return "overtaken"

    def _note(self, backlog: str, run: int, error: Exception) -> bool:
        note = self.tasks.note_trouble
        return self.insist(lambda: note(backlog, run, error, now=clock.now()))

    def _refuse(self, backlog: str, run: int, error: Exception) -> str:
        if not self._note(backlog, run, error):
            return self._overtaken(backlog)
        _log.warning("%s was not rescored: %s", backlog, error)
        return "refused"

    def _stop(self, backlog: str, run: int, error: SiteStoppedError) -> str:
        """Keep the work of a backlog whose site does not let us in."""
        stop = self.tasks.stop
        waits = self.insist(lambda: stop(backlog, run, error, now=clock.now()))
        told = "is kept until the site lets us in" if waits else "is tried once more"
        _log.warning("%s %s: %s", backlog, told, error)
        return "stopped"

    def _read_again(self, backlog: str, issues: Sequence[str]) -> None:
        now = clock.now()
        with self.database.transaction() as connection:
            self.marks.touch(connection, [backlog], reason="again", now=now)
            Unread().note(connection, backlog, issues, now=now)

    def _again(
        self, backlog: str, run: int, error: Exception, after: float | None
    ) -> str:
        """Try it again later; where that lasts, the backlog's state says so."""
        again = self._put_off(backlog, run, str(error), after)
        if again is None:
            return self._overtaken(backlog)
        if again.lasts:
            reason = f"{again}: {error}"
            self.insist(lambda: self.tasks.note_retrying(backlog, run, reason))
        return "again"

    def _put_off(
        self, backlog: str, run: int, reason: str, after: float | None
    ) -> _Again | None:
        """Set the mark again for later; None where a later run has begun."""
        attempts = min(self.insist(lambda: self.marks.attempts(backlog)), 20)
        wait = min(FIRST_WAIT * 2**attempts, LONGEST_WAIT)
        if after is not None:
            wait = max(wait, min(timedelta(seconds=after), LONGEST_ASKED))
        at, failed = clock.now() + wait, self.marks.failed
        made = self.insist(lambda: failed(backlog, run, again=at, reason="again"))
        if not made:
            return None
        _log.warning("%s is rescored again in %s: %s", backlog, wait, reason)
        return _Again(made, wait, at)
