"""Moments in a query: days, minutes, «-5m», `startOfDay(-1d)`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.sandbox.clock import read_stamp
from connectors.sandbox.jql import Call, Clause, JqlError, Operand

_RELATIVE: Final = re.compile(r"([+-]?)(\d+)([wdhmyM])")
_UNITS: Final = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "M": timedelta(days=30),
    "y": timedelta(days=365),
}


def read_moment(now: datetime, operand: Operand, clause: Clause) -> datetime:
    """Read what a clause compares with, or refuse it in Jira's words."""
    now = now.astimezone(UTC)
    if isinstance(operand, Call):
        return _called(now, operand)
    if shift := _shift(operand):
        return (now + shift).replace(second=0, microsecond=0)
    try:
        return read_stamp(operand.replace("/", "-"))
    except ValueError as error:
        raise JqlError(
            f"Date value '{operand}' for field '{clause.field}' is invalid. "
            "Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', "
            "'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        ) from error


def _shift(text: str) -> timedelta | None:
    parts = text.split()
    found = [_RELATIVE.fullmatch(part) for part in parts]
    if not parts or not all(found):
        return None
    whole = sum(
        (int(one[2]) * _UNITS[one[3]] for one in found if one is not None), timedelta()
    )
    return -whole if text.startswith("-") else whole


def _called(now: datetime, call: Call) -> datetime:
    shift = _shift(call.arguments[0]) if call.arguments else timedelta()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = {
        "now": now,
        "startofday": day,
        "endofday": day + timedelta(days=1, minutes=-1),
        "startofweek": day - timedelta(days=(day.weekday() + 1) % 7),
        "startofmonth": day.replace(day=1),
    }
    moment = moments.get(call.name.casefold())
    if moment is None:
        raise JqlError(f"Unable to find JQL function '{call.name}()'.")
    return moment + (shift or timedelta())
