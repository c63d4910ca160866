"""Books with the real schema, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.books.database import Database
from app.books.migrating import migrate
from tests.gates import PATIENCE
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
    else:
        database = Database(request.getfixturevalue("postgres_url"))
    yield database
    database.close()


@pytest.fixture
def ours(empty: Database) -> Database:
    """Give a database with our schema and nothing in it."""
    migrate(empty)
    return empty


def patient(books: Database) -> None:
    """Let SQLite wait for a writer as long as a slow machine's writers may take."""
    if books.engine.dialect.name != "sqlite":
        return

    def wait(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout = {5_000 * PATIENCE}")

    event.listen(books.engine, "connect", wait)
    books.engine.dispose()  # those that are open do not know of it
