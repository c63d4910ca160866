"""How long we wait, and whether we try again: pure, told all it needs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from connectors.answer import PASSING, Answer
from connectors.errors import UnreachableError

_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_DAY: Final = 86400.0
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Patience:
    """All limits of one wire; times in seconds.

    One attempt ends after `attempt` seconds however busily its bytes drip. No new
    attempt begins that would start after `whole`. A site that asks for more than
    `longest_wait` gets it, but from the caller's queue, not from a sleeping thread.
    """

    connect: float = 5.0
    read: float = 15.0
    write: float = 15.0
    pool: float = 10.0
    attempt: float = 30.0
    whole: float = 120.0
    attempts: int = 4
    longest_wait: float = 30.0
    most_bytes: int = 64 * 1024 * 1024

    def timeouts(self) -> httpx.Timeout:
        """Give httpx its share."""
        return httpx.Timeout(
            connect=self.connect, read=self.read, write=self.write, pool=self.pool
        )


def next_wait(
    outcome: Answer | UnreachableError,
    *,
    attempt: int,
    repeatable: bool,
    patience: Patience,
    jitter: float,
) -> float | None:
    """Say how long to wait before the next attempt, or `None` to leave it at this.

    `attempt` counts from 1; `jitter` is a random number from 0 to 1.
    """
    if attempt >= patience.attempts:
        return None
    wait = _wait(outcome, attempt=attempt, repeatable=repeatable, jitter=jitter)
    asked = read_retry_after(outcome)
    if wait is None or (asked is not None and asked > patience.longest_wait):
        return None
    return min(max(wait, asked or 0.0), patience.longest_wait)


def read_retry_after(outcome: Answer | UnreachableError) -> float | None:
    """Read for how many seconds the site wants to be left alone.

    A date is measured against the answer's own `Date`; senseless values count as none,
    and of several the longest counts.
    """
    if isinstance(outcome, UnreachableError):
        return outcome.retry_after
    found = list(_waits(outcome.headers))
    return max(found) if found else None


def _wait(
    outcome: Answer | UnreachableError,
    *,
    attempt: int,
    repeatable: bool,
    jitter: float,
) -> float | None:
    # Full jitter (Brooker 2015): many callers shall not come back at the same time.
    soon = jitter * min(8.0, 0.5 * 2.0**attempt)
    if isinstance(outcome, UnreachableError):
        return soon if repeatable or not outcome.sent else None
    if outcome.status == _TOO_MANY:
        # Turned away at the door: nothing was done, so anything may be repeated.
        asked = read_retry_after(outcome)
        if asked is None:
            return min(30.0, 5.0 * 2.0 ** (attempt - 1)) * (0.7 + 0.6 * jitter)
        return max(asked, 1.0) * (1.0 + 0.3 * jitter)
    return soon if outcome.status in PASSING and repeatable else None


def _waits(headers: httpx.Headers) -> Iterator[float]:
    for text in headers.get_list("retry-after"):
        if _SECONDS.fullmatch(text.strip()):
            yield min(float(text), _DAY)
        elif (until := _moment(text)) and (now := _moment(headers.get("date", ""))):
            yield min(max((until - now).total_seconds(), 0.0), _DAY)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
