"""Forget what is long done: a little at a time, so that nobody waits meanwhile.

The audit is kept; whatever is forgotten that was not worked off leaves a note there.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from app import clock
from app.books.audit import Audit
from app.books.database import Database
from app.books.deliveries import Deliveries, Ended
from app.books.echoes import Echoes
from app.books.plans import Plans
from app.work.engine import Engine

_log = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)
# Jira's own retries end well within this; an echo this late costs one rescore.
ECHOES_KEPT: Final = timedelta(hours=2)
# So many rows are deleted in one transaction, and so many when that takes long.
MOST_AT_ONCE: Final = 1_000
FEWEST_AT_ONCE: Final = 50
LONG_SECONDS: Final = 0.05
# Others write meanwhile: SQLite's only writer's place is free so long at least.
PAUSE_SECONDS: Final = 0.02
STOP_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Kept:
    """How long things are kept after their end."""

    deliveries: timedelta = timedelta(days=7)
    dead: timedelta = timedelta(days=90)
    plans: timedelta = timedelta(days=365)


@dataclass(slots=True)
class Housekeeping:
    """Keeps house once an hour, on a thread of its own; one worker at a time does."""

    database: Database
    engine: Engine
    kept: Kept = field(default_factory=Kept)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; the first time is at once."""
        self._thread = threading.Thread(
            target=self._run, name="housekeeping", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End after the bite that is being taken."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def keep_house(self, now: datetime) -> None:
        """Forget what is old enough, unless somebody else does so now."""
        with self.database.alone("housekeeping") as alone:
            if alone:
                self._forget(now)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.keep_house(clock.now())
            except Exception:  # noqa: BLE001 - logged whole, and tried again
                _log.exception("the house could not be kept; it is tried in an hour")
            self._stopping.wait(EVERY / timedelta(seconds=1))

    def _forget(self, now: datetime) -> None:
        deliveries = self._forget_deliveries(now)
        echoes = Echoes(self.database)
        old = now - ECHOES_KEPT
        heard = self._bites(lambda most: echoes.forget(before=old, most=most))
        plans = self._bites(lambda most: self._forget_plans(now, most))
        runs = self.engine.prune(now=now)
        if deliveries or heard or plans or runs:
            _log.info(
                "forgot %d deliveries, %d echoes, %d plans, %d runs",
                *(deliveries, heard, plans, runs),
            )

    def _forget_deliveries(self, now: datetime) -> int:
        """Walk from the oldest on, until all that follows came in too lately."""
        deliveries, after, dead, count = Deliveries(self.database), 0, 0, 0
        latest = now - min(self.kept.deliveries, self.kept.dead)

        def bite(most: int) -> int:
            nonlocal after, dead, count
            rows = deliveries.ended(after=after, before=latest, limit=most)
            if not rows:
                return 0
            old = [row for row in rows if self._is_old(row, now)]
            deliveries.delete([row.id for row in old])
            after, count = rows[-1].id, count + len(old)
            dead += sum(1 for row in old if row.state == "dead")
            return len(rows)

        self._bites(bite)
        if dead:
            self._tell(dead, now)
        return count

    def _is_old(self, row: Ended, now: datetime) -> bool:
        if row.closed_at is None:
            return False
        kept = self.kept.dead if row.state == "dead" else self.kept.deliveries
        return row.closed_at < now - kept

    def _tell(self, dead: int, now: datetime) -> None:
        _log.warning("forgot %d dead letters that nobody replayed", dead)
        with self.database.writing() as session:
            Audit().add(
                session,
                now=now,
                actor="cd3",
                action="dead_letters_forgotten",
                object="deliveries",
                detail={"count": dead, "days": self.kept.dead.days},
            )

    def _forget_plans(self, now: datetime, most: int) -> int:
        with self.database.writing() as session:
            return Plans().forget(session, before=now - self.kept.plans, most=most)

    def _bites(self, bite: Callable[[int], int]) -> int:
        """Take bites until nothing is left; smaller ones where they take long."""
        count, most = 0, MOST_AT_ONCE
        while not self._stopping.is_set():
            began = time.monotonic()
            came = bite(most)
            count += came
            if not came:
                break
            took = time.monotonic() - began
            most = _sized(most, took)
            self._stopping.wait(max(PAUSE_SECONDS, took))
        return count


def _sized(most: int, took: float) -> int:
    if took > LONG_SECONDS:
        return max(FEWEST_AT_ONCE, most // 2)
    return min(MOST_AT_ONCE, most * 2)
