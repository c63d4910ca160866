"""One run's right to write: asked for before whatever it leaves behind, anywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.books.database import Database
from app.books.marks import Marks


class OvertakenError(Exception):
    """A newer rescore of the backlog has begun; this one writes no more."""


@dataclass(frozen=True, slots=True)
class Fence:
    """The right of one run of a backlog's rescore; a later run's begin ends it."""

    database: Database
    marks: Marks
    backlog: str
    run: int

    def check(self) -> None:
        """Raise OvertakenError where a later run has begun."""
        if not self.marks.may_write(self.backlog, self.run):
            raise OvertakenError

    @contextmanager
    def closing(self) -> Iterator[Session]:
        """Open a session in which no later run begins; OvertakenError where one has.

        Whoever locks more than the mark locks it after: see `Marks`.
        """
        with self.database.writing() as session:
            connection = session.connection()
            if not self.marks.may_close(connection, self.backlog, self.run):
                raise OvertakenError
            yield session
