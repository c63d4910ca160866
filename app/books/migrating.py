"""Bring the schema to the newest version, whoever else tries at the same time."""

from typing import Final

from alembic import command
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from app.books.answering import within
from app.books.database import Database, migrations_config
from app.books.schema import newer_than_ours

# Any number will do, as long as all our processes agree on it.
_LOCK: Final = 7_236_011
# An index on a large table takes its time.
LONGEST_SECONDS: Final = 24 * 3600.0


def migrate(database: Database, *, to: str = "head") -> tuple[str, str]:
    """Upgrade the schema in one transaction; return its version before and after.

    Raises ConfigurationError where it is newer than we are.
    """
    with within(LONGEST_SECONDS), database.transaction() as connection:
        _wait_for_turn(connection)
        if newer := newer_than_ours(connection):
            raise newer.error
        before = _version(connection)
        config = migrations_config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        return before, _version(connection)


def _wait_for_turn(connection: Connection) -> None:
    # SQLite's writer holds the only place from BEGIN IMMEDIATE on.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _version(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or "empty"
