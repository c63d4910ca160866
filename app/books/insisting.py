"""Try a small transaction again while the books are busy, away or just coming back."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

# Two minutes and more: another PostgreSQL takes over within that. With SQLite's own
# five seconds a try, it outlasts a locked file as well.
WAITS = (0.2, 1.0, 2.0, *[5.0] * 24)


def insist(action: Callable[[], Result], *, waits: Sequence[float] = WAITS) -> Result:
    """Do it, and again after a pause where the books could not."""
    for number, wait in enumerate(waits):
        try:
            return action()
        except (DBAPIError, NoConnectionError) as error:
            if not may_pass(error):
                raise
            if not number:
                _log.warning("it is tried again: %s", error)
            time.sleep(wait)
    return action()


def may_pass(error: Exception) -> bool:
    """Tell whether an error says that the books cannot now, rather than never.

    Beside what the drivers call operational: no connection is free, or the one we had
    is of no use any more.
    """
    if isinstance(error, OperationalError | NoConnectionError):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated
