"""Who is dead is given up; who only seems so, because nobody could be heard, is not."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from app.books.database import Database
from app.books.tables import DeliveryRow, WorkerRow
from app.books.workers import Workers
from app.work.engine import Errand, Number
from app.work.heartbeat import Heartbeat
from tests.app.conftest import NOW

LEASE = 60
PAUSE = 6


@dataclass
class Held:
    """An engine in which two workers have begun something."""

    name: str
    lost: frozenset[str] = frozenset()
    recovered: list[str] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)

    def launch(self, errand: Errand) -> None:
        raise NotImplementedError

    def enqueue(
        self,
        connection: Connection,
        backlog: str,
        generation: int,
        *,
        long: bool = False,
    ) -> None:
        raise NotImplementedError

    def holders(self) -> frozenset[str]:
        return frozenset({"left", "right"})

    def recover(self, workers: Collection[str]) -> int:
        self.recovered += workers
        return len(workers)

    def forgotten(self) -> frozenset[str]:
        return self.lost

    def resume(self, work: Collection[str]) -> None:
        self.resumed += work

    def unfinished(self, work: Collection[Number]) -> frozenset[Number]:
        raise NotImplementedError

    def prune(self, *, now: datetime) -> int:
        raise NotImplementedError

    def close(self, *, seconds: int) -> None:
        raise NotImplementedError


class Two:
    """Two workers, and a time that passes as told."""

    def __init__(self, books: Database) -> None:
        self.seconds = 0.0
        workers = Workers(books, timedelta(seconds=LEASE), self._now)
        self.left, self.right = Held("left"), Held("right")
        self.beats = {
            one.name: Heartbeat(workers, one, self._monotonic)
            for one in (self.left, self.right)
        }
        for beat in self.beats.values():
            beat.first()

    def _now(self, _connection: Connection) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def _monotonic(self) -> float:
        return self.seconds

    def beat(self, seconds: float, *names: str) -> None:
        """Have some beat for so long."""
        for _ in range(round(seconds / PAUSE)):
            self.seconds += PAUSE
            for name in names:
                self.beats[name].turn()


@pytest.fixture
def two(books: Database) -> Two:
    return Two(books)


def test_who_is_silent_for_a_lease_is_given_up(two: Two) -> None:
    two.beat(2 * PAUSE, "left", "right")
    two.beat(LEASE - PAUSE, "left")
    assert two.left.recovered == []
    two.beat(PAUSE, "left")
    assert two.left.recovered == ["right"]


def test_after_an_outage_the_first_who_is_back_takes_nothing_from_the_living(
    two: Two, books: Database
) -> None:
    two.beat(2 * PAUSE, "left", "right")
    with books.transaction() as connection:
        row: dict[str, Any] = {"site_id": "acme", "identifier": "d1", "body": b""}
        row |= {"body_hash": b"1", "received_at": NOW, "state": "new", "flow": ""}
        row |= {"retry": 0, "reason": "", "event": "", "issue_key": ""}
        connection.execute(insert(DeliveryRow).values(row))
        ids = list(connection.execute(select(DeliveryRow.id)).scalars())
        connection.execute(
            update(WorkerRow).where(WorkerRow.id == "right").values(reading=ids)
        )
    two.seconds += 70  # nobody could beat
    two.beat(PAUSE, "left")
    two.beat(LEASE + PAUSE, "left", "right")
    assert two.left.recovered == two.right.recovered == []
    with books.engine.connect() as connection:
        assert list(connection.execute(select(DeliveryRow.tries)).scalars()) == [0]


def test_who_did_not_outlive_the_outage_is_given_up_a_lease_later(two: Two) -> None:
    two.beat(2 * PAUSE, "left", "right")
    two.seconds += 70
    two.beat(LEASE, "left")
    assert two.left.recovered == []
    two.beat(PAUSE, "left")
    assert two.left.recovered[:1] == ["right"]


def test_what_was_seen_before_an_outage_does_not_count_as_seen_since(two: Two) -> None:
    two.left.lost = frozenset({"rescore:one:1"})
    two.beat(PAUSE, "left", "right")
    two.seconds += 70
    two.beat(LEASE, "left", "right")
    assert two.left.resumed == []
    two.beat(PAUSE, "left", "right")
    assert two.left.resumed == ["rescore:one:1"]
