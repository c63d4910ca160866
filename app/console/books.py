"""Open the books for a command, or say in one line why that cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from app.books.database import Database, schema_is_current
from app.console.trouble import CONFIGURATION, UNAVAILABLE, CommandError
from app.errors import AppError
from app.settings import read_settings


@contextmanager
def opened_books(*, current: bool = True) -> Iterator[Database]:
    """Open the configured database; with `current`, only where the schema is ours."""
    with in_words():
        database = Database(read_settings().database_url)
        try:
            if current and not schema_is_current(database):
                raise CommandError(
                    "the database has not the schema that this version needs",
                    hint="run: cd3 migrate",
                    code=CONFIGURATION,
                )
            yield database
        finally:
            database.close()


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what the configuration and the database raise into a line and a hint."""
    try:
        yield
    except AppError as error:
        raise CommandError(str(error), hint=error.hint, code=CONFIGURATION) from error
    except OperationalError as error:
        raise CommandError(
            f"the database does not answer: {error.orig}",
            hint="look at CD3_DATABASE_URL",
            code=UNAVAILABLE,
        ) from error
