"""A delivery is durable before it is accepted, kept once, and fails alone."""

import asyncio
import hashlib
import random
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError, OperationalError

from app import clock
from app.books.arriving import Arrival
from app.books.committing import (
    LARGE,
    MOST_WAITING,
    MOST_WAITING_BYTES,
    GroupCommit,
)
from app.books.database import Database
from app.books.deliveries import Closing, Deliveries, Waiting
from app.books.tables import DeliveryRow
from tests.app.conftest import NOW
from webhooks.delivery import Delivery
from webhooks.errors import StoreUnavailableError


def delivery(name: str, body: bytes | None = None) -> Delivery:
    content = name.encode() if body is None else body
    return Delivery("acme", name, content, hashlib.sha256(content).digest())


def accept(
    deliveries: Deliveries, *coming: Delivery
) -> list[bool | StoreUnavailableError]:
    async def run() -> list[bool | StoreUnavailableError]:
        commit = GroupCommit(deliveries)
        await commit.start()
        answers = await asyncio.gather(
            *(commit.accept(one) for one in coming), return_exceptions=True
        )
        await commit.stop()
        return [a for a in answers if isinstance(a, bool | StoreUnavailableError)]

    return asyncio.run(run())


def all_waiting(deliveries: Deliveries, connection: Connection) -> list[Waiting]:
    return deliveries.waiting(connection, deliveries.fresh(connection, limit=10))


def identifiers(books: Database) -> list[str]:
    with books.engine.connect() as connection:
        query = select(DeliveryRow.identifier).order_by(DeliveryRow.id)
        return list(connection.execute(query).scalars())


def test_what_is_accepted_is_in_the_store(books: Database) -> None:
    names = [f"d{number}" for number in range(1200)]
    assert accept(Deliveries(books), *map(delivery, names)) == [True] * 1200
    assert identifiers(books) == names


def test_r7_the_same_delivery_at_once_is_kept_once(books: Database) -> None:
    answers = accept(Deliveries(books), *[delivery("same")] * 5)
    assert sorted(answers, key=bool) == [False] * 4 + [True]
    assert identifiers(books) == ["same"]


def test_r8_a_replayed_body_under_a_new_name_is_kept_once(books: Database) -> None:
    deliveries = Deliveries(books)
    assert accept(deliveries, delivery("first", b"body")) == [True]
    assert accept(deliveries, delivery("replay", b"body")) == [False]
    assert identifiers(books) == ["first"]


class Picky(Deliveries):
    """Refuses any batch with a bad delivery in it, as a constraint would."""

    batches = 0

    def keep(self, arrivals: Sequence[Arrival]) -> set[tuple[str, str]]:
        self.batches += 1
        if any(one.identifier == "bad" for one in arrivals):
            raise DataError("INSERT", {}, sqlite3.DataError("no"))
        return super().keep(arrivals)


def test_a_bad_row_fails_alone(books: Database) -> None:
    answers = accept(Picky(books), *map(delivery, ["a", "bad", "b"]))
    assert answers[0] is True
    assert isinstance(answers[1], StoreUnavailableError)
    assert answers[2] is True
    assert identifiers(books) == ["a", "b"]


class Broken(Deliveries):
    """Is locked, as by another program, or out of memory."""

    def __init__(self, books: Database, error: Exception) -> None:
        super().__init__(books)
        self.error: Exception | None = error
        self.tries = 0

    def keep(self, arrivals: Sequence[Arrival]) -> set[tuple[str, str]]:
        self.tries += 1
        if self.error is not None:
            raise self.error
        return super().keep(arrivals)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked")),
        MemoryError(),
    ],
)
def test_r5_a_store_in_trouble_fails_all_at_once_and_goes_on(
    books: Database, error: Exception
) -> None:
    async def run() -> tuple[list[object], bool]:
        broken = Broken(books, error)
        commit = GroupCommit(broken)
        await commit.start()
        many = (commit.accept(delivery(f"d{number}")) for number in range(30))
        answers = await asyncio.gather(*many, return_exceptions=True)
        assert broken.tries <= 2
        broken.error = None
        after = await commit.accept(delivery("after"))
        await commit.stop()
        return list(answers), after

    answers, after = asyncio.run(run())
    assert all(isinstance(answer, StoreUnavailableError) for answer in answers)
    assert after


