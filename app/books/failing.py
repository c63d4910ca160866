"""Read from the marks which rescores fail, how often in a row, and when the next is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from app.books.tables import MarkRow


@dataclass(frozen=True, slots=True)
class Failing:
    """Failures since the last success, and when it is tried again, where that is known.

    Nothing failed where `attempts` is 0.
    """

    attempts: int = 0
    again: datetime | None = None


def failing(connection: Connection) -> dict[str, Failing]:
    """Find the backlogs whose last rescore failed."""
    rows = connection.execute(
        select(
            MarkRow.backlog_id, MarkRow.attempts, MarkRow.not_before, MarkRow.due_at
        ).where(MarkRow.attempts > 0)
    )
    return {
        row.backlog_id: Failing(row.attempts, row.not_before or row.due_at)
        for row in rows
    }
