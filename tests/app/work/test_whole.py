"""A copy is compared with Jira for a day, and then read whole."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app import clock
from app.books.database import Database
from app.books.migrating import migrate
from app.books.tables import SnapshotRow
from tests.app.work.errand import Errand, errand, small_seed


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Errand]:
    books = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
    migrate(books)
    with errand(books, small_seed("HARB-52", "HARB-7")) as made:
        made.set_up()
        yield made
    books.close()


def readings_after(desk: Errand, hours: int, reason: str) -> int:
    """Let the copy be so old, and count how often one run reads it whole."""
    whole = select(SnapshotRow.round)
    with desk.books.transaction() as connection:
        at = clock.now() - timedelta(hours=hours)
        connection.execute(update(SnapshotRow).values(read_at=at))
        before = connection.execute(whole).scalar_one()
    desk.wake(reason)
    assert desk.run() == ["applied"]
    with desk.books.engine.connect() as connection:
        return int(connection.execute(whole).scalar_one() - before)


def test_a_copy_a_day_old_is_read_whole_with_the_next_round(desk: Errand) -> None:
    assert readings_after(desk, 23, "clock") == 0
    assert readings_after(desk, 25, "jira:issue_updated") == 0  # an edit never waits
    assert readings_after(desk, 25, "clock") == 1
    assert readings_after(desk, 1, "clock") == 0
