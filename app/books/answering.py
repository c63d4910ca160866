"""Every wait for PostgreSQL has an end, also where it falls silent without hanging up.

The network tells of a host that is gone, but not of a server that is frozen, nor of
a proxy that stands in between and passes nothing on.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen

Answer = TypeVar("Answer")

# Ours ask for little at a time: what takes longer waits for a lock, or for ever.
ANSWER_SECONDS: Final = 30.0


class _Asking(threading.local):
    seconds: float = ANSWER_SECONDS


_asking = _Asking()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give each question that this thread asks in the block so long to be answered.

    Each, not all: what we do between them on a busy machine is not PostgreSQL's fault.
    """
    before, _asking.seconds = _asking.seconds, seconds
    try:
        yield
    finally:
        _asking.seconds = before


class Answering(psycopg.Connection[Any]):
    """A connection that hangs up where an answer does not come in time."""

    def wait(
        self, gen: PQGen[Answer], interval: float = 0.1, timeout: float | None = None
    ) -> Answer:
        """Wait for one answer."""
        if timeout is not None:  # the driver knows better
            return super().wait(gen, interval, timeout)
        began, seconds = time.monotonic(), _asking.seconds
        try:
            return super().wait(gen, interval, seconds)
        except psycopg.OperationalError as error:
            if time.monotonic() < began + seconds:
                raise
            self.pgconn.finish()  # what it does now nobody knows
            told = f"PostgreSQL did not answer within {seconds:g} s"
            raise psycopg.OperationalError(told) from error
