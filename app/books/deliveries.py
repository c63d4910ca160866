"""The inbox: deliveries as they came, and what became of each."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, takewhile

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.engine import Connection

from app.books.arriving import Arrival, arrival, insert, pack, unpack_beginning
from app.books.database import Database
from app.books.tables import DeliveryRow
from webhooks.delivery import Delivery

# As they are kept: compressed, JSON is a tenth of its size.
MOST_READ_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that nobody has read yet; `packed` is its body as it is kept."""

    id: int
    site: str
    packed: bytes
    received_at: datetime

    def beginning(self, most: int) -> bytes:
        """Unpack so much of the body at most; ValueError where it is damaged."""
        return unpack_beginning(self.packed, most)


@dataclass(frozen=True, slots=True)
class Closing:
    """What a delivery came to: `done`, `ignored` or `dead`, and why."""

    id: int
    state: str
    reason: str = ""
    event: str = ""
    issue_key: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a delivery came to, and when; no time where it has not ended."""

    id: int
    state: str
    closed_at: datetime | None


class Deliveries:
    """The deliveries in the books; each method is one transaction or part of one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, batch: Sequence[tuple[Delivery, datetime]]) -> set[str]:
        """Store a batch in one transaction; answer the identifiers that were new."""
        rows = [arrival(delivery, at, pack(delivery.body)) for delivery, at in batch]
        return {f"{site}\0{identifier}" for site, identifier in self.keep(rows)}

    def keep(self, arrivals: Sequence[Arrival]) -> set[tuple[str, str]]:
        """Store rows in one transaction; answer site and identifier of those new."""
        return insert(self._database, arrivals)

    def fresh(
        self, connection: Connection, *, limit: int, but: Collection[int] = ()
    ) -> list[int]:
        """Choose deliveries that nobody has read or tried to read yet.

        Half of them are the oldest, so that none waits for ever, and half the newest:
        a single edit does not wait behind a bulk. In which order they are read does
        not matter, for each only says that an issue may have changed.
        Few large bodies count as much as many small ones: memory has a limit too.
        """
        query = select(DeliveryRow.id, func.length(DeliveryRow.body)).where(
            DeliveryRow.state == "new", DeliveryRow.tries == 0
        )
        if but:
            query = query.where(DeliveryRow.id.not_in(but))
        query = query.with_for_update(skip_locked=True)
        newest = query.order_by(DeliveryRow.id.desc()).limit(limit // 2)
        oldest = query.order_by(DeliveryRow.id).limit(limit)
        found = list(connection.execute(oldest).all())
        if len(found) == limit:  # there are more
            late = connection.execute(newest).all()
            known = {row.id for row in found}
            late = [row for row in late if row.id not in known]
            found = [*found[: limit - len(late)], *late]
        sizes = accumulate(size for _, size in found)
        return [
            row.id
            for row, size in zip(found, sizes, strict=True)
            if size <= MOST_READ_BYTES or row.id == found[0].id
        ]

    def waiting(self, connection: Connection, ids: Collection[int]) -> list[Waiting]:
        """Read those of the chosen deliveries that still wait, and lock them."""
        rows = connection.execute(
            select(
                DeliveryRow.id,
                DeliveryRow.site_id,
                DeliveryRow.body,
                DeliveryRow.received_at,
            )
            .where(DeliveryRow.id.in_(ids), DeliveryRow.state == "new")
            .order_by(DeliveryRow.id)
            .with_for_update(skip_locked=True)
        ).all()
        return [Waiting(*row) for row in rows]

    def close(
        self, connection: Connection, closings: Iterable[Closing], *, now: datetime
    ) -> None:
        """Record what deliveries came to, in the caller's transaction."""
        rows = [
            {
                "the_id": closing.id,
                "state": closing.state,
                "reason": closing.reason,
                "event": closing.event,
                "issue_key": closing.issue_key[:256],
                "closed_at": now,
            }
            for closing in closings
        ]
        if rows:  # one statement for all: to build one takes longer than to run it
            table = DeliveryRow.__table__
            connection.execute(
                update(DeliveryRow).where(table.c["id"] == bindparam("the_id")), rows
            )

    def any_waiting(self) -> bool:
        """Tell whether a delivery is there that nobody has read yet; reads only."""
        with self._database.engine.connect() as connection:
            found = connection.execute(
                select(DeliveryRow.id).where(DeliveryRow.state == "new").limit(1)
            )
            return found.first() is not None

    def pending(self) -> int:
        """Count the deliveries that nobody has read yet."""
        with self._database.engine.connect() as connection:
            return connection.execute(
                select(func.count()).where(DeliveryRow.state == "new")
            ).scalar_one()

    def ended(self, *, after: int, before: datetime, limit: int) -> list[Ended]:
        """List deliveries that came before a time, oldest first, and their ends.

        They are numbered as they came, so nobody need look at what came later.
        """
        query = (
            select(
                DeliveryRow.id,
                DeliveryRow.state,
                DeliveryRow.closed_at,
                DeliveryRow.received_at,
            )
            .where(DeliveryRow.id > after)
            .order_by(DeliveryRow.id)
            .limit(limit)
        )
        with self._database.engine.connect() as connection:
            rows = connection.execute(query).all()
        early = takewhile(lambda row: row.received_at < before, rows)
        return [Ended(row.id, row.state, row.closed_at) for row in early]

    def delete(self, ids: Collection[int]) -> None:
        """Delete deliveries that have come to their end, in one transaction."""
        if not ids:
            return
        with self._database.transaction() as connection:
            connection.execute(
                delete(DeliveryRow).where(
                    DeliveryRow.id.in_(ids),
                    DeliveryRow.state != "new",  # replayed meanwhile
                )
            )
