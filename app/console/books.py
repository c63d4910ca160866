"""Open the books for a command, or say in one line why that cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from app.books.database import Database
from app.books.schema import schema_amiss
from app.console.trouble import CONFIGURATION, UNAVAILABLE, CommandError
from app.errors import AppError
from app.settings import read_settings


@contextmanager
def opened_books(*, current: bool = True) -> Iterator[Database]:
    """Open the configured database; with `current`, only where the schema is ours."""
    with in_words():
        database = Database(read_settings().database_url)
        try:
            if current and (amiss := schema_amiss(database)):
                raise amiss.error
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
