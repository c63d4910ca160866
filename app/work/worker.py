"""The worker: reads what came in, starts what is due, and goes round by the clock."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import clock
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.marks import Marks
from app.work.dispatch import Dispatcher
from app.work.engine import Engine, Errand
from app.work.heartbeat import Heartbeat
from app.work.housekeeping import Housekeeping
from app.work.intake import BATCH, Intake
from app.work.site_watch import SiteWatch

_log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
COURTESY_SECONDS = 0.03
ROUND_CHECK = timedelta(seconds=1)
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Round:
    """How often each backlog is looked at whether or not a webhook came."""

    every: timedelta
    backlogs: Callable[[], list[str]]


class Worker:
    """One worker: a thread of its own, beside the engine's."""

    def __init__(  # noqa: PLR0913 - it joins the parts, all named
        self,
        *,
        database: Database,
        intake: Intake,
        marks: Marks,
        engine: Engine,
        errand: Errand,
        round_: Round,
        heartbeat: Heartbeat,
        housekeeping: Housekeeping,
        watch: SiteWatch,
    ) -> None:
        self._intake = intake
        self._marks = marks
        self._engine = engine
        self._errand = errand
        self._round = round_
        self._heartbeat = heartbeat
        self._housekeeping = housekeeping
        self._watch = watch
        self._dispatcher = Dispatcher(database, marks, engine)
        self._deliveries = Deliveries(database)
        self._wake = threading.Event()
        self._stopping = False
        self._went_round: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    @property
    def name(self) -> str:
        """Name the worker, as the books and the log call it."""
        return self._engine.name

    def start(self) -> None:
        """Begin; work that a dead process left behind goes on."""
        self._heartbeat.first()
        self._engine.launch(self._run_errand)
        self._heartbeat.start()
        self._housekeeping.start()
        self._watch.start()
        self._thread.start()

    def wake(self) -> None:
        """Say that something new is in the books, so that nobody waits for a poll."""
        self._wake.set()

    def stop(self) -> None:
        """End; a running rescore gets ten seconds, the next start goes on with it."""
        self._stopping = True
        self._wake.set()
        self._housekeeping.stop()
        self._watch.stop()
        self._thread.join(STOP_SECONDS)
        self._heartbeat.stop()
        self._engine.close(seconds=STOP_SECONDS)
        self._heartbeat.leave()

    def _run_errand(self, backlog: str, generation: int) -> str:
        """Run one rescore; what came meanwhile for its backlog may begin then."""
        try:
            return self._errand(backlog, generation)
        finally:
            self.wake()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                busy = self._beat(clock.now())
            except Exception:  # noqa: BLE001 - logged whole, and the worker goes on
                _log.exception("the worker stumbled; it tries again")
                busy = False
                self._wake.wait(1.0)
            if busy:
                # Whoever waits for SQLite's only writer's place looks now and then: a
                # place that is never free for long would go to us each time.
                time.sleep(COURTESY_SECONDS)
            else:
                self._wake.wait(POLL_SECONDS)

    def _beat(self, now: datetime) -> bool:
        """Do each part, whatever becomes of the one before; tell whether more waits."""
        try:
            return self._hear(now)
        finally:
            try:
                self._go_round(now)
            finally:
                if self._marks.any_due(now=now):
                    self._dispatcher.dispatch(now=now)

    def _hear(self, now: datetime) -> bool:
        read = self._intake.read(now=now) if self._deliveries.any_waiting() else 0
        # What workers died of is read alone, one after the other.
        return read in (1, BATCH)

    def _go_round(self, now: datetime) -> None:
        if self._went_round is None or now - self._went_round >= ROUND_CHECK:
            self._went_round = now
            self._marks.round(self._round.backlogs(), now=now, every=self._round.every)
            self._dispatcher.revive(now=now)
