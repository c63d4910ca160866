"""Put a worker together: its errand, its engine, its heartbeat."""

import os
import secrets
import socket
from datetime import timedelta
from typing import Final

from app.books.backlogs import Backlogs
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.mappings import Mappings
from app.books.pages import Pages
from app.books.plans import Plans
from app.books.rankings import Rankings
from app.books.readers import Reader
from app.ground import Ground
from app.rescored import RescoreTally
from app.settings import Settings
from app.work.engine import DbosEngine, DbosSettings, Errand, engine_url
from app.work.heartbeat import Heartbeat
from app.work.housekeeping import Housekeeping, Kept
from app.work.intake import Intake
from app.work.publishing import Publisher
from app.work.rescore import Rescore
from app.work.site_watch import SiteWatch
from app.work.task import Tasks
from app.work.view import SiteViews
from app.work.worker import Round, Worker

# The only worker that an SQLite file has: after a restart it goes on with its own work.
ONLY: Final = "cd3"
LONGEST_NAME: Final = 100


def hire(ground: Ground, errand: Errand, *, name: str = "") -> Worker:
    """Make a worker that does the errand for each backlog that is due."""
    settings, database = ground.settings, ground.database
    only = database.engine.dialect.name == "sqlite"
    engine = DbosEngine(
        DbosSettings(
            engine_url(settings.database_url),
            executor=ONLY if only else name_worker(name),
            shared=None if only else database.engine,
        )
    )
    deliveries = Deliveries(database)
    views = SiteViews(database, ground.sites, Backlogs(), Mappings())
    return Worker(
        database=database,
        intake=Intake(
            database,
            deliveries,
            Echoes(database),
            ground.marks,
            views,
            Reader(database, deliveries, engine.name),
        ),
        marks=ground.marks,
        engine=engine,
        errand=errand,
        round_=Round(timedelta(seconds=settings.clock_round_seconds), views.mapped),
        heartbeat=Heartbeat(ground.workers, engine),
        housekeeping=Housekeeping(database, engine, _kept(settings)),
        watch=SiteWatch(database, ground.sites, ground.marks, ground.connections),
    )


def _kept(settings: Settings) -> Kept:
    return Kept(
        deliveries=timedelta(days=settings.keep_deliveries_days),
        dead=timedelta(days=settings.keep_dead_letters_days),
        plans=timedelta(days=settings.keep_plans_days),
    )


def make_errand(ground: Ground) -> Rescore:
    """Make the errand: one rescore."""
    database, mappings, rankings = ground.database, Mappings(), Rankings()
    return Rescore(
        database=database,
        tasks=Tasks(
            database,
            ground.sites,
            Backlogs(),
            mappings,
            ground.connections,
            ground.marks,
        ),
        rankings=rankings,
        plans=Plans(),
        marks=ground.marks,
        echoes=Echoes(database),
        publisher=Publisher(database, Pages()),
        silence=timedelta(hours=ground.settings.webhook_silence_hours),
        count_failure=RescoreTally(ground.registry),
    )


def name_worker(name: str = "") -> str:
    """Name a worker afresh at each start, so that no two living ones share a name."""
    told = name or f"{socket.gethostname()}-{os.getpid()}"
    return f"{told[:LONGEST_NAME]}-{secrets.token_hex(4)}"