def test_few_large_bodies_are_read_at_a_time(books: Database) -> None:
    deliveries = Deliveries(books)
    noise = [random.Random(n).randbytes(3 * 1024 * 1024) for n in range(3)]  # noqa: S311 - incompressible, no secret
    accept(deliveries, *[delivery(f"d{n}", body) for n, body in enumerate(noise)])
    with books.transaction() as connection:
        assert len(deliveries.fresh(connection, limit=10)) == 1


def test_those_that_come_together_share_a_commit(books: Database) -> None:
    picky = Picky(books)
    accept(picky, *[delivery(f"d{number}") for number in range(400)])
    assert picky.batches <= 3


def test_a_flood_is_told_to_come_again(books: Database) -> None:
    flood = [delivery(f"d{number}") for number in range(MOST_WAITING + 100)]
    answers = accept(Deliveries(books), *flood)
    refused = [a for a in answers if isinstance(a, StoreUnavailableError)]
    assert len(refused) == 100
    assert len(identifiers(books)) == MOST_WAITING


def test_a_closed_delivery_waits_no_more(books: Database) -> None:
    deliveries = Deliveries(books)
    accept(deliveries, *map(delivery, ["a", "b", "c"]))
    assert deliveries.any_waiting()
    with books.transaction() as connection:
        waiting = all_waiting(deliveries, connection)
        assert [one.beginning(10) for one in waiting] == [b"a", b"b", b"c"]
        closings = [
            Closing(waiting[0].id, "done", event="jira:issue_updated"),
            Closing(waiting[1].id, "ignored", "our own write"),
            Closing(waiting[2].id, "dead", "unreadable"),
        ]
        deliveries.close(connection, closings, now=NOW)
    assert (deliveries.any_waiting(), deliveries.pending()) == (False, 0)


def test_nothing_is_accepted_before_the_writer_runs(books: Database) -> None:
    async def run() -> None:
        await GroupCommit(Deliveries(books)).accept(delivery("early"))

    with pytest.raises(StoreUnavailableError):
        asyncio.run(run())


@given(
    stored=st.sets(st.integers(0, 12)),
    coming=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40),
)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
def test_of_known_and_new_in_one_batch_the_new_are_named(
    books: Database, stored: set[int], coming: list[tuple[int, int]]
) -> None:
    run = secrets.token_hex(8)

    def named(name: int, body: int) -> Delivery:
        return delivery(f"{run} {name}", f"{run} {body}".encode())

    deliveries = Deliveries(books)
    if stored:
        deliveries.add([(named(one, one), NOW) for one in stored])
    names, bodies, new = set(stored), set(stored), []
    for name, body in coming:
        if name not in names and body not in bodies:
            names.add(name)
            bodies.add(body)
            new.append(f"{run} {name}")
    if coming:
        added = deliveries.add([(named(*one), NOW) for one in coming])
        assert added == {f"acme\0{name}" for name in new}
    assert identifiers(books)[-len(new) :] == new or not new


def test_a_large_body_is_kept_as_it_came(books: Database) -> None:
    body = random.Random(1).randbytes(2 * LARGE)  # noqa: S311 - incompressible, no secret
    deliveries = Deliveries(books)
    assert accept(deliveries, delivery("large", body)) == [True]
    with books.transaction() as connection:
        [waiting] = all_waiting(deliveries, connection)
    assert waiting.beginning(len(body)) == body
    assert waiting.beginning(len(body) + 1) == body
    assert waiting.beginning(10) == body[:10]
    with pytest.raises(ValueError, match="damaged"):
        replace(waiting, packed=waiting.packed[:-100]).beginning(len(body) + 1)
    assert abs(waiting.received_at - clock.now()) < timedelta(minutes=1)


def test_many_large_bodies_at_once_are_told_to_come_again(books: Database) -> None:
    most = MOST_WAITING_BYTES // (16 * 1024 * 1024)
    same = bytes(16 * 1024 * 1024)
    flood = [
        replace(delivery(f"d{n}", b""), body=same, body_hash=bytes([n]) * 32)
        for n in range(most + 2)
    ]
    answers = accept(Deliveries(books), *flood)
    assert answers[:most] == [True] * most
    assert all(isinstance(one, StoreUnavailableError) for one in answers[most:])
