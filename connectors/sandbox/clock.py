"""The pretend site's own clock: it stands for another machine, so it is not ours."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Read the time as the remote machine would, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the site is a machine of its own; the product takes its time elsewhere


def stamp(moment: datetime) -> str:
    """Write a moment as Jira does: `2026-09-01T08:00:00.000+0000`."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def read_stamp(text: str) -> datetime:
    """Read a moment that Jira wrote; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
