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
from app.ground import Ground
from app.work.engine import DbosEngine, DbosSettings, Errand, engine_url
from app.work.heartbeat import Heartbeat
from app.work.intake import Intake
from app.work.publishing import Publisher
from app.work.rescore import Rescore
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
    views = SiteViews(database, ground.sites, Backlogs(), Mappings(), Rankings())
    return Worker(
        database=database,
        intake=Intake(
            database, Deliveries(database), Echoes(database), ground.marks, views
        ),
        marks=ground.marks,
        engine=engine,
        errand=errand,
        round_=Round(timedelta(seconds=settings.clock_round_seconds), views.mapped),
        heartbeat=Heartbeat(ground.workers, engine),
    )


def make_errand(ground: Ground) -> Rescore:
    """Make the errand: one rescore."""
    database, mappings, rankings = ground.database, Mappings(), Rankings()
    return Rescore(
        database=database,
        tasks=Tasks(database, ground.sites, Backlogs(), mappings, ground.connections),
        rankings=rankings,
        plans=Plans(),
        marks=ground.marks,
        echoes=Echoes(database),
        publisher=Publisher(database, Pages()),
    )


def name_worker(name: str = "") -> str:
    """Name a worker afresh at each start, so that no two living ones share a name."""
    told = name or f"{socket.gethostname()}-{os.getpid()}"
    return f"{told[:LONGEST_NAME]}-{secrets.token_hex(4)}"
