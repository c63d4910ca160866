"""Put deliveries into the books by statements that the driver has met before.

The rest of the books is written through SQLAlchemy, which compiles a statement anew for
every number of rows. Here, where thousands of rows a second may come, SQLite gets the
same few statements again and again, and PostgreSQL a single one for any number of rows.
"""

import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final, NamedTuple

from isal import isal_zlib
from sqlalchemy.engine import Connection, Engine

from app.books.database import Database
from webhooks.delivery import Delivery

Found = set[tuple[str, str]]

_INSERTION: Final = (
    "INSERT INTO deliveries (site_id, identifier, body_hash, body, flow, retry,"
    " received_at, state, reason, event, issue_key) "
)
_ROW: Final = "(?, ?, ?, ?, ?, ?, ?, 'new', '', '', '')"
_SINCE: Final = "SELECT site_id, identifier FROM deliveries WHERE id > ? AND id <= ?"
_COLUMNS: Final = (
    "%b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::text[], %b::int[],"
    " %b::timestamptz[]"
)
_POSTGRESQL: Final = (
    f"{_INSERTION} SELECT *, 'new', '', '', '' FROM unnest({_COLUMNS})"  # noqa: S608 - constants
    " ON CONFLICT DO NOTHING RETURNING site_id, identifier"
)
# SQLite gets a statement for each number of rows up to this one, and the driver keeps
# 128 statements.
_MOST_AT_ONCE: Final = 64


def pack(body: bytes) -> bytes:
    """Compress a body as it is kept; quickly, for JSON shrinks well anyway.

    The format is zlib's; ISA-L makes it five times as fast.
    """
    return isal_zlib.compress(body, isal_zlib.ISAL_BEST_SPEED)


def unpack(kept: bytes) -> bytes:
    """Give back the body as it came; ValueError where what was kept is damaged."""
    try:
        return zlib.decompress(kept)
    except zlib.error as error:
        raise ValueError(f"the body was kept and is damaged: {error}") from error


def unpack_beginning(kept: bytes, most: int) -> bytes:
    """Give back at most so many bytes of the body as it came; ValueError as above.

    However long it is, no more than that is in memory.
    """
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(kept, most)
    except zlib.error as error:
        raise ValueError(f"the body was kept and is damaged: {error}") from error
    if len(body) < most and not unpacking.eof:
        raise ValueError("the body was kept and is damaged: its end is missing")
    return body


class Arrival(NamedTuple):
    """A delivery's row, before it is in the books."""

    site: str
    identifier: str
    body_hash: bytes
    packed: bytes
    flow: str
    retry: int
    at: datetime


def arrival(delivery: Delivery, at: datetime, packed: bytes) -> Arrival:
    """Make the row of a delivery whose body is packed."""
    return Arrival(
        delivery.site,
        delivery.identifier,
        delivery.body_hash,
        packed,
        delivery.flow,
        delivery.retry,
        at,
    )


def insert(database: Database, arrivals: Sequence[Arrival]) -> Found:
    """Commit the rows at once; answer site and identifier of those new."""
    if database.engine.dialect.name == "postgresql":
        return _into_postgresql(database.engine, arrivals)
    with database.transaction() as connection:
        return _into_sqlite(connection, arrivals)


def _into_postgresql(engine: Engine, rows: Sequence[Arrival]) -> Found:
    """Send one statement, which commits itself: one way there and back."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    with engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        added = alone.exec_driver_sql(_POSTGRESQL, tuple(columns))
        return {(site, identifier) for site, identifier in added}


def _into_sqlite(connection: Connection, rows: Sequence[Arrival]) -> Found:
    """Insert without `RETURNING`: each row of an answer would cost a switch of threads.

    That all rows are new needs no question; else the new ones are those with the last
    ids, for nobody else writes meanwhile.
    """
    added: Found = set()
    first = 0
    while first < len(rows):
        size = min(_MOST_AT_ONCE, len(rows) - first)
        part = rows[first : first + size]
        values = [value for row in part for value in (*row[:-1], _written(row[-1]))]
        came = connection.exec_driver_sql(_statement(size), tuple(values))
        if came.rowcount == size:
            added.update(row[:2] for row in part)
        elif came.rowcount:
            last = came.lastrowid
            since = last - came.rowcount
            added.update(map(tuple, connection.exec_driver_sql(_SINCE, (since, last))))
        first += size
    return added


@cache
def _statement(size: int) -> str:
    rows = ", ".join([_ROW] * size)
    return f"{_INSERTION} VALUES {rows} ON CONFLICT DO NOTHING"


def _written(at: datetime) -> str:
    """Write a UTC time as SQLAlchemy does on SQLite, which reads it back."""
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")
