"""Try a small transaction again while the books are busy or just coming back."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

Result = TypeVar("Result")

# With SQLite's own five seconds a try, this outlasts half a minute of a locked file.
WAITS = (0.2, 1.0, 2.0, 5.0)


def insist(action: Callable[[], Result]) -> Result:
    """Do it, and again after a pause where the database could not."""
    for wait in WAITS:
        try:
            return action()
        except OperationalError:
            time.sleep(wait)
    return action()
