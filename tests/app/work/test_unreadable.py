"""Signed bodies that are no JSON, or odd JSON, cost nobody but themselves."""

import time

import pytest
from sqlalchemy import select

from app.books.arriving import unpack
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.marks import Marks
from app.books.readers import Reader
from app.books.received import UNREADABLE
from app.books.tables import DeliveryRow, MarkRow
from app.work.concern import Watch
from app.work.intake import Intake, SiteView
from tests.app.conftest import NOW
from tests.webhooks.test_receiver import Counts, Sender, answered, secrets
from webhooks.delivery import Delivery
from webhooks.events import LONGEST_READ, TooLong, read_event
from webhooks.receiver import Receiver

MOST_SECONDS = 0.1
# As deep as what is read may be.
DEEP = LONGEST_READ // 7
WATCH = Watch("one", keys=frozenset({"HARB-1"}), projects=frozenset({"HARB"}))
VIEW = SiteView("", frozenset(), [WATCH])


def edit(odd: bytes = b"1", *, key: bytes = b"HARB-1") -> bytes:
    """Make an edit that would be read, but for the odd value within."""
    return (
        b'{"webhookEvent": "jira:issue_updated", "issue": {"id": "10001", '
        b'"key": "%s", "fields": {"odd": %s}}}' % (key, odd)
    )


NO_JSON = {
    "empty": b"",
    "no JSON": b"webhookEvent=jira%3Aissue_updated",
    "truncated": edit()[:-2],
    "lists in lists": edit(b"[" * DEEP + b"]" * DEEP),
    "objects in objects": edit(b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "NaN": edit(b"NaN"),
    "infinity": edit(b"-Infinity"),
    "1e400": edit(b"1e400"),
    "5,000 digits": edit(b"7" * 5_000),
    "byte order mark": b"\xef\xbb\xbf" + edit(),
    "UTF-16": edit().decode().encode("utf-16"),
    "UTF-16 without a mark": edit().decode().encode("utf-16-le"),
    "lone surrogate": edit(b'"\\ud800"'),
    "lone surrogate, raw": edit(b'"\xed\xa0\x80"'),
    "NUL, raw": edit(b'"\0"'),
}
# Odd, but it can be read: what stands last counts, and a NUL in a text is left out.
ODD = {
    "event twice": (b'{"webhookEvent": "comment_created", ' + edit()[1:], "done"),
    "key twice": (edit(b'1}, "key": "ELSE-1", "id": "7", "x": {'), "ignored"),
    "NUL, escaped": (edit(b'"\\u0000"'), "done"),
    "NUL in the key": (edit(key=b"HARB\\u0000-1"), "done"),
}
BODIES = {**NO_JSON, **{name: body for name, (body, _) in ODD.items()}}


def post_all(books: Database) -> None:
    """Post each to a receiver that keeps it in the books, and an edit behind it."""
    deliveries = Deliveries(books)

    async def accept(delivery: Delivery) -> bool:
        return bool(deliveries.add([(delivery, NOW)]))

    sender = Sender()
    sender.receiver = Receiver(secrets, accept, Counts())
    for name, body in BODIES.items():
        behind = edit(b'"behind %s"' % name.encode())
        for identifier, each in ((name, body), (f"behind {name}", behind)):
            header = (b"x-atlassian-webhook-identifier", identifier.encode())
            assert answered(sender.post(each, headers=[header])).status == 202


def test_r18_what_cannot_be_read_is_kept_parked_and_in_nobodys_way(
    books: Database,
) -> None:
    post_all(books)
    deliveries = Deliveries(books)
    intake = Intake(
        books,
        deliveries,
        Echoes(books),
        Marks(books),
        lambda *_: VIEW,
        Reader(books, deliveries, "worker"),
    )
    assert intake.read(now=NOW) == 2 * len(BODIES)
    with books.engine.connect() as connection:
        rows = connection.execute(select(DeliveryRow)).all()
        dirty = connection.scalars(
            select(MarkRow.backlog_id).where(MarkRow.dirty_at.is_not(None))
        ).all()
    ends = {row.identifier: (row.state, row.reason) for row in rows}
    bodies = {row.identifier: unpack(row.body) for row in rows}
    assert {name: bodies[name] for name in BODIES} == BODIES
    for name in NO_JSON:
        state, reason = ends[name]
        assert (state, reason.partition(": ")[0]) == ("dead", UNREADABLE), name
        assert reason.partition(": ")[2], name
    assert {name: ends[name][0] for name in ODD} == {
        name: state for name, (_, state) in ODD.items()
    }
    assert {ends[f"behind {name}"] for name in BODIES} == {("done", "")}
    assert dirty == ["one"]


def test_r18_the_deepest_body_is_not_even_read() -> None:
    deepest = edit(b"[" * 1_000_000 + b"]" * 1_000_000)
    assert isinstance(read_event(deepest), TooLong)


@pytest.mark.parametrize("name", BODIES)
def test_r18_to_read_the_oddest_body_costs_next_to_nothing(name: str) -> None:
    began = time.process_time()
    read_event(BODIES[name])
    assert time.process_time() - began < MOST_SECONDS
