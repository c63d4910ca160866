"""While workers work on a backlog, an admin may change it: neither fails for that."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from app import clock
from app.books.database import Database
from app.books.marks import Marks
from app.books.snapshots import Snapshots
from app.books.unread import Unread
from tests.app.api.conftest import MAPPING, Api
from tests.gates import PATIENCE

pytestmark = pytest.mark.postgres

BACKLOG = "/backlogs/alphabet"
SECONDS = 10 * PATIENCE
# What one transaction does first, and what it does then.
Work = tuple[Callable[[Marks, Connection], object], Callable[[Connection], object]]


def touch(marks: Marks, connection: Connection) -> None:
    marks.touch(connection, ["alphabet"], reason="jira:", now=clock.now())


def close(marks: Marks, connection: Connection) -> None:
    assert marks.may_close(connection, "alphabet", 0)


def note_unread(connection: Connection) -> None:
    Unread().note(connection, "alphabet", ["1"], now=clock.now())


def note_progress(connection: Connection) -> None:
    Snapshots().progress(connection, "alphabet", 500)


WORK: dict[str, Work] = {
    "intake": (touch, note_unread),
    "a whole reading": (close, note_progress),
}


def rename(api: Api) -> int:
    return api.change("PATCH", BACKLOG, {"name": "Beta"}).status_code


def remap(api: Api) -> int:
    changed = {**MAPPING, "outputs": {}}
    return api.change("PUT", f"{BACKLOG}/mapping", changed).status_code


def delete(api: Api) -> int:
    return api.change("DELETE", BACKLOG).status_code - 4


def wait_until_locked(books: Database, *, count: int) -> None:
    """Wait until so many of our transactions wait for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    deadline = time.monotonic() + SECONDS
    while True:
        with books.engine.connect() as connection:
            if connection.scalar(waiting) == count:
                return
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.02)


@pytest.mark.parametrize("change", [rename, remap, delete])
@pytest.mark.parametrize("who", WORK)
def test_who_comes_after_a_worker_waits_for_it(
    api_on_postgres: Api, who: str, change: Callable[[Api], int]
) -> None:
    api, (first, then) = api_on_postgres.filled(), WORK[who]
    with ThreadPoolExecutor(1) as pool:
        with api.parts.database.transaction() as connection:
            first(api.parts.marks, connection)
            admin = pool.submit(change, api)
            wait_until_locked(api.parts.database, count=1)
            then(connection)
        assert admin.result(SECONDS) == 200


@pytest.mark.parametrize("change", [rename, remap])
@pytest.mark.parametrize("who", WORK)
def test_a_worker_that_comes_after_an_admin_waits_too(
    api_on_postgres: Api, who: str, change: Callable[[Api], int]
) -> None:
    api, (first, then) = api_on_postgres.filled(), WORK[who]
    books = api.parts.database

    def work() -> None:
        with books.transaction() as connection:
            first(api.parts.marks, connection)
            then(connection)

    with ThreadPoolExecutor(2) as pool:
        with books.transaction() as holding:  # so that the admin stops halfway
            holding.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
            admin = pool.submit(change, api)
            wait_until_locked(books, count=1)
            worker: Future[None] = pool.submit(work)
            wait_until_locked(books, count=2)
        worker.result(SECONDS)
        assert admin.result(SECONDS) == 200
