"""What `bench.intake` compares: three apps that take the same deliveries.

Each is a factory for uvicorn. `CD3_BENCH_BOOKS` names the database; ours opens it as
the command does, only without a worker.
"""

import json
import os
import zlib
from collections.abc import Awaitable, Callable
from threading import Lock
from typing import Any, Final, TypeVar

from fastapi import FastAPI, Request, Response
from sqlalchemy import URL, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.concurrency import run_in_threadpool

from app import clock
from app.books.database import open_engine
from app.books.tables import DeliveryRow
from app.opening import open_service
from app.settings import Settings
from bench.deliveries import SECRET
from webhooks.delivery import Delivery, read_delivery
from webhooks.signature import verify

BOOKS: Final = "CD3_BENCH_BOOKS"
SECRET_KEY: Final = "a secret key for benches: 32 characters or more"  # noqa: S105 - made up
POOL: Final = 40  # of 5, 10, 20, 40 and 64 connections the quickest
_PATH: Final = "/webhooks/jira/{site}"

Commit = Callable[[Delivery], Awaitable[None]]
Insertion = TypeVar("Insertion", postgresql.Insert, sqlite.Insert)


def settings() -> Settings:
    """Make the settings of the service under the bench."""
    return Settings.model_validate(
        {"database_url": os.environ[BOOKS], "secret_key": SECRET_KEY}
    )


def empty() -> FastAPI:
    """Read and parse the body, and say 202."""
    app = FastAPI(openapi_url=None)

    @app.post(_PATH, status_code=202)
    async def receive(site: str, request: Request) -> dict[str, Any]:
        json.loads(await request.body())
        return {"status": "accepted", "site": site}

    return app


def commit_per_request() -> FastAPI:
    """Verify, compress and commit each delivery in a transaction of its own."""
    url = make_url(os.environ[BOOKS])
    commit = _in_line(url) if url.get_backend_name() == "sqlite" else _side_by_side(url)
    app = FastAPI(openapi_url=None)

    @app.post(_PATH, status_code=202)
    async def receive(site: str, request: Request) -> Response:
        body = await request.body()
        verify(body, [request.headers["x-hub-signature"].encode()], secrets=[SECRET])
        delivery = read_delivery(site, dict(request.scope["headers"]), body)
        await commit(delivery)
        return Response(b'{"status":"accepted"}', status_code=202)

    return app


def _in_line(url: URL) -> Commit:
    """Commit on SQLite, from threads that wait for their turn.

    Waiting for the file's lock instead is slower, and who waits too long is refused.
    """
    engine, alone = open_engine(url.render_as_string(hide_password=False)), Lock()

    def commit(delivery: Delivery) -> None:
        with alone, engine.execution_options(writes=True).begin() as connection:
            connection.execute(_insertion(sqlite.insert(DeliveryRow), delivery))

    async def in_a_thread(delivery: Delivery) -> None:
        await run_in_threadpool(commit, delivery)

    return in_a_thread


def _side_by_side(url: URL) -> Commit:
    """Commit on PostgreSQL by asyncpg, the quickest of the drivers that we tried."""
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"), pool_size=POOL, max_overflow=0
    )

    async def commit(delivery: Delivery) -> None:
        async with engine.begin() as connection:
            insertion = postgresql.insert(DeliveryRow)
            await connection.execute(_insertion(insertion, delivery))

    return commit


def _insertion(insertion: Insertion, delivery: Delivery) -> Insertion:
    return insertion.values(
        site_id=delivery.site,
        identifier=delivery.identifier,
        body_hash=delivery.body_hash,
        body=zlib.compress(delivery.body, 1),
        flow=delivery.flow,
        retry=delivery.retry,
        received_at=clock.now(),
        state="new",
        reason="",
        event="",
        issue_key="",
    ).on_conflict_do_nothing()


def ours() -> FastAPI:
    """Open the service itself."""
    return open_service(settings(), with_worker=False).app
