"""PostgreSQL restarts again and again while issues are edited and scored.

The clock's rounds are an hour apart here: nothing but webhooks and their durable work
brings the scores.
"""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from app.books.database import Database
from app.books.tables import DeliveryRow
from bench.drain import COST, TOKEN
from bench.postgres import NoPostgresError, OwnServer, new_database, own_server
from tests.changing import PERSON, Changing, changing
from tests.gates import PATIENCE
from tests.receiving import service
from tests.starting import CD3
from tests.world import ANSWER_SECONDS, wait_for

SECONDS = float(os.environ.get("CD3_TEST_RESTARTED_SECONDS", "2"))
ISSUES = int(os.environ.get("CD3_TEST_RESTARTED_ISSUES", "20"))
LONG = SECONDS > 60
# How long the server runs, and how long it is away.
UP, AWAY = ((5.0, 40.0), (0.0, 2.0)) if LONG else ((0.3, 0.8), (0.3, 0.6))
FEWEST_RESTARTS = 3
SETTLES_SECONDS = 600 if LONG else 60


def edit_all(desk: Changing, dice: random.Random) -> None:
    """Edit each issue once, evenly over the time."""
    names = [f"DRAIN-{number}" for number in range(1, ISSUES + 1)]
    dice.shuffle(names)
    began = time.monotonic()
    with httpx.Client(
        base_url=desk.sandbox,
        auth=(PERSON, TOKEN),
        trust_env=False,
        timeout=ANSWER_SECONDS,
    ) as person:
        for number, name in enumerate(names):
            body = {"fields": {COST: dice.randrange(100, 50_000)}}
            path = f"/rest/api/3/issue/{name}"
            person.put(path, json=body).raise_for_status()
            due = began + SECONDS * (number + 1) / ISSUES
            time.sleep(max(0.0, due - time.monotonic()))


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """Start a server of our own, that may be brought down."""
    try:
        with own_server() as started:
            yield started
    except NoPostgresError as error:
        pytest.skip(str(error))


@pytest.fixture
def desk(server: OwnServer) -> Iterator[Changing]:
    with new_database(server.url) as url, changing(url, ISSUES) as made:
        yield made


@contextmanager
def editing(desk: Changing, dice: random.Random) -> Iterator[threading.Thread]:
    """Have a person edit while the block runs, and to the end."""
    thread = threading.Thread(target=edit_all, args=(desk, dice))
    thread.start()
    try:
        yield thread
    finally:
        thread.join()


def ends(url: str) -> dict[str, str]:
    """Give the state of each delivery in the books."""
    books = Database(url)
    with books.engine.connect() as connection:
        rows = connection.execute(select(DeliveryRow.identifier, DeliveryRow.state))
        found = {row.identifier: row.state for row in rows}
    books.close()
    return found


@pytest.mark.timeout(3_600)
def test_db2_restarts_of_postgresql_lose_nothing_and_no_score_is_wrong(
    server: OwnServer, desk: Changing, tmp_path: Path
) -> None:
    dice = random.Random(2)  # noqa: S311 - the same restarts at each run
    settings = {**desk.settings, "CD3_DEBOUNCE_SECONDS": "0.2"}
    restarts = 0
    with (
        service(tmp_path, desk.url, **settings) as receiver,
        service(tmp_path, desk.url, **settings) as worker,
    ):
        worker.begin(str(CD3), "worker")
        receiver.start()
        desk.set_up(receiver.address, seconds=SETTLES_SECONDS)
        with editing(desk, random.Random(3)) as edits:  # noqa: S311 - likewise
            while edits.is_alive() or restarts < FEWEST_RESTARTS:
                time.sleep(dice.uniform(*UP))
                server.stop("fast" if restarts % 2 else "immediate")
                time.sleep(dice.uniform(*AWAY))
                server.start()
                restarts += 1
        assert desk.site.deliveries.settle(60 * PATIENCE)
        wait_for(lambda: not desk.wrong(), seconds=SETTLES_SECONDS)
        wait_for(lambda: "new" not in ends(desk.url).values(), seconds=20)
        assert worker.process.poll() is None
    told = list(desk.site.deliveries.last)
    assert max(one.attempts for one in told) > 1  # it was truly away
    assert {one.state for one in told} == {"delivered"}
    kept = ends(desk.url)
    assert {one.identifier for one in told} == set(kept)
    assert set(kept.values()) <= {"done", "ignored"}
    assert desk.wrong() == {}
