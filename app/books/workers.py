"""Workers' signs of life: who is alive, and who has to be given up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, null, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from app import clock
from app.books.database import Database
from app.books.readers import blame
from app.books.tables import Moment, WorkerRow

# Long ago for every lease: who leaves sets it, so that nobody waits for the lease.
GONE = timedelta(days=1)


def books_clock(connection: Connection) -> datetime:
    """Read the database's clock, for those of many machines differ."""
    if connection.dialect.name == "postgresql":
        return connection.execute(select(func.now(type_=Moment()))).scalar_one()
    return clock.now()


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers in the books. `lease` is how long silence is no sign of death."""

    database: Database
    lease: timedelta
    now: Callable[[Connection], datetime] = books_clock

    def beat(self, worker: str) -> None:
        """Note that a worker lives."""
        with self.database.transaction() as connection:
            now = self.now(connection)
            insertion = (
                postgresql.insert(WorkerRow)
                if connection.dialect.name == "postgresql"
                else sqlite.insert(WorkerRow)
            )
            connection.execute(
                insertion.values(
                    id=worker, started_at=now, beat_at=now
                ).on_conflict_do_update(index_elements=["id"], set_={"beat_at": now})
            )

    def begin(self, worker: str) -> None:
        """Note that a worker starts; what one of its name was reading, it died of."""
        with self.database.transaction() as connection:
            mine = WorkerRow.id == worker
            _blame_readers(connection, mine)
            connection.execute(update(WorkerRow).where(mine).values(reading=null()))
        self.beat(worker)

    def alive(self) -> frozenset[str]:
        """Name the workers whose lease is not over."""
        with self.database.engine.connect() as connection:
            since = self.now(connection) - self.lease
            names = connection.execute(
                select(WorkerRow.id).where(WorkerRow.beat_at > since)
            )
            return frozenset(names.scalars())

    def gone(self, prefix: str) -> None:
        """Note that the workers of this name have ended: nobody waits for the lease."""
        with self.database.transaction() as connection:
            connection.execute(
                update(WorkerRow)
                .where(WorkerRow.id.startswith(prefix, autoescape=True))
                .values(beat_at=self.now(connection) - GONE - self.lease)
            )

    def forget(self) -> int:
        """Delete the workers whose lease is over; count them.

        What they were reading when they died is remembered where it counts.
        """
        with self.database.transaction() as connection:
            before = self.now(connection) - self.lease
            dead = WorkerRow.beat_at <= before
            _blame_readers(connection, dead)
            return connection.execute(delete(WorkerRow).where(dead)).rowcount


def _blame_readers(connection: Connection, which: ColumnElement[bool]) -> None:
    """Count the deaths of workers with what they were reading."""
    noted = select(WorkerRow.reading).where(which, WorkerRow.reading.is_not(None))
    for reading in connection.execute(noted.with_for_update()).scalars():
        blame(connection, reading)
