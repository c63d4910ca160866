"""How long we wait, and whether we try again: pure, told all it needs."""

from dataclasses import dataclass
from typing import Final

import httpx

from connectors.answer import PASSING, Answer
from connectors.errors import PausedError, UnreachableError
from connectors.limits import read_retry_after

_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Patience:
    """All limits of one wire; times in seconds.

    One attempt ends after `attempt` seconds (a GET's after `get`) however busily its
    bytes drip. No new attempt begins that would start after `whole`, and what a signer
    waits for is in that time. A site that asks for more than `longest_wait` gets it,
    but from the caller's queue, not from a sleeping thread.
    """

    connect: float = 5.0
    read: float = 10.0
    write: float = 10.0
    pool: float = 5.0
    attempt: float = 30.0
    get: float = 10.0
    whole: float = 20.0
    attempts: int = 3
    longest_wait: float = 10.0
    most_bytes: int = 10_000_000

    def deadline(self, method: str) -> float:
        """Say when one attempt ends."""
        return min(self.get, self.attempt) if method == "GET" else self.attempt

    def timeouts(self) -> httpx.Timeout:
        """Give httpx its share."""
        return httpx.Timeout(
            connect=self.connect, read=self.read, write=self.write, pool=self.pool
        )


def next_wait(  # noqa: PLR0913 - all that it depends on
    outcome: Answer | UnreachableError,
    *,
    attempt: int,
    repeatable: bool,
    patience: Patience,
    jitter: float,
    paused: float = 0.0,
) -> float | None:
    """Say how long to wait before the next attempt, or `None` to leave it at this.

    `attempt` counts from 1; `jitter` is a random number from 0 to 1. After a 429 it
    is the gate that waits, for the `paused` seconds that it knows of.
    """
    if attempt >= patience.attempts or isinstance(outcome, PausedError):
        return None
    wait = _wait(outcome, attempt=attempt, repeatable=repeatable, jitter=jitter)
    asked = max(_asked(outcome) or 0.0, paused)
    if wait is None or asked > patience.longest_wait:
        return None
    if isinstance(outcome, Answer) and outcome.status == _TOO_MANY:
        return 0.0
    return min(max(wait, asked), patience.longest_wait)


def soon(attempt: int, jitter: float) -> float:
    """Give a short wait before the next attempt.

    Full jitter (Brooker 2015): many callers shall not come back at the same time.
    """
    return jitter * min(8.0, 0.5 * 2.0**attempt)


def _asked(outcome: Answer | UnreachableError) -> float | None:
    if isinstance(outcome, UnreachableError):
        return outcome.retry_after
    return read_retry_after(outcome.headers)


def _wait(
    outcome: Answer | UnreachableError,
    *,
    attempt: int,
    repeatable: bool,
    jitter: float,
) -> float | None:
    if isinstance(outcome, UnreachableError):
        return soon(attempt, jitter) if repeatable or not outcome.sent else None
    if outcome.status == _TOO_MANY:
        return 0.0  # nothing was done, so anything may be repeated: see the gate
    return soon(attempt, jitter) if outcome.status in PASSING and repeatable else None
