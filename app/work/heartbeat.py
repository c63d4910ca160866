"""A worker's heartbeat, and the rescue of what those who fell silent had begun."""

import logging
import threading
from dataclasses import dataclass, field
from datetime import timedelta

from app.books.workers import Workers
from app.work.engine import Engine

_log = logging.getLogger(__name__)

BEATS_A_LEASE = 10
STOP_SECONDS = 10


@dataclass(slots=True)
class Heartbeat:
    """Beats on a thread of its own, so that long work is no silence."""

    workers: Workers
    engine: Engine
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def first(self) -> None:
        """Beat before anything is begun: what the silent hold is taken from them."""
        self.workers.beat(self.engine.name)

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

    def _run(self) -> None:
        pause = self.workers.lease / BEATS_A_LEASE / timedelta(seconds=1)
        while not self._stopping.wait(pause):
            try:
                self.workers.beat(self.engine.name)
                self.rescue()
            except Exception:  # noqa: BLE001 - logged whole, and it beats again
                _log.exception("the heartbeat stumbled; it beats again")
