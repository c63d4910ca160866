"""PostgreSQL is away for long in the middle of a rescore: the wake-up is not lost.

The clock's rounds are an hour apart here: nothing but the wake-up brings the score.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from app import clock
from app.books.database import Database
from app.books.marks import Marks, Taken
from app.books.migrating import migrate
from app.books.reviving import HELD_FOR
from app.work.dispatch import Dispatcher
from bench.drain import COST, TOKEN, US
from bench.postgres import NoPostgresError, OwnServer, new_database, own_server
from tests.app.work.errand import errand, small_seed
from tests.app.work.test_many_workers import Queue
from tests.app.work.test_restarted_postgres import desk
from tests.changing import PERSON, Changing
from tests.receiving import service
from tests.starting import CD3
from tests.world import wait_for

__all__ = ["desk"]

pytestmark = pytest.mark.postgres
# More than a rescore ever insisted before; a failover takes longer still.
AWAY_SECONDS = 12.5
BACK_SECONDS = 30
# It began, they went, they are back, and what concerns the one backlog.
MOST_LINES = 12
FREE = "HARB-52"


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """Start a server of our own, that may be brought down."""
    try:
        with own_server() as started:
            yield started
    except NoPostgresError as error:
        pytest.skip(str(error))


class Untimely(Marks):
    """Marks whose server goes away as soon as one of them is taken."""

    server: OwnServer

    def take(self, backlog: str, generation: int, *, now: datetime) -> Taken | None:
        taken = super().take(backlog, generation, now=now)
        self.server.stop()
        return taken


def test_a_rescore_that_could_not_say_how_it_ended_is_due_again(
    server: OwnServer,
) -> None:
    with new_database(server.url) as url:
        books = Database(url)
        migrate(books)
        with errand(books, small_seed(FREE)) as desk:
            desk.set_up()
            before = desk.score(FREE)
            desk.edit(FREE, 777_777)
            desk.hear(*desk.told())
            marks, plain = Untimely(books), desk.rescore
            marks.server = server
            desk.rescore = replace(plain, marks=marks, patience=(0.1,))
            with pytest.raises(OperationalError):
                desk.run()
            server.start()
            desk.rescore = plain
            assert desk.run() == []
            dispatcher = Dispatcher(books, plain.marks, Queue())  # which has ended it
            assert dispatcher.revive(now=clock.now() + HELD_FOR) == 1
            assert desk.run() == ["applied"]
            assert desk.score(FREE) > before
        books.close()


def edit(desk: Changing, key: str, cost: float) -> None:
    with httpx.Client(
        base_url=desk.sandbox, auth=(PERSON, TOKEN), trust_env=False, timeout=60
    ) as person:
        path = f"/rest/api/3/issue/{key}"
        person.put(path, json={"fields": {COST: cost}}).raise_for_status()


@pytest.mark.skipif(
    "CD3_TEST_GATES" not in os.environ, reason="takes a minute; make soak runs it"
)
def test_a_rescore_goes_on_after_a_long_outage(
    server: OwnServer, desk: Changing, tmp_path: Path
) -> None:
    settings = {
        "CD3_ALLOWED_HOSTS": desk.sandbox.removeprefix("http://"),
        "CD3_CLOCK_ROUND_SECONDS": "3600",
        "CD3_DEBOUNCE_SECONDS": "0.2",
        "CD3_LEASE_SECONDS": "120",
    }
    with (
        service(tmp_path, desk.url, **settings) as receiver,
        service(tmp_path, desk.url, **settings) as worker,
    ):
        worker.begin(str(CD3), "worker")
        receiver.start()
        desk.set_up(receiver.address)
        wait_for(lambda: not desk.wrong(), seconds=60)
        desk.site.faults.switch([{"kind": "latency", "account": US, "seconds": 1.0}])
        known = len(desk.site.log.since(0))
        edit(desk, "DRAIN-7", 77_777)

        def called() -> bool:
            return any(one["account"] == "us" for one in desk.site.log.since(known))

        wait_for(called, seconds=20)  # a rescore is under way
        server.stop()
        time.sleep(AWAY_SECONDS)
        server.start()
        desk.site.faults.switch([])
        assert desk.wrong()
        wait_for(lambda: not desk.wrong(), seconds=BACK_SECONDS)
        assert worker.process.poll() is None
        said = worker.said()
        assert "Traceback" not in said
        assert said.count("the books are away") == 1
        assert said.count("the books are back after 1") == 1
        assert len(said.splitlines()) < MOST_LINES
