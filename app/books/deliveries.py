"""The inbox: deliveries as they came, and what became of each."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, IntegrityError

from app import clock
from app.books.arriving import insert, pack, unpack
from app.books.database import Database
from app.books.tables import DeliveryRow
from webhooks.delivery import Delivery
from webhooks.errors import StoreUnavailableError

_log = logging.getLogger(__name__)

# True for a new delivery, False for one that was there.
Outcome = bool | StoreUnavailableError

MOST_ROWS = 500
MOST_FORGOTTEN = 1_000
# As they are kept: compressed, JSON is a tenth of its size.
MOST_READ_BYTES = 4 * 1024 * 1024
MOST_WAITING = 2_000
MOST_WAITING_BYTES = 128 * 1024 * 1024
LARGE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that nobody has read yet."""

    id: int
    site: str
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """What a delivery came to: `done`, `ignored` or `dead`, and why."""

    id: int
    state: str
    reason: str = ""
    event: str = ""
    issue_key: str = ""


class Deliveries:
    """The deliveries in the books; each method is one transaction or part of one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, batch: Sequence[tuple[Delivery, datetime]]) -> set[str]:
        """Store a batch in one transaction; answer the identifiers that were new."""
        added = insert(self._database, batch)
        return {f"{site}\0{identifier}" for site, identifier in added}

    def waiting(self, connection: Connection, *, limit: int) -> list[Waiting]:
        """Read the oldest deliveries that nobody has read yet, and lock them.

        Few large bodies count as much as many small ones: memory has a limit too.
        """
        found = connection.execute(
            select(DeliveryRow.id, func.length(DeliveryRow.body))
            .where(DeliveryRow.state == "new")
            .order_by(DeliveryRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        sizes = accumulate(size for _, size in found)
        few = [
            row.id
            for row, size in zip(found, sizes, strict=True)
            if size <= MOST_READ_BYTES or row.id == found[0].id
        ]
        rows = connection.execute(
            select(
                DeliveryRow.id,
                DeliveryRow.site_id,
                DeliveryRow.body,
                DeliveryRow.received_at,
            )
            .where(DeliveryRow.id.in_(few))
            .order_by(DeliveryRow.id)
        ).all()
        return [Waiting(r[0], r[1], unpack(r[2]), r[3]) for r in rows]

    def close(
        self, connection: Connection, closings: Iterable[Closing], *, now: datetime
    ) -> None:
        """Record what deliveries came to, in the caller's transaction."""
        for closing in closings:
            connection.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id == closing.id)
                .values(
                    state=closing.state,
                    reason=closing.reason,
                    event=closing.event,
                    issue_key=closing.issue_key[:256],
                    closed_at=now,
                )
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

    def forget(self, *, before: datetime) -> int:
        """Delete what was done or ignored before a time; dead ones stay."""
        forgotten = 0
        while True:  # in small bites, for writers wait meanwhile
            with self._database.transaction() as connection:
                bite = (
                    select(DeliveryRow.id)
                    .where(
                        DeliveryRow.state.in_(("done", "ignored")),
                        DeliveryRow.closed_at < before,
                    )
                    .limit(MOST_FORGOTTEN)
                )
                came = connection.execute(
                    delete(DeliveryRow).where(DeliveryRow.id.in_(bite))
                )
            forgotten += came.rowcount
            if came.rowcount < MOST_FORGOTTEN:
                return forgotten


class GroupCommit:
    """Accept deliveries so that those which arrive together share one commit.

    What comes in while a commit runs goes into the next; there is no timer. Bound to
    one event loop: `start` it there, `stop` it there.
    """

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._queue: list[tuple[Delivery, datetime, asyncio.Future[bool]]] = []
        self._bytes = 0
        self._wake = asyncio.Event()
        # One thread: SQLite has one writer, and a batch is one statement anyway.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="intake")
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write(), name="group-commit")

    async def stop(self) -> None:
        """Write what was accepted, then end."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        self._thread.shutdown()

    async def accept(self, delivery: Delivery) -> bool:
        """Return once the delivery is durable, saying whether it was new.

        Raises `StoreUnavailableError` where it cannot be stored now.
        """
        size = len(delivery.body)
        if (
            len(self._queue) >= MOST_WAITING
            or self._bytes + size > MOST_WAITING_BYTES
            or self._task is None
            or self._closing
            or self._task.done()
        ):
            raise StoreUnavailableError("too many deliveries at once; try again")
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._bytes += size
        try:
            if size > LARGE:  # it would hold up the small ones behind it
                packed = await asyncio.to_thread(pack, delivery.body)
                delivery = replace(delivery, body=b"", packed=packed)
            self._queue.append((delivery, clock.now(), future))
            self._wake.set()
            return await future
        finally:
            self._bytes -= size

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue or not self._closing:
            await self._wake.wait()
            batch, self._queue = self._queue[:MOST_ROWS], self._queue[MOST_ROWS:]
            if not self._queue and not self._closing:
                self._wake.clear()
            outcomes = await loop.run_in_executor(
                self._thread, self._store, [(d, at) for d, at, _ in batch]
            )
            for (_, _, future), outcome in zip(batch, outcomes, strict=True):
                _settle(future, outcome)

    def _store(self, batch: list[tuple[Delivery, datetime]]) -> list[Outcome]:
        if not batch:
            return []
        try:
            added = self._deliveries.add(batch)
        except (DataError, IntegrityError, ValueError) as error:
            if len(batch) == 1:
                _log.error("a delivery could not be stored: %s", error)
                return [StoreUnavailableError("the store cannot take it now")]
            # One bad row must not fail the others: each goes alone.
            return [outcome for one in batch for outcome in self._store([one])]
        except Exception:  # noqa: BLE001 - logged; the senders are told to come again
            _log.exception("%d deliveries could not be stored", len(batch))
            return [StoreUnavailableError("the store cannot take it now")] * len(batch)
        outcomes: list[Outcome] = []
        for delivery, _ in batch:
            name = f"{delivery.site}\0{delivery.identifier}"
            outcomes.append(name in added)
            added.discard(name)
        return outcomes


def _settle(future: asyncio.Future[bool], outcome: Outcome) -> None:
    if future.done():  # the sender has left
        return
    if isinstance(outcome, StoreUnavailableError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
