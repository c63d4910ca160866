"""The right to write, for tests of what asks for it."""

from app.books.database import Database
from app.books.marks import Marks
from app.work.fencing import Fence
from tests.app.conftest import NOW

NEWEST = 2_000_000_000


def open_fence(books: Database, backlog: str = "one") -> Fence:
    """Begin a run of a backlog's rescore, which ends the right of the one before."""
    marks = Marks(books)
    with books.transaction() as connection:
        marks.touch(connection, [backlog], reason="test", now=NOW)
    taken = marks.take(backlog, NEWEST, now=NOW)
    assert taken is not None
    return Fence(books, marks, backlog, taken.run)
