"""The port between us and the engine that runs durable work, and DBOS behind it.

The engine promises: work under an id runs at least once to its end, survives
`kill -9`, and of one backlog at most one runs at a time. All else (what is dirty,
what was written, who may write) stands in our own books.
"""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from dbos import DBOS, DBOSConfig
from sqlalchemy.engine import Connection, make_url

_log = logging.getLogger(__name__)

QUEUE = "rescore"
# DBOS ignores work of another version, so ours is pinned: raise it only with code
# that can no longer finish what older code began.
VERSION = "1"
KEEP_FINISHED = timedelta(days=2)
MOST_PRUNED = 1_000

Errand = Callable[[str, int], str]


class Engine(Protocol):
    """What we ask of an engine."""

    def launch(self, errand: Errand) -> None:
        """Begin to run queued work, and what a dead process of this name left."""

    def enqueue(self, connection: Connection, backlog: str, generation: int) -> None:
        """Queue one rescore; a second call with the same numbers changes nothing."""

    def prune(self, *, now: datetime) -> int:
        """Forget finished work; count it."""

    def close(self, *, seconds: int) -> None:
        """Stop; what runs gets this long to finish."""


@dataclass(frozen=True, slots=True)
class DbosSettings:
    """Where DBOS keeps its tables, and under which name this process works."""

    url: str
    executor: str
    polling_seconds: float = 0.2
    lanes: int = 8


# DBOS knows workflows by name and keeps them in one registry a process.
_errand: list[Errand] = []


@DBOS.workflow(name="rescore", max_recovery_attempts=1_000)
def _rescore(backlog: str, generation: int) -> str:
    return _errand[0](backlog, generation)


class DbosEngine:
    """DBOS: a partitioned queue with one running workflow a backlog."""

    def __init__(self, settings: DbosSettings) -> None:
        self._settings = settings

    def launch(self, errand: Errand) -> None:
        """Begin to run queued work, and what a dead process of this name left."""
        _errand[:] = [errand]
        _set_wal(self._settings.url)
        config = DBOSConfig(
            name="cd3",
            system_database_url=self._settings.url,
            application_version=VERSION,
            executor_id=self._settings.executor,
            log_level="WARNING",
            scheduler_polling_interval_sec=3600.0,
        )
        DBOS(config=config)
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=self._settings.lanes,
            polling_interval_sec=self._settings.polling_seconds,
            on_conflict="always_update",
        )

    def enqueue(self, connection: Connection, backlog: str, generation: int) -> None:
        """Queue one rescore; a second call with the same numbers changes nothing.

        On SQLite the engine's file is not ours, so this comes before our commit: a
        crash in between repeats the same id, which the engine has already.
        """
        del connection  # for an engine whose tables stand beside ours
        DBOS.enqueue_workflow_with_options(
            {
                "workflow_name": "rescore",
                "queue_name": QUEUE,
                "workflow_id": f"rescore:{backlog}:{generation}",
                "queue_partition_key": backlog,
                "app_version": VERSION,
            },
            backlog,
            generation,
        )

    def prune(self, *, now: datetime) -> int:
        """Forget finished work; count it."""
        finished = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            end_time=(now - KEEP_FINISHED).isoformat(),
            limit=MOST_PRUNED,
            load_input=False,
            load_output=False,
        )
        ids = [workflow.workflow_id for workflow in finished]
        if ids:
            DBOS.delete_workflows(ids)
        return len(ids)

    def close(self, *, seconds: int) -> None:
        """Stop; what runs gets this long to finish."""
        DBOS.destroy(workflow_completion_timeout_sec=seconds)
        _errand.clear()


def engine_url(database_url: str) -> str:
    """Name the engine's own database: a second file beside ours, or ours itself.

    On PostgreSQL its tables stand in a schema of their own, `dbos`.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return database_url
    ours = Path(url.database or "cd3.db")
    return f"sqlite:///{ours.with_name(ours.stem + '-engine' + ours.suffix)}"


def _set_wal(url: str) -> None:
    """Set write-ahead logging on DBOS's file, which DBOS itself does not."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return
    connection = sqlite3.connect(parsed.database)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
