"""The only reading of the clock."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """Read the time, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Read the day, in UTC."""
    return now().date()
