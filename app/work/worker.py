"""The worker: reads what came in, starts what is due, and goes round by the clock."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import clock
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.marks import Marks
from app.work.dispatch import Dispatcher
from app.work.engine import Engine, Errand
from app.work.heartbeat import Heartbeat
from app.work.intake import BATCH, Intake

_log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
# Jira's own retries end well within this; an echo this late costs one rescore.
ECHOES_KEPT = timedelta(hours=2)
DELIVERIES_KEPT = timedelta(days=7)
HOUSEKEEPING = timedelta(hours=1)
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
    ) -> None:
        self._database = database
        self._intake = intake
        self._marks = marks
        self._engine = engine
        self._errand = errand
        self._round = round_
        self._heartbeat = heartbeat
        self._dispatcher = Dispatcher(database, marks, engine)
        self._deliveries = Deliveries(database)
        self._echoes = Echoes(database)
        self._wake = threading.Event()
        self._stopping = False
        self._kept_house: datetime | None = None
        self._went_round: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    @property
    def name(self) -> str:
        """Name the worker, as the books and the log call it."""
        return self._engine.name

    def start(self) -> None:
        """Begin; work that a dead process left behind goes on."""
        self._heartbeat.first()
        self._engine.launch(self._errand)
        self._heartbeat.start()
        self._thread.start()

    def wake(self) -> None:
        """Say that something new is in the books, so that nobody waits for a poll."""
        self._wake.set()

    def stop(self) -> None:
        """End; a running rescore gets ten seconds, the next start goes on with it."""
        self._stopping = True
        self._wake.set()
        self._thread.join(STOP_SECONDS)
        self._heartbeat.stop()
        self._engine.close(seconds=STOP_SECONDS)
        self._heartbeat.leave()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                busy = self._beat(clock.now())
            except Exception:  # noqa: BLE001 - logged whole, and the worker goes on
                _log.exception("the worker stumbled; it tries again")
                busy = False
                self._wake.wait(1.0)
            if not busy:
                self._wake.wait(POLL_SECONDS)

    def _beat(self, now: datetime) -> bool:
        read = self._intake.read(now=now) if self._deliveries.any_waiting() else 0
        if self._went_round is None or now - self._went_round >= ROUND_CHECK:
            self._went_round = now
            self._marks.round(self._round.backlogs(), now=now, every=self._round.every)
        if self._marks.any_due(now=now):
            self._dispatcher.dispatch(now=now)
        if self._kept_house is None or now - self._kept_house >= HOUSEKEEPING:
            self._kept_house = now
            self._keep_house(now)
        return read == BATCH

    def _keep_house(self, now: datetime) -> None:
        with self._database.alone("housekeeping") as alone:
            if alone:
                self._forget(now)

    def _forget(self, now: datetime) -> None:
        forgotten = self._deliveries.forget(before=now - DELIVERIES_KEPT)
        echoes = self._echoes.forget(before=now - ECHOES_KEPT)
        runs = self._engine.prune(now=now)
        if forgotten or echoes or runs:
            _log.info(
                "forgot %d deliveries, %d echoes, %d runs", forgotten, echoes, runs
            )
