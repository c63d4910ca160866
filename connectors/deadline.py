"""The time that a thread is given, for all that it does in a block."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ENDS: ContextVar[float] = ContextVar("ends", default=math.inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give all that this thread does in here so many seconds together.

    Never more than it has already: who was given less keeps to that.
    """
    before = _ENDS.set(min(_ENDS.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ENDS.reset(before)


def seconds_left(most: float = math.inf) -> float:
    """Say what is left for this thread, `most` at most; never less than nothing."""
    return max(0.0, min(most, _ENDS.get() - time.monotonic()))
