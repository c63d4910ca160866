"""What `bench.intake` compares: three apps that take the same deliveries.

Each is a factory for uvicorn. `CD3_BENCH_BOOKS` names the database; ours opens it as
the command does, only without a worker.
"""

import json
import os
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
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
_PATH: Final = "/webhooks/jira/{site}"


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
    engine = open_engine(os.environ[BOOKS])

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        engine.dispose()

    app = FastAPI(openapi_url=None, lifespan=lifespan)

    @app.post(_PATH, status_code=202)
    async def receive(site: str, request: Request) -> Response:
        body = await request.body()
        verify(body, [request.headers["x-hub-signature"].encode()], secrets=[SECRET])
        delivery = read_delivery(site, dict(request.scope["headers"]), body)
        await run_in_threadpool(_commit, engine, delivery)
        return Response(b'{"status":"accepted"}', status_code=202)

    return app


def _commit(engine: Engine, delivery: Delivery) -> None:
    on_postgresql = engine.dialect.name == "postgresql"
    insertion = (postgresql if on_postgresql else sqlite).insert(DeliveryRow)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(
            insertion.values(
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
        )


def ours() -> FastAPI:
    """Open the service itself."""
    return open_service(settings(), with_worker=False).app
