"""An SQLite file has one worker: a second one is told so before it begins."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from app.errors import ConfigurationError


@contextmanager
def as_only_worker(database_url: str) -> Iterator[None]:
    """Hold the only worker's place; on PostgreSQL there is no such place.

    The place is a lock on a file beside the books, which ends with the process however
    that ends. Raises ConfigurationError where another process holds it.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        yield
        return
    books = Path(url.database or "cd3.db")
    place = books.with_name(f"{books.stem}-worker.lock")
    with closing(sqlite3.connect(place, timeout=0, isolation_level=None)) as held:
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise ConfigurationError(
                "Another worker works on this SQLite file.",
                hint="Stop it, or run cd3 serve --no-worker; PostgreSQL bears as many "
                "workers as you like.",
            ) from error
        yield
