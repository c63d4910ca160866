"""Open the whole service from its settings: books, stores, receiver, worker, app."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from fastapi import FastAPI

from app.api.parts import Parts
from app.books.committing import GroupCommit
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.errors import ConfigurationError
from app.found import show_snapshots
from app.ground import Ground, open_ground
from app.heard import show_sightings
from app.hiring import hire, make_errand
from app.main import create_app
from app.rescored import show_failing
from app.settings import Settings
from app.signing import SigningSecrets
from app.tally import WebhookTally, count_workers, show_limits, show_sites
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
    settings: Settings,
    *,
    with_worker: bool = True,
    workers: int = 0,
    on_end: Callable[[], object] = lambda: None,
) -> Opened:
    """Open the service; the schema must be current.

    With `workers`, so many processes of their own work in the place of the one inside.
    `on_end` is told when the last request has been answered and all is to stop.
    Raises ConfigurationError where the books are not ready, saying which command
    makes them so.
    """
    refuse_crowd(settings, workers)
    ground = open_ground(settings)
    hands: Hands | None = None
    if workers:
        command = partial(worker_command, settings.worker_metrics_port)
        hands = Crew(workers, command, ground.workers.gone)
    elif with_worker:
        hands = hire(ground, make_errand(ground))
    commit = GroupCommit(Deliveries(ground.database))

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
    _show_figures(ground)
    parts = Parts(
        database=ground.database,
        sites=ground.sites,
        marks=ground.marks,
        connect=ground.connections,
        allowed_hosts=settings.allowed_hosts,
        registry=ground.registry,
        doctor=ground.doctor,
        receiver=receiver,
        beside=partial(_beside, ground, commit, hands, on_end),
        checks={"intake": commit.trouble},
    )
    return Opened(create_app(parts), ground.database, hands)


@asynccontextmanager
async def _beside(
    ground: Ground,
    commit: GroupCommit,
    hands: Hands | None,
    on_end: Callable[[], object],
) -> AsyncIterator[None]:
    """Commit and work while the app is served; then end all in order."""
    await commit.start()
    if hands is not None:
        await asyncio.to_thread(hands.start)
    _settle_memory()
    try:
        yield
    finally:
        on_end()
        await commit.stop()
        if hands is not None:
            await asyncio.to_thread(hands.stop)
        ground.close()


def _show_figures(ground: Ground) -> None:
    """Let /metrics tell of what is in the books."""
    count_workers(ground.registry, ground.workers)
    show_limits(ground.registry, ground.database)
    show_snapshots(ground.registry, ground.database)
    show_sites(ground.registry, ground.database, ground.sites)
    show_sightings(ground.registry, ground.database)
    show_failing(ground.registry, ground.database)


def refuse_crowd(settings: Settings, workers: int) -> None:
    """Refuse more than one worker on SQLite, in words."""
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise ConfigurationError(
            f"SQLite bears one worker, not {workers}.",
            hint="Leave --workers out, or set CD3_DATABASE_URL to PostgreSQL: "
            "see docs/operating.md.",
        )


def worker_command(first_port: int | None, number: int, name: str) -> list[str]:
    """Name the command of a worker that ends when we do; each has a port of its own."""
    begin = "from app.console.main import main; main()"
    port = str(first_port + number - 1) if first_port else "0"
    worker = ["worker", "--leashed", "--name", name, "--metrics-port", port]
    return [sys.executable, "-c", begin, *worker]


def _settle_memory() -> None:
    """Let the collector leave what lives as long as the process; pauses get rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
