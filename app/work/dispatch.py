"""From due marks to the engine: one rescore a backlog, under a number of its own."""

from dataclasses import dataclass
from datetime import datetime

from app.books.database import Database
from app.books.marks import Marks
from app.work.engine import Engine

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Hands due marks to the engine, each exactly once."""

    database: Database
    marks: Marks
    engine: Engine

    def dispatch(self, *, now: datetime) -> int:
        """Queue what is due; answer how many backlogs that was."""
        with self.database.transaction() as connection:
            due = self.marks.due(connection, now=now, limit=MOST_AT_ONCE)
            for one in due:
                self.engine.enqueue(connection, one.backlog, one.generation)
                self.marks.dispatched(connection, one, now=now)
        return len(due)
