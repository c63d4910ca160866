"""Give lists in pieces: a limit, and an opaque cursor to go on from."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Final, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel

from app.api.problems import Fault, ProblemError, invalid

MOST: Final = 200
T = TypeVar("T")
_AN_ID: Final = re.compile(r"[A-Za-z0-9_.:-]*")

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next_cursor` of the answer before")
]


class Listing(BaseModel, Generic[T]):
    """One piece of a list; `next_cursor` is null at the end."""

    items: list[T]
    next_cursor: str | None


def write_cursor(list_name: str, after: str | int) -> str:
    """Make the cursor that goes on after a row of a list."""
    return base64.urlsafe_b64encode(orjson.dumps([list_name, after])).decode()


def read_cursor(list_name: str, cursor: str | None) -> str | int | None:
    """Find where a cursor goes on; one of another list is refused."""
    if cursor is None:
        return None
    try:
        name, after = orjson.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError, TypeError):
        name = after = None
    if name != list_name or isinstance(after, bool) or not isinstance(after, str | int):
        raise _bad_cursor()
    return after


def _bad_cursor() -> ProblemError:
    return invalid(Fault("/cursor", "bad_cursor", "not a cursor of this list", "query"))


def after_text(list_name: str, cursor: str | None) -> str:
    """Read the cursor of a list that is ordered by an id."""
    found = read_cursor(list_name, cursor) or ""
    if isinstance(found, str) and _AN_ID.fullmatch(found):
        return found
    raise _bad_cursor()


def before_number(list_name: str, cursor: str | None) -> int | None:
    """Read the cursor of a list that is ordered by a number."""
    found = read_cursor(list_name, cursor)
    if found is None or (isinstance(found, int) and 0 <= found < 2**63):
        return found
    raise _bad_cursor()


def cut(
    rows: Sequence[T], limit: int, list_name: str, key: Callable[[T], str | int]
) -> tuple[Sequence[T], str | None]:
    """Cut a list that was read one row longer than its limit; make the cursor."""
    if len(rows) <= limit:
        return rows, None
    kept = rows[:limit]
    return kept, write_cursor(list_name, key(kept[-1]))
