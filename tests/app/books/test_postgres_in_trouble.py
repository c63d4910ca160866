"""Where PostgreSQL crashes, is away or has no room: 503, and nothing told is lost."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import QueuePool
from sqlalchemy.engine import make_url

from app.books.committing import GroupCommit
from app.books.database import POOL_OVERFLOW, POOL_SIZE, Database
from app.books.deliveries import Deliveries
from bench.intake import fill
from bench.postgres import NoPostgresError, OwnServer, new_database, own_server
from tests.app.books.test_silent_postgres import delivery
from tests.gates import PATIENCE, gate
from tests.receiving import (
    Service,
    assert_kept,
    named,
    send_all,
    service,
    under_load,
)
from tests.world import wait_for
from webhooks.errors import StoreUnavailableError

pytestmark = pytest.mark.postgres
RESTARTS = int(os.environ.get("CD3_TEST_KILLS", "3"))
CONNECTIONS_OF_ALL = 20


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """Start a server of our own, that may be brought down."""
    try:
        with own_server(
            f"max_connections={CONNECTIONS_OF_ALL}", "superuser_reserved_connections=2"
        ) as started:
            yield started
    except NoPostgresError as error:
        pytest.skip(str(error))


def more(acked: list[str], than: int) -> bool:
    return len(acked) > than


def test_r6_crashes_of_postgresql_lose_nothing_that_was_told(
    server: OwnServer, tmp_path: Path
) -> None:
    with new_database(server.url) as url:
        fill(url)
        with service(tmp_path, url) as one:
            one.start()
            with under_load(one.port, "crash", connections=8) as heard:
                for _ in range(RESTARTS):
                    wait_for(partial(more, heard.acked, len(heard.acked)), seconds=20)
                    server.stop()
                    refused = send_all(one.port, named(f"down{time.monotonic()}", 2))
                    assert refused.statuses == {503: 2}
                    wait_for(lambda: heard.statuses[503], seconds=20)
                    server.start()
                    began = time.monotonic()
                    known = len(heard.acked)
                    wait_for(partial(more, heard.acked, known), seconds=20)
                    assert time.monotonic() - began <= gate(2, loosely=60)
            assert set(heard.statuses) == {202, 503}
            assert heard.retry_after == {"60"}
            assert heard.unanswered == 0
            assert_kept(url, heard)


def taken(one: Service) -> bool:
    """Send one more; tell whether it was taken."""
    coming = named(f"after{time.monotonic()}", 1)
    return send_all(one.port, coming).statuses[202] == 1


def let_write(url: str, *, may: bool) -> None:
    """Make a server one that may not be written to, as a standby is; or undo it."""
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        off = "off" if may else "on"
        wanted = f"ALTER SYSTEM SET default_transaction_read_only = {off}"
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(wanted.encode())
        connection.execute("SELECT pg_reload_conf()")
    wait_for(lambda: asked(plain) == off, seconds=10)


def asked(plain: str) -> str:
    with psycopg.connect(plain) as connection:
        row = connection.execute("SHOW default_transaction_read_only").fetchone()
    return row[0] if row else ""


def test_db3_a_server_that_refuses_is_a_503_until_it_is_back(
    server: OwnServer, tmp_path: Path
) -> None:
    with new_database(server.url) as url:
        fill(url)
        with service(tmp_path, url) as one:
            one.start()
            assert send_all(one.port, named("first", 3)).statuses == {202: 3}
            server.stop("fast")
            refused = send_all(one.port, named("refused", 4), connections=4)
            assert refused.statuses == {503: 4}
            assert one.ready() == 503
            server.start()
            wait_for(partial(taken, one), seconds=20)


def test_db3_a_server_that_turns_read_only_is_a_503_until_it_may_be_written_to(
    server: OwnServer, tmp_path: Path
) -> None:
    with new_database(server.url) as url:
        fill(url)
        with service(tmp_path, url) as one:
            one.start()
            assert send_all(one.port, named("first", 3)).statuses == {202: 3}
            let_write(url, may=False)
            refused = send_all(one.port, named("refused", 4), connections=4)
            assert refused.statuses == {503: 4}
            let_write(url, may=True)
            wait_for(partial(taken, one), seconds=20)


def test_db3_after_a_failover_the_server_that_may_be_written_to_is_found(
    server: OwnServer, tmp_path: Path
) -> None:
    with new_database(server.url) as former, own_server() as other:
        url = make_url(former)
        latter = other.url.set(database=url.database)
        with psycopg.connect(
            latter.set(drivername="postgresql", database="postgres").render_as_string(),
            autocommit=True,
        ) as connection:
            connection.execute(f'CREATE DATABASE "{url.database}"'.encode())
        for one_url in (former, latter.render_as_string()):
            fill(one_url)
        hosts = [f"127.0.0.1:{one.port}" for one in (url, latter)]
        query = {"host": hosts, "target_session_attrs": "read-write"}
        both = url.set(host=None, port=None).update_query_dict(query)
        with service(tmp_path, both.render_as_string()) as one:
            one.start()
            assert send_all(one.port, named("first", 3)).statuses == {202: 3}
            let_write(former, may=False)  # and it lives on
            try:
                wait_for(partial(taken, one), seconds=20)
                after = send_all(one.port, named("after", 3))
                assert after.statuses == {202: 3}
                assert_kept(latter.render_as_string(), after)
            finally:
                let_write(former, may=True)


def test_db3_our_own_connections_all_taken_are_a_503_and_none_leaks(
    server: OwnServer,
) -> None:
    with new_database(server.url) as url:
        fill(url)
        books = Database(url)

        async def run() -> None:
            commit = GroupCommit(Deliveries(books), store_seconds=1.0)
            await commit.start()
            await until_taken(commit)
            with ExitStack() as stack:
                for _ in range(POOL_SIZE + POOL_OVERFLOW):
                    stack.enter_context(books.engine.connect())
                with pytest.raises(StoreUnavailableError):
                    await asyncio.wait_for(commit.accept(next(coming)), 5 * PATIENCE)
                assert commit.trouble()
            await until_taken(commit)
            await commit.stop()

        async def until_taken(commit: GroupCommit) -> None:
            while True:
                try:
                    assert await commit.accept(next(coming))
                    break
                except StoreUnavailableError:
                    await asyncio.sleep(0.1)

        coming = map(delivery, map(str, count()))
        asyncio.run(asyncio.wait_for(run(), 30 * PATIENCE))
        pool = books.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.checkedout() == 0
        books.close()


def test_db3_no_connection_to_spare_is_a_503_and_nothing_leaks(
    server: OwnServer, tmp_path: Path
) -> None:
    with new_database(server.url) as url:
        fill(url)
        plain = url.replace("+psycopg", "")
        with service(tmp_path, url) as one, ExitStack() as stack:
            one.start()
            assert send_all(one.port, named("first", 3)).statuses == {202: 3}
            server.stop()  # so that it has no connection any more
            server.start()
            for _ in range(CONNECTIONS_OF_ALL):
                stack.enter_context(psycopg.connect(plain, autocommit=True))
            files = one.open_files()
            for turn in range(5):
                full = send_all(one.port, named(f"full{turn}", 4), connections=4)
                assert full.statuses == {503: 4}
            wait_for(lambda: one.open_files() <= files + 2, seconds=10)
            stack.close()
            after = partial(send_all, one.port)
            wait_for(
                lambda: after(named(f"after{time.monotonic()}", 2)).statuses[202] == 2,
                seconds=10,
            )
            with psycopg.connect(plain) as watching:
                used = watching.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE application_name = 'cd3'"
                ).fetchone()
            assert used is not None
            assert 1 <= used[0] <= 4
