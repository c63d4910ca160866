"""Open the whole service from its settings: books, stores, receiver, worker, app."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from fastapi import FastAPI

from app.api.parts import Parts
from app.books.database import Database
from app.books.deliveries import Deliveries, GroupCommit
from app.errors import ConfigurationError
from app.ground import open_ground
from app.hiring import hire, make_errand
from app.main import create_app
from app.settings import Settings
from app.signing import SigningSecrets
from app.tally import WebhookTally, count_workers
from app.work.crew import Crew
from webhooks.delivery import Delivery
from webhooks.receiver import Receiver


class Hands(Protocol):
    """Whoever does the work beside the API: a worker inside, or a crew of processes."""

    def start(self) -> None:
        """Begin."""

    def wake(self) -> None:
        """Hear that something new is in the books."""

    def stop(self) -> None:
        """End."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The service, opened: the app to serve, and who works beside it, if anybody."""

    app: FastAPI
    database: Database
    hands: Hands | None


def open_service(
    settings: Settings, *, with_worker: bool = True, workers: int = 0
) -> Opened:
    """Open the service; the schema must be current.

    With `workers`, so many processes of their own work in the place of the one inside.
    Raises ConfigurationError where the books are not ready, saying which command
    makes them so.
    """
    refuse_crowd(settings, workers)
    ground = open_ground(settings)
    hands: Hands | None = None
    if workers:
        hands = Crew(workers, _command, ground.workers.gone)
    elif with_worker:
        hands = hire(ground, make_errand(ground))
    commit = GroupCommit(Deliveries(ground.database))

    @asynccontextmanager
    async def beside() -> AsyncIterator[None]:
        await commit.start()
        if hands is not None:
            await asyncio.to_thread(hands.start)
        _settle_memory()
        try:
            yield
        finally:
            await commit.stop()
            if hands is not None:
                await asyncio.to_thread(hands.stop)
            ground.close()

    async def accept(delivery: Delivery) -> bool:
        new = await commit.accept(delivery)
        if new and hands is not None:
            hands.wake()
        return new

    receiver = Receiver(
        secrets=SigningSecrets(ground.database, ground.sites),
        accept=accept,
        tally=WebhookTally(ground.registry),
    )
    count_workers(ground.registry, ground.workers)
    parts = Parts(
        database=ground.database,
        sites=ground.sites,
        marks=ground.marks,
        connect=ground.connections,
        allowed_hosts=settings.allowed_hosts,
        registry=ground.registry,
        receiver=receiver,
        beside=beside,
    )
    return Opened(create_app(parts), ground.database, hands)


def refuse_crowd(settings: Settings, workers: int) -> None:
    """Refuse more than one worker on SQLite, in words."""
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise ConfigurationError(
            f"SQLite bears one worker, not {workers}.",
            hint="Leave --workers out, or set CD3_DATABASE_URL to PostgreSQL: "
            "see docs/operating.md.",
        )


def _command(name: str) -> list[str]:
    """Name the command of a worker that ends when we do."""
    begin = "from app.console.main import main; main()"
    return [sys.executable, "-c", begin, "worker", "--leashed", "--name", name]


def _settle_memory() -> None:
    """Let the collector leave what lives as long as the process; pauses get rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
