"""A service that runs for long, or finds a pile, stays as small and as quick as it was.

Deliveries are what a busy site sends: some change the backlog and are scored.
"""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app import clock
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.tables import DeliveryRow
from app.work.housekeeping import Housekeeping, Kept
from tests.app.work.test_housekeeping import Pruned
from tests.changing import Changing, changing
from tests.gates import PATIENCE, gate
from tests.postgres import postgres_server, postgres_url
from tests.receiving import Heard, Service, send_all, service
from tests.starting import ANEW, CD3
from tests.world import wait_for
from webhooks.delivery import Delivery

__all__ = ["postgres_server", "postgres_url"]

MEGABYTE = 1024 * 1024
SECONDS = float(os.environ.get("CD3_TEST_SOAK_SECONDS", "4"))
PENDING = int(os.environ.get("CD3_TEST_PENDING", "2000"))
PER_SECOND = 50
ISSUES = 50
ENDED = frozenset({"done", "ignored"})


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'cd3.db'}"


@pytest.fixture
def desk(store: str) -> Iterator[Changing]:
    with changing(store, ISSUES) as made:
        yield made


@pytest.fixture
def books(store: str) -> Iterator[Database]:
    made = Database(store)
    yield made
    made.close()


@pytest.fixture
def one(desk: Changing, tmp_path: Path) -> Iterator[Service]:
    """Have a service with its worker inside, that has scored the backlog once."""
    with service(tmp_path, desk.url, **desk.settings) as made:
        made.start(str(CD3), "serve")
        desk.set_up(made.address)
        yield made


def size(books: Database) -> int:
    """Give the bytes that deliveries and plans take, with what is free among them.

    On SQLite that is the file: the engine, which keeps its own time, has another.
    """
    with books.engine.connect() as connection:
        if books.engine.dialect.name == "sqlite":
            names = ("page_count", "page_size")
            pages, each = (
                connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in names
            )
            return int(pages * each)
        tables = text(
            "SELECT pg_total_relation_size('deliveries')"
            " + pg_total_relation_size('plans')"
        )
        return int(connection.execute(tables).scalar_one())


def lags(books: Database) -> list[float]:
    """Tell of each delivery in the books how long it waited for its end."""
    query = select(DeliveryRow.received_at, DeliveryRow.closed_at)
    with books.engine.connect() as connection:
        rows = connection.execute(query.where(DeliveryRow.state != "new")).all()
    return [(row.closed_at - row.received_at).total_seconds() for row in rows]


def forget(books: Database) -> None:
    """Do what housekeeping and PostgreSQL's autovacuum do, here and now."""
    kept = Kept(timedelta(0), timedelta(0), timedelta(0))
    Housekeeping(books, Pruned(), kept).keep_house(clock.now())
    if books.engine.dialect.name == "postgresql":
        with books.engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.execute(text("VACUUM"))


def at_a_steady_rate(one: Service, desk: Changing, name: str, seconds: float) -> Heard:
    coming = desk.mixed(round(PER_SECOND * seconds), name)
    return send_all(one.port, coming, per_second=PER_SECOND)


def ends(books: Database) -> Counter[str]:
    query = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
    with books.engine.connect() as connection:
        return Counter({row[0]: row[1] for row in connection.execute(query)})


def pile_up(books: Database, desk: Changing, number: int) -> None:
    """Store deliveries as if they had come while nobody worked."""
    bodies = (desk.mixed_body(each, "pile") for each in range(number))
    deliveries, stored = Deliveries(books), 0
    while some := list(islice(bodies, 500)):
        batch = []
        for body in some:
            stored += 1
            digest = hashlib.sha256(body).digest()
            delivery = Delivery(desk.name, f"pile-{stored}", body, digest)
            batch.append((delivery, clock.now()))
        assert len(deliveries.add(batch)) == len(batch)


def wait_until_read(books: Database, *, seconds: float) -> None:
    """Wait until nobody's delivery is unread; look seldom, for counting takes time."""
    until = time.monotonic() + seconds * PATIENCE
    while Deliveries(books).any_waiting():
        assert time.monotonic() < until, ends(books)
        time.sleep(0.2)


def test_l9_after_a_while_it_is_as_large_as_before(
    one: Service, desk: Changing, books: Database
) -> None:
    heard = [at_a_steady_rate(one, desk, "warm", max(SECONDS / 6, 3))]
    memory, files, empty = one.resident(), one.open_files(), size(books)
    heard.append(at_a_steady_rate(one, desk, "first", SECONDS / 2))
    wait_until_read(books, seconds=60)
    waited, full = lags(books), size(books)
    forget(books)
    heard.append(at_a_steady_rate(one, desk, "second", SECONDS / 2))
    wait_until_read(books, seconds=60)
    waited += lags(books)
    assert {status for each in heard for status in each.statuses} == {202}
    assert one.resident() < 1.1 * memory + gate(0, loosely=8 * MEGABYTE)
    assert one.open_files() <= files + 30  # connections come and go
    assert sorted(waited)[int(0.99 * len(waited))] < gate(5, loosely=60)
    # As many came as before and had room where the forgotten ones had been.
    assert full > empty
    assert size(books) - full < (full - empty) / 4 + MEGABYTE / 4
    wait_for(lambda: not desk.wrong(), seconds=30)


def test_l10_it_starts_on_a_pile_of_deliveries_and_works_it_off(
    one: Service, desk: Changing, books: Database
) -> None:
    one.stop()
    one.environment[ANEW] = "yes"
    fresh = one.start(str(CD3), "serve")
    first = send_all(one.port, desk.changes(ISSUES, "first"))
    assert first.statuses == {202: ISSUES}
    wait_for(lambda: not desk.wrong(), seconds=30)
    without = one.resident(most=True)
    one.stop()
    pile_up(books, desk, PENDING)
    ready = one.start(str(CD3), "serve")
    assert ready <= gate(5, loosely=5 * fresh + 15)
    assert send_all(one.port, desk.changes(10, "now")).statuses == {202: 10}
    wait_until_read(books, seconds=30 + PENDING / 100)
    wait_for(lambda: not desk.wrong(), seconds=60)
    assert desk.site.settle(60)
    wait_until_read(books, seconds=30)  # the echoes too
    assert set(ends(books)) == ENDED
    assert ends(books).total() >= PENDING + ISSUES + 10
    assert one.resident(most=True) < without + 50 * MEGABYTE
