"""PostgreSQL falls silent and hangs up on nobody: every wait for it has an end."""

import asyncio
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.books.answering import within
from app.books.committing import GroupCommit
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.migrating import migrate
from app.books.secrets import Sealer
from app.books.sites import Sites
from app.signing import READ_SECONDS, SigningSecrets
from bench.intake import fill
from tests.gates import PATIENCE, gate
from tests.receiving import assert_kept, named, send_all, service
from tests.silence import Proxy, before
from tests.starting import CD3
from tests.world import wait_for
from webhooks.delivery import Delivery
from webhooks.errors import StoreUnavailableError

pytestmark = pytest.mark.postgres
KEY = "a secret key of more than 32 characters"


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[Proxy]:
    fill(postgres_url)
    with before(postgres_url) as one:
        yield one


@pytest.fixture
def books(proxy: Proxy) -> Iterator[Database]:
    database = Database(proxy.url)
    assert database.answers()
    yield database
    database.close()


def delivery(name: str) -> Delivery:
    body = name.encode()
    return Delivery("bench", name, body, hashlib.sha256(body).digest())


def test_a_question_ends_in_time_and_its_connection_is_not_used_again(
    proxy: Proxy, books: Database
) -> None:
    proxy.silent.set()
    began = time.monotonic()
    with pytest.raises(OperationalError), within(0.5):
        books.answers()
    took = time.monotonic() - began
    assert 0.4 < took < gate(10, loosely=100)  # a new connection is tried, too
    proxy.silent.clear()
    assert books.answers()


def test_a_transaction_that_hears_nothing_ends(proxy: Proxy, books: Database) -> None:
    with books.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        proxy.silent.set()
        with pytest.raises(OperationalError) as caught, within(0.5):
            connection.exec_driver_sql("SELECT 1")
    assert caught.value.connection_invalidated
    assert "did not answer within" in str(caught.value)


def test_what_we_do_between_two_questions_is_not_counted(books: Database) -> None:
    with within(2.0), books.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        time.sleep(2.1)  # a busy machine
        connection.exec_driver_sql("SELECT pg_sleep(0.1)")


def test_a_migration_may_take_its_time(postgres_url: str) -> None:
    books = Database(postgres_url)
    with within(0.000001):
        migrate(books)
    books.close()


async def until_taken(commit: GroupCommit, name: str) -> None:
    """Send it again and again, as senders do."""
    deadline = time.monotonic() + 20 * PATIENCE
    while True:
        try:
            assert await commit.accept(delivery(name))
            break
        except StoreUnavailableError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


def test_db3_deliveries_are_told_to_come_again_while_nothing_is_heard(
    proxy: Proxy, books: Database
) -> None:
    async def run() -> None:
        commit = GroupCommit(Deliveries(books), store_seconds=1.0)
        await commit.start()
        await until_taken(commit, "before")
        assert commit.trouble() == ""
        proxy.silent.set()
        began = time.monotonic()
        answers = await asyncio.gather(
            *(commit.accept(delivery(f"silent-{n}")) for n in range(5)),
            return_exceptions=True,
        )
        assert {type(one) for one in answers} == {StoreUnavailableError}
        assert time.monotonic() - began < gate(5, loosely=50)
        assert commit.trouble()
        proxy.silent.clear()
        await until_taken(commit, "after")
        assert commit.trouble() == ""
        proxy.silent.set()
        late = asyncio.create_task(commit.accept(delivery("late")))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await commit.stop()
        assert time.monotonic() - began < gate(5, loosely=50)
        with pytest.raises(StoreUnavailableError):
            await late
        proxy.silent.clear()

    asyncio.run(run())


def test_secrets_that_cannot_be_read_in_time_are_no_secrets(
    proxy: Proxy, books: Database
) -> None:
    secrets = SigningSecrets(books, Sites(Sealer([KEY])))
    proxy.silent.set()

    async def ask() -> None:
        await secrets("bench")

    began = time.monotonic()
    with pytest.raises(StoreUnavailableError):
        asyncio.run(asyncio.wait_for(ask(), 20 * PATIENCE))
    took = time.monotonic() - began
    assert took < gate(READ_SECONDS + 15, loosely=120)  # its thread ends as well


@pytest.mark.skipif(
    "CD3_TEST_GATES" not in os.environ, reason="takes a minute; make soak runs it"
)
def test_db3_the_service_answers_503_and_ends_while_nothing_is_heard(
    proxy: Proxy, tmp_path: Path
) -> None:
    with (
        service(tmp_path, proxy.url) as receiver,
        service(tmp_path, proxy.url) as worker,
    ):
        worker.begin(str(CD3), "worker")
        receiver.start()
        assert send_all(receiver.port, named("before", 3)).statuses == {202: 3}
        wait_for(lambda: "works; stop it" in worker.said(), seconds=60)
        proxy.silent.set()
        heard = send_all(receiver.port, named("silent", 3), connections=3)
        assert heard.statuses == {503: 3}
        assert max(heard.seconds) < 12
        assert receiver.ready() == 503
        proxy.silent.clear()

        def taken() -> bool:
            again = named(f"after-{time.monotonic()}", 1)
            return send_all(receiver.port, again).statuses[202] == 1

        wait_for(taken, seconds=30)
        proxy.silent.set()
        send_all(receiver.port, named("late", 1))
        began = time.monotonic()
        for one in (receiver, worker):
            one.process.terminate()
        receiver.process.wait(45)
        worker.process.wait(45)
        assert time.monotonic() - began < 45
        proxy.silent.clear()
    assert_kept(proxy.url, heard)
