"""From due marks to the engine: one rescore a backlog, under a number of its own."""

import logging
from dataclasses import dataclass
from datetime import datetime

from app.books.database import Database
from app.books.marks import Due, Marks
from app.books.reviving import held, revive
from app.work.engine import Engine
from app.work.gathering import calls_for_comparison

_log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
# On SQLite the engine commits each to a file of its own, while ours stays locked: the
# receiver must not wait for a hundred of them.
BITE = 5


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Hands due marks to the engine, each exactly once."""

    database: Database
    marks: Marks
    engine: Engine

    def dispatch(self, *, now: datetime) -> int:
        """Queue what is due; answer how many backlogs that was."""
        count, more = 0, True
        while more and count < MOST_AT_ONCE:
            came = self._bite(now)
            count, more = count + came, came == BITE
        return count

    def revive(self, *, now: datetime) -> int:
        """Set marks again whose rescore has ended and could not say so; count them.

        So it is where the books were away for long while it ran: the engine knows that
        it has ended, and nobody knows how.
        """
        with self.database.engine.connect() as connection:
            given = held(connection, now=now)
        if not given:
            return 0
        # In this order: who ends says so in the books before the engine knows it.
        open_ = self.engine.unfinished([(one.backlog, one.generation) for one in given])
        lost = [one for one in given if (one.backlog, one.generation) not in open_]
        if not lost:
            return 0
        with self.database.transaction() as connection:
            revived = revive(connection, self.marks, lost, now=now)
        if revived:
            _log.warning("nobody knows how these ended: %s", ", ".join(revived))
        return len(revived)

    def _bite(self, now: datetime) -> int:
        with self.database.transaction() as connection:
            due = self.marks.due(connection, now=now, limit=BITE)
            for one in due:
                self.engine.enqueue(
                    connection, one.backlog, one.generation, long=_may_be_long(one)
                )
                self.marks.dispatched(connection, one, now=now)
        return len(due)


def _may_be_long(due: Due) -> bool:
    """Tell whether more is to be done than to read a few issues that webhooks named."""
    return not due.few or calls_for_comparison(due.reasons)
