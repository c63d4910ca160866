"""A worker's heartbeat, and the rescue of what those who fell silent had begun.

And of what counts as begun by ourselves though we never heard of it: the database may
die after it gave us work and before it could say so.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from app.books.workers import Workers
from app.work.engine import Engine

_log = logging.getLogger(__name__)

BEATS_A_LEASE = 10
# Whoever was silent for so much of a lease finds others' leases over as well.
MOST_SILENT = 0.5
STOP_SECONDS = 10


@dataclass(slots=True)
class Heartbeat:
    """Beats on a thread of its own, so that long work is no silence."""

    workers: Workers
    engine: Engine
    monotonic: Callable[[], float] = time.monotonic
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _forgotten: dict[str, float] = field(default_factory=dict)
    _beaten: float | None = None
    _hears_from: float = 0.0

    @property
    def lease_seconds(self) -> float:
        """Give the lease in seconds."""
        return self.workers.lease / timedelta(seconds=1)

    def first(self) -> None:
        """Beat before anything is begun: what the silent hold is taken from them."""
        self.workers.begin(self.engine.name)
        self._beaten = self.monotonic()

    def start(self) -> None:
        """Go on beating, once the engine runs."""
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Beat a last time; what runs has a lease to finish."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        self.workers.beat(self.engine.name)

    def leave(self) -> None:
        """Say that we are gone; what is still unfinished goes to others at once."""
        self.workers.gone(self.engine.name)

    def turn(self) -> None:
        """Beat, and see to the dead, unless it was us who could not be heard.

        After an outage of the books everybody seems dead to the first who is back: the
        living get a lease to say so.
        """
        self.workers.beat(self.engine.name)
        now = self.monotonic()
        silent = 0.0 if self._beaten is None else now - self._beaten
        self._beaten = now
        if silent > self.lease_seconds * MOST_SILENT:
            _log.warning("could not beat for %.0f s; nobody is given up yet", silent)
            self._hears_from = now + self.lease_seconds
            self._forgotten.clear()
        if now >= self._hears_from:
            self.rescue()
        self.remember()

    def rescue(self) -> int:
        """Queue again what the dead had begun; answer how much that was."""
        # In this order: who begins something has beaten before.
        holders = self.engine.holders()
        dead = holders - self.workers.alive() - {self.engine.name}
        rescued = self.engine.recover(dead) if dead else 0
        if rescued:
            _log.warning("took over %d from %s", rescued, ", ".join(sorted(dead)))
        self.workers.forget()
        return rescued

    def remember(self) -> int:
        """Queue again what we were given a lease ago and never began; count it."""
        now, lease = self.monotonic(), self.lease_seconds
        self._forgotten = {
            work: self._forgotten.get(work, now) for work in self.engine.forgotten()
        }
        late = [work for work, since in self._forgotten.items() if now - since >= lease]
        if late:
            self.engine.resume(late)
            for work in late:
                del self._forgotten[work]
            _log.warning("queued again what never began: %s", ", ".join(sorted(late)))
        return len(late)

    def _run(self) -> None:
        pause = self.lease_seconds / BEATS_A_LEASE
        while not self._stopping.wait(pause):
            try:
                self.turn()
            except Exception:  # noqa: BLE001 - logged whole, and it beats again
                _log.exception("the heartbeat stumbled; it beats again")
