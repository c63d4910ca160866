"""What the log says while the books are away: when they went, and when they are back.

Everybody who works with them stumbles then, many times a second; what each would say
is the same.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from app.books.insisting import may_pass

_log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 60.0
# The engine puts errors into its words, and hands on none.
ENGINE: Final = "dbos"
_ITS_WORDS: Final = ("(psycopg.", "pool exhausted", "database is locked")


class Outage(logging.Filter):
    """Lets one line a minute through that tells of books that are away."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._said_at: float | None = None
        self._began: float | None = None
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is to be written; shorten it if it tells of an outage."""
        if not _tells_of_outage(record):
            return True
        now = self._monotonic()
        with self._lock:
            if self._began is None:
                self._began = now
            if self._said_at is not None and now - self._said_at < EVERY_SECONDS:
                self._left_out += 1
                return False
            self._said_at = now
        record.msg = f"the books are away; so others say, too: {_in_a_line(record)}"
        record.args, record.exc_info, record.exc_text = (), None, None
        return True

    def over(self) -> None:
        """Hear that the books answer."""
        with self._lock:
            if self._began is None:
                return
            lasted = self._monotonic() - self._began
            left_out, self._left_out, self._began = self._left_out, 0, None
        told = "the books are back after %.0f s; %d lines were left out"
        _log.warning(told, lasted, left_out)


def _tells_of_outage(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    given = record.args if isinstance(record.args, tuple) else ()
    if any(isinstance(one, Exception) and may_pass(one) for one in (error, *given)):
        return True
    if record.name != ENGINE:
        return False
    return any(words in record.getMessage() for words in _ITS_WORDS)


def _in_a_line(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    said = record.getMessage().splitlines()
    if record.name == ENGINE:  # which may put a traceback before it
        said = [one for one in said if any(w in one for w in _ITS_WORDS)] or said
    return f"{said[0]}: {str(error).partition(chr(10))[0]}" if error else said[0]


# One process, one log.
outage: Final = Outage()
