"""Deliveries of every shape end as done, ignored with why, or dead with why."""

import hashlib

import orjson
from sqlalchemy import select

from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.marks import Marks
from app.books.readers import Reader
from app.books.tables import DeliveryRow
from app.work.concern import Watch
from app.work.intake import Intake, SiteView
from tests.app.conftest import NOW
from tests.webhooks.test_payloads import FILES
from webhooks.delivery import Delivery

ENDS = {
    "issue changed": "done",
    "link changed": "done",
    "ignored": "ignored",
    "unreadable": "dead",
}
# Never ranked, so concerned by whatever may concern anybody.
VIEW = SiteView("", frozenset(), [Watch("one", keys=frozenset(), ranked=False)])


def test_r19_no_shape_stops_the_worker_and_each_ends_with_a_reason(
    books: Database,
) -> None:
    expected, batch = [], []
    for file in FILES:
        told = orjson.loads(file.read_bytes())
        expected.append((file.stem, ENDS[told["event"]["is"]]))
        body = orjson.dumps(told["body"])
        digest = hashlib.sha256(file.stem.encode() + body).digest()
        batch.append((Delivery("acme", file.stem, body, digest), NOW))
    deliveries = Deliveries(books)
    deliveries.add(batch)
    intake = Intake(
        books,
        deliveries,
        Echoes(books),
        Marks(books),
        lambda *_: VIEW,
        Reader(books, deliveries, "worker"),
    )
    assert intake.read(now=NOW) == len(FILES)
    with books.engine.connect() as connection:
        rows = connection.execute(select(DeliveryRow).order_by(DeliveryRow.id)).all()
    assert [(row.identifier, row.state) for row in rows] == expected
    assert all(row.reason or row.state == "done" for row in rows)
    assert not any("cannot be judged" in row.reason for row in rows)
