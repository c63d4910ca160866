"""While fields are written: which issues wait, and whose trouble a failure is.

A failure of one issue while others are written is that issue's own; where nothing is
written at all it is the site's, and the whole is tried again later.
"""

import hashlib
import json
import random
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from app import clock
from app.books.held import DEAD, LONGEST, MOST_ATTEMPTS, Held, HeldWrites, after_failure
from connectors.errors import (
    ConflictError,
    PausedError,
    RefusedError,
    UnreachableError,
    UnsignedError,
)
from connectors.limits import issue_scope
from scoring.plan import FieldWrite

# So many different issues in a row, and it is no longer about one of them.
MOST_IN_A_ROW: Final = 3
_SERVER_ERROR: Final = 500
_UNPROCESSABLE: Final = 422


def digest_of(writes: Sequence[FieldWrite]) -> str:
    """Name what is to be written to one issue."""
    said = sorted((one.field, one.value) for one in writes)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(slots=True)
class Holding:
    """The held issues of one site, and what one run makes of them."""

    books: HeldWrites
    site: str
    dice: Callable[[], float] = random.random
    later: datetime | None = None
    _known: dict[str, Held] = field(default_factory=dict)
    _failed: dict[str, UnreachableError] = field(default_factory=dict)
    _in_a_row: int = 0
    _any_written: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, keys: Collection[str]) -> None:
        """Look which of these issues are held; those before are dealt with."""
        self._failed = {}
        self._known = self.books.of(self.site, keys)

    def reason(self, key: str, writes: Sequence[FieldWrite]) -> str:
        """Say why an issue is not written now; empty where it is."""
        held, now = self._known.get(key), clock.now()
        if held is None or not held.holds(digest_of(writes), now=now):
            return ""
        if held.state == DEAD:
            return f"given up after {held.attempts} attempts: {held.reason}"
        self._come_back(held.not_before)
        return f"attempt {held.attempts} of {MOST_ATTEMPTS} failed: {held.reason}"

    def written(self, key: str) -> None:
        """Note that an issue took its values."""
        with self._lock:
            self._any_written = True
            self._in_a_row = 0
        if key in self._known:
            self.books.release(self.site, key)

    def failed(self, key: str, error: UnreachableError) -> str:
        """Note a failure that may be the issue's own, or let it go on.

        Answers when the issue comes again, in words.
        """
        if isinstance(error, UnsignedError):
            raise error
        if isinstance(error, PausedError):
            if error.scope != issue_scope(key):
                raise error
            self.come_back(error.retry_after or 0.0)
            return f"waits: {error}"
        with self._lock:
            self._failed[key] = error
            self._in_a_row += 1
            if self._in_a_row >= MOST_IN_A_ROW:
                raise error
        return f"no usable answer: {error}"

    def refused(
        self, key: str, writes: Sequence[FieldWrite], error: RefusedError
    ) -> None:
        """Give an issue up that Jira refused after three tries, until it differs."""
        if not isinstance(error, ConflictError) and error.status != _UNPROCESSABLE:
            return
        now, digest = clock.now(), digest_of(writes)
        self.books.put(
            Held(self.site, key, DEAD, 3, str(error), now, now + LONGEST, digest)
        )

    def end(self) -> None:
        """Hold the issues that failed alone; raise what was the site's trouble."""
        alone = self._any_written or all(
            error.status == _SERVER_ERROR for error in self._failed.values()
        )
        for key, error in self._failed.items():
            if not alone:
                raise error
            held = after_failure(
                self._known.get(key),
                self.site,
                key,
                str(error),
                now=clock.now(),
                dice=self.dice(),
            )
            self.books.put(held)
            if held.state != DEAD:
                self._come_back(held.not_before)

    def come_back(self, seconds: float) -> None:
        """Look again in so many seconds."""
        self._come_back(clock.now() + timedelta(seconds=seconds))

    def _come_back(self, at: datetime) -> None:
        with self._lock:
            self.later = min(self.later, at) if self.later else at
