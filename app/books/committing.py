"""Group commit: deliveries that arrive together share one."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import DataError, IntegrityError

from app import clock
from app.books.answering import within
from app.books.arriving import Arrival, arrival, pack
from app.books.deliveries import Deliveries
from webhooks.delivery import Delivery
from webhooks.errors import StoreUnavailableError

_log = logging.getLogger(__name__)

# True for a new delivery, False for one that was there.
Outcome = bool | StoreUnavailableError
Coming = tuple[Arrival, "asyncio.Future[bool]"]

MOST_ROWS = 500
MOST_WAITING = 2_000
MOST_WAITING_BYTES = 128 * 1024 * 1024
LARGE = 256 * 1024
# Who waits behind a batch that waited longer than this in vain fails with it.
VAIN_SECONDS = 1.0
# Who waits longer for a commit is told to come again. SQLite waits five seconds itself.
STORE_SECONDS = 7.0
# So long after a failure the service is not ready, unless something was stored since.
TROUBLE_SECONDS = 30.0
STUCK_CHECK_SECONDS = 1.0
_TROUBLE = "the store cannot take it now; try again"


class GroupCommit:
    """Accept deliveries so that those which arrive together share one commit.

    What comes in while a commit runs goes into the next; there is no timer. Bound to
    one event loop: `start` it there, `stop` it there.
    """

    def __init__(
        self, deliveries: Deliveries, *, store_seconds: float = STORE_SECONDS
    ) -> None:
        self._deliveries = deliveries
        self._store_seconds = store_seconds
        self._queue: list[Coming] = []
        self._bytes = 0
        self._wake = asyncio.Event()
        # One thread: SQLite has one writer, and a batch is one statement anyway.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="intake")
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._stuck = False
        self._failed_at: float | None = None

    def trouble(self) -> str:
        """Say what is amiss where deliveries could not be stored just now."""
        failed = self._failed_at
        if failed is None or time.monotonic() - failed > TROUBLE_SECONDS:
            return ""
        return "deliveries cannot be stored: see the log"

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write(), name="group-commit")

    async def stop(self) -> None:
        """Write what was accepted, then end; a store that is stuck is left behind."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        self._thread.shutdown(wait=not self._stuck)

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
            or self._stuck
            or self._task.done()
        ):
            raise StoreUnavailableError("too many deliveries at once; try again")
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._bytes += size
        try:
            if size > LARGE:  # it would hold up the small ones behind it
                packed = await asyncio.to_thread(pack, delivery.body)
            else:  # here, for the writer would wait for this thread at each one
                packed = pack(delivery.body)
            self._queue.append((arrival(delivery, clock.now(), packed), future))
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
            began = loop.time()
            storing = loop.run_in_executor(
                self._thread, self._store, [row for row, _ in batch]
            )
            await asyncio.wait({storing}, timeout=self._store_seconds)
            if not storing.done():
                await self._be_stuck(storing, batch)
                continue
            for (_, future), outcome in zip(batch, storing.result(), strict=True):
                _settle(future, outcome)
            if self._failed_at is not None and loop.time() - began > VAIN_SECONDS:
                self._send_away()

    async def _be_stuck(
        self, storing: "asyncio.Future[list[Outcome]]", batch: list[Coming]
    ) -> None:
        """Tell everybody to come again, until the store has answered or we end.

        What it is storing may be kept in the end: then it comes twice, and is known.
        """
        self._stuck = True
        _log.error("the store does not answer; deliveries are told to come again")
        self._queue[:0] = batch
        while not storing.done() and not self._closing:
            self._failed_at = time.monotonic()
            self._send_away()
            await asyncio.wait({storing}, timeout=STUCK_CHECK_SECONDS)
        self._send_away()
        self._stuck = not storing.done()

    def _send_away(self) -> None:
        """Tell all who wait to come again."""
        waiting, self._queue = self._queue, []
        for _, future in waiting:
            _settle(future, StoreUnavailableError(_TROUBLE))

    def _store(self, batch: list[Arrival]) -> list[Outcome]:
        if not batch:
            return []
        try:
            with within(self._store_seconds):
                added = self._deliveries.keep(batch)
        except (DataError, IntegrityError, ValueError) as error:
            if len(batch) == 1:
                _log.error("a delivery could not be stored: %s", error)
                return [StoreUnavailableError(_TROUBLE)]
            # One bad row must not fail the others: each goes alone.
            return [outcome for one in batch for outcome in self._store([one])]
        except Exception:  # noqa: BLE001 - logged; the senders are told to come again
            self._failed_at = time.monotonic()
            _log.exception("%d deliveries could not be stored", len(batch))
            return [StoreUnavailableError(_TROUBLE)] * len(batch)
        self._failed_at = None
        outcomes: list[Outcome] = []
        for row in batch:
            outcomes.append(row[:2] in added)
            added.discard(row[:2])  # a second one of the batch was not new
        return outcomes


def _settle(future: asyncio.Future[bool], outcome: Outcome) -> None:
    if future.done():  # the sender has left
        return
    if isinstance(outcome, StoreUnavailableError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
