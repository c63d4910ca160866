"""A long rescore makes way: a single edit does not wait behind a bulk.

A run that has written what it was woken for looks, now and then, whether its backlog
was marked again, or others have waited for a place; then it ends, and what it leaves
is planned anew by the next run, which begins with what changed last.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta

from app import clock
from app.books.marks import Marks

# Moves, and then whatever a run was not woken for, get at least so long before they
# make way, so that a bulk gets on.
OWN_SECONDS = 0.5
OTHERS_SECONDS = 1.0
LOOK_SECONDS = 0.25
# A rescore that has waited so long in the queue waits for a place.
QUEUED = timedelta(seconds=1)
REASON = "jira: more to write"


class MakeWayError(Exception):
    """Somebody waits: this run ends here, and another one goes on."""

    def __init__(self) -> None:
        super().__init__("made way for newer changes; what was left was planned anew")


@dataclass(slots=True)
class Pause:
    """Says when a run should make way; asked before each write."""

    marks: Marks
    backlog: str
    _began: float = field(default_factory=time.monotonic)
    _looked: float = 0.0

    def begin(self) -> None:
        """Count from here: what begins now gets some time before it makes way."""
        self._began = time.monotonic()

    def check(self) -> None:
        """Raise MakeWayError where somebody waits."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS or now - self._began < OWN_SECONDS:
            return
        self._looked = now
        others = QUEUED if now - self._began >= OTHERS_SECONDS else None
        if self.marks.awaited(self.backlog, now=clock.now(), others=others):
            raise MakeWayError
