"""A worker does each of its parts, whatever becomes of the others."""

import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, update

from app import clock
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.marks import Marks
from app.books.readers import Reader
from app.books.received import ReceivedDeliveries
from app.books.secrets import Sealer
from app.books.sites import Sites
from app.books.tables import DeliveryRow
from app.books.workers import Workers
from app.connections import Connections
from app.work.engine import Number
from app.work.heartbeat import Heartbeat
from app.work.housekeeping import Housekeeping
from app.work.intake import BATCH, Intake, SiteView
from app.work.site_watch import SiteWatch
from app.work.worker import Round, Worker
from tests.app.work.test_housekeeping import Pruned
from tests.app.work.test_unreadable import VIEW, edit
from tests.gates import PATIENCE
from webhooks.delivery import Delivery

SECONDS = 10 * PATIENCE


class Queue(Pruned):
    """An engine that notes what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: set[str] = set()

    def enqueue(
        self,
        connection: Connection,
        backlog: str,
        generation: int,
        *,
        long: bool = False,
    ) -> None:
        del connection, generation, long
        self.given.add(backlog)

    def unfinished(self, work: Collection[Number]) -> frozenset[Number]:
        return frozenset(work)


class Broken(Intake):
    """An intake that cannot read, for a reason that nobody has thought of."""

    def read(self, *, now: datetime, limit: int = BATCH) -> int:
        raise RuntimeError(f"no {limit} at {now}")


def view(_site: str, _names: Collection[str]) -> SiteView:
    return VIEW


def make(books: Database, kind: type[Intake], engine: Queue) -> Worker:
    deliveries, marks = Deliveries(books), Marks(books)
    reader = Reader(books, deliveries, engine.name)
    return Worker(
        database=books,
        intake=kind(books, deliveries, Echoes(books), marks, view, reader),
        marks=marks,
        engine=engine,
        errand=lambda _backlog, _generation: "done",
        round_=Round(timedelta(minutes=5), lambda: ["two"]),
        heartbeat=Heartbeat(Workers(books, timedelta(minutes=5)), engine),
        housekeeping=Housekeeping(books, engine),
        watch=SiteWatch(books, Sites(Sealer(("k" * 32,))), marks, Connections()),
    )


def work_until(
    worker: Worker,
    engine: Queue,
    given: set[str],
    done: Callable[[], bool] = lambda: True,
) -> None:
    worker.start()
    deadline = time.monotonic() + SECONDS
    while not (engine.given == given and done()) and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.stop()
    assert engine.given == given


def keep(books: Database, *bodies: bytes) -> None:
    Deliveries(books).add(
        [
            (Delivery("acme", f"d{number}", body, b"%d" % number), clock.now())
            for number, body in enumerate(bodies)
        ]
    )


def test_what_is_due_does_not_wait_for_what_cannot_be_read(
    books: Database, caplog: pytest.LogCaptureFixture
) -> None:
    keep(books, edit())
    with books.transaction() as connection:
        Marks(books).touch(
            connection, ["one"], reason="edit", now=clock.now(), urgent=True
        )
    engine = Queue()
    work_until(make(books, Broken, engine), engine, {"one", "two"})
    assert "the worker stumbled" in caplog.text


def test_one_damaged_body_is_a_dead_letter_and_in_nobodys_way(books: Database) -> None:
    keep(books, edit(), edit(b"2"), edit(b"3"))
    with books.transaction() as connection:
        row = DeliveryRow.identifier == "d1"
        connection.execute(update(DeliveryRow).where(row).values(body=b"\0\xff"))
    engine, deliveries = Queue(), Deliveries(books)
    work_until(
        make(books, Intake, engine),
        engine,
        {"one", "two"},
        lambda: not deliveries.any_waiting(),
    )
    with books.engine.connect() as connection:
        rows = connection.execute(DeliveryRow.__table__.select()).all()
    ends = {row.identifier: (row.state, row.reason) for row in rows}
    assert ends["d0"] == ends["d2"] == ("done", "")
    state, reason = ends["d1"]
    assert state == "dead"
    assert "the body was kept and is damaged" in reason
    damaged = next(row.id for row in rows if row.identifier == "d1")
    with books.reading() as session:
        assert ReceivedDeliveries().body(session, damaged) == b"\0\xff"
