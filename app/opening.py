"""Open the whole service from its settings: books, stores, receiver, worker, app."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from app.api.parts import Parts
from app.books.backlogs import Backlogs
from app.books.database import Database, schema_is_current
from app.books.deliveries import Deliveries, GroupCommit
from app.books.echoes import Echoes
from app.books.mappings import Mappings
from app.books.marks import Debounce, Marks
from app.books.pages import Pages
from app.books.plans import Plans
from app.books.rankings import Rankings
from app.books.secrets import Sealer, find_keys
from app.books.sites import Sites
from app.connections import Connections
from app.errors import ConfigurationError
from app.main import create_app
from app.settings import Settings
from app.signing import SigningSecrets
from app.tally import CallTally, WebhookTally
from app.work.engine import DbosEngine, DbosSettings, engine_url
from app.work.intake import Intake
from app.work.publishing import Publisher
from app.work.rescore import Rescore
from app.work.task import Tasks
from app.work.view import SiteViews
from app.work.worker import Round, Worker
from webhooks.delivery import Delivery
from webhooks.receiver import Receiver


@dataclass(frozen=True, slots=True)
class Opened:
    """The service, opened: the app to serve, and the worker if there is one."""

    app: FastAPI
    database: Database
    worker: Worker | None


@dataclass(frozen=True, slots=True)
class _Ground:
    """What everything else stands on."""

    settings: Settings
    database: Database
    registry: CollectorRegistry
    sites: Sites
    marks: Marks
    connections: Connections


def open_service(settings: Settings, *, with_worker: bool = True) -> Opened:
    """Open the service; the schema must be current.

    Raises ConfigurationError where the books are not ready, saying which command
    makes them so.
    """
    ground = _open_ground(settings)
    worker = _open_worker(ground) if with_worker else None
    commit = GroupCommit(Deliveries(ground.database))

    @asynccontextmanager
    async def beside() -> AsyncIterator[None]:
        await commit.start()
        if worker is not None:
            await asyncio.to_thread(worker.start)
        _settle_memory()
        try:
            yield
        finally:
            await commit.stop()
            if worker is not None:
                await asyncio.to_thread(worker.stop)
            ground.connections.close()
            ground.database.close()

    async def accept(delivery: Delivery) -> bool:
        new = await commit.accept(delivery)
        if new and worker is not None:
            worker.wake()
        return new

    parts = Parts(
        database=ground.database,
        sites=ground.sites,
        marks=ground.marks,
        connect=ground.connections,
        allowed_hosts=settings.allowed_hosts,
        registry=ground.registry,
        receiver=Receiver(
            secrets=SigningSecrets(ground.database, ground.sites),
            accept=accept,
            tally=WebhookTally(ground.registry),
        ),
        beside=beside,
    )
    return Opened(create_app(parts), ground.database, worker)


def _open_ground(settings: Settings) -> _Ground:
    database = Database(settings.database_url)
    if not schema_is_current(database):
        raise ConfigurationError(
            "The database's schema is not this version's.", hint="Run: cd3 migrate"
        )
    registry = CollectorRegistry()
    keys = find_keys(settings.secret_keys(), settings.database_url)
    return _Ground(
        settings=settings,
        database=database,
        registry=registry,
        sites=Sites(Sealer(keys)),
        marks=Marks(
            database,
            Debounce(
                timedelta(seconds=settings.debounce_seconds),
                timedelta(seconds=settings.debounce_most_seconds),
            ),
        ),
        connections=Connections(
            allowed_hosts=settings.allowed_hosts, observe=CallTally(registry)
        ),
    )


def _open_worker(ground: _Ground) -> Worker:
    database, marks, echoes = ground.database, ground.marks, Echoes(ground.database)
    backlogs, mappings, rankings = Backlogs(), Mappings(), Rankings()
    views = SiteViews(database, ground.sites, backlogs, mappings, rankings)
    rescore = Rescore(
        database=database,
        tasks=Tasks(database, ground.sites, backlogs, mappings, ground.connections),
        rankings=rankings,
        plans=Plans(),
        marks=marks,
        echoes=echoes,
        publisher=Publisher(database, Pages()),
    )
    url = engine_url(ground.settings.database_url)
    return Worker(
        database=database,
        intake=Intake(database, Deliveries(database), echoes, marks, views),
        marks=marks,
        engine=DbosEngine(DbosSettings(url, executor="cd3")),
        rescore=rescore,
        round_=Round(
            timedelta(seconds=ground.settings.clock_round_seconds), views.mapped
        ),
    )


def _settle_memory() -> None:
    """Let the collector leave what lives as long as the process; pauses get rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
