"""Put deliveries into the books by statements that the driver has met before.

The rest of the books is written through SQLAlchemy, which compiles a statement anew for
every number of rows. Here, where thousands of rows a second may come, SQLite gets the
same few statements again and again, and PostgreSQL a single one for any number of rows.
"""

import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy.engine import Connection, Engine

from app.books.database import Database
from webhooks.delivery import Delivery

Arrivals = Sequence[tuple[Delivery, datetime]]
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
# A batch is cut into powers of two; SQLite takes 32,766 values at once, this is 1,792.
_MOST_AT_ONCE: Final = 256


def pack(body: bytes) -> bytes:
    """Compress a body as it is kept; quickly, for JSON shrinks well anyway."""
    return zlib.compress(body, 1)


def unpack(kept: bytes) -> bytes:
    """Give back the body as it came."""
    return zlib.decompress(kept)


def insert(database: Database, arrivals: Arrivals) -> Found:
    """Commit the deliveries at once; answer site and identifier of those new."""
    rows = [_row(delivery, at) for delivery, at in arrivals]
    if database.engine.dialect.name == "postgresql":
        return _into_postgresql(database.engine, rows)
    with database.transaction() as connection:
        return _into_sqlite(connection, rows)


_Row = tuple[str, str, bytes, bytes, str, int, datetime]


def _row(delivery: Delivery, at: datetime) -> _Row:
    return (
        delivery.site,
        delivery.identifier,
        delivery.body_hash,
        delivery.packed or pack(delivery.body),
        delivery.flow,
        delivery.retry,
        at,
    )


def _into_postgresql(engine: Engine, rows: Sequence[_Row]) -> Found:
    """Send one statement, which commits itself: one way there and back."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    with engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        added = alone.exec_driver_sql(_POSTGRESQL, tuple(columns))
        return {(site, identifier) for site, identifier in added}


def _into_sqlite(connection: Connection, rows: Sequence[_Row]) -> Found:
    """Insert without `RETURNING`: each row of an answer would cost a switch of threads.

    That all rows are new needs no question; else the new ones are those with the last
    ids, for nobody else writes meanwhile.
    """
    added: Found = set()
    first = 0
    while first < len(rows):
        size = min(_MOST_AT_ONCE, 1 << (len(rows) - first).bit_length() - 1)
        part = rows[first : first + size]
        values = [value for row in part for value in (*row[:-1], _written(row[-1]))]
        came = connection.exec_driver_sql(_statement(size), tuple(values))
        if came.rowcount == size:
            added.update((row[0], row[1]) for row in part)
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
