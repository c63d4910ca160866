"""Which deliveries workers read at this moment, and which ones workers died of.

Before it reads a batch, a worker notes which deliveries are in it, in a transaction of
its own; the transaction that closes them takes the note back. So what a dead worker
was reading stands in the books, and is read alone from then on: what kills whoever
reads it kills nothing else, and after a few deaths it is parked.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import literal, null, select, update
from sqlalchemy.engine import Connection

from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.tables import DeliveryRow, WorkerRow

# Workers are killed for other reasons too; a delivery is to blame after so many.
MOST_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Chosen:
    """The deliveries to read next; `deaths` of how many workers, if it is a suspect."""

    ids: Sequence[int]
    deaths: int = 0


@dataclass(slots=True)
class Reader:
    """One worker's choice of what to read next, and the transaction to read it in."""

    database: Database
    deliveries: Deliveries
    worker: str
    _suspects_turn: bool = False

    @contextmanager
    def reading(
        self, *, limit: int = 1, ids: Sequence[int] = ()
    ) -> Iterator[tuple[Connection, Chosen]]:
        """Choose what to read, unless told; note it, and take the note back at the end.

        On PostgreSQL what is noted is locked already, so that nobody takes the notes
        of the living for those of the dead. SQLite has one worker and one writer.
        """
        if self.database.engine.dialect.name == "sqlite":
            with self.database.transaction() as before:
                chosen = Chosen(ids) if ids else self._choose(before, limit)
                _note(before, self.worker, chosen.ids)
            with self.database.transaction() as connection:
                yield connection, chosen
                _note(connection, self.worker, None)
            return
        with self.database.transaction() as connection:
            chosen = Chosen(ids) if ids else self._choose(connection, limit)
            with self.database.transaction() as beside:
                _note(beside, self.worker, chosen.ids)
            yield connection, chosen
            _note(connection, self.worker, None)

    def give_up(self) -> None:
        """Take the note back where reading failed and the worker lives."""
        with self.database.transaction() as connection:
            _note(connection, self.worker, None)

    def _choose(self, connection: Connection, limit: int) -> Chosen:
        """Choose a batch, or by turns a suspect alone."""
        suspects = _suspects(connection, self.worker)
        self._suspects_turn = bool(suspects) and not self._suspects_turn
        if not self._suspects_turn:
            ids = self.deliveries.fresh(connection, limit=limit, but=suspects)
            if ids or not suspects:
                return Chosen(ids)
        # The least suspicious first: whatever kills comes last.
        deaths, first = min((deaths, one) for one, deaths in suspects.items())
        return Chosen([first], deaths)


def blame(connection: Connection, read: Collection[int]) -> None:
    """Count a death with each delivery that a dead worker was reading."""
    waiting = (
        select(DeliveryRow.id)
        .where(DeliveryRow.id.in_(read), DeliveryRow.state == "new")
        .with_for_update(skip_locked=True)  # who holds it lives, and reads it
    )
    ids = list(connection.execute(waiting).scalars())
    connection.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id.in_(ids))
        .values(tries=DeliveryRow.tries + 1)
    )


def _note(connection: Connection, worker: str, ids: Sequence[int] | None) -> None:
    connection.execute(
        update(WorkerRow)
        .where(WorkerRow.id == worker)
        .values(reading=list(ids) if ids else null())
    )


def _suspects(connection: Connection, worker: str) -> Counter[int]:
    """Count the deaths of each delivery that waits and that workers died of.

    Others' notes count: who lives holds what it reads locked, and is passed by.
    """
    noted = connection.execute(
        select(WorkerRow.reading).where(
            WorkerRow.id != worker, WorkerRow.reading.is_not(None)
        )
    ).scalars()
    named = Counter(id_ for reading in noted for id_ in reading or ())
    # Written out, so that the index of the few that were tried before fits.
    tried = DeliveryRow.tries > literal(0, literal_execute=True)
    waiting = select(DeliveryRow.id, DeliveryRow.tries).where(
        DeliveryRow.state == "new"
    )
    found: dict[int, int] = {}
    for condition in (tried, DeliveryRow.id.in_(named)) if named else (tried,):
        rows = connection.execute(
            waiting.where(condition).with_for_update(skip_locked=True)
        )
        found |= {row.id: row.tries for row in rows}
    return Counter({id_: tries + named[id_] for id_, tries in found.items()})
