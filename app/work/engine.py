"""The port between us and the engine that runs durable work, and DBOS behind it.

The engine promises: work under an id runs at least once to its end, survives
`kill -9`, and of one backlog at most one of a kind runs at a time. All else (what is
dirty, what was written, who may write) stands in our own books; so does that a backlog
has work of one kind only (`Marks.due`).
"""

import logging
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine import Engine as SqlEngine

_log = logging.getLogger(__name__)
_ITS_LOG = logging.getLogger("dbos")

NAME = "cd3"
# DBOS takes the next of a queue's backlogs by lot, so what is long has a queue, and
# lanes, of its own: what is short never waits for a lane behind it.
QUEUE = "rescore"
LONG_QUEUE = "rescore-long"
# DBOS ignores work of another version, so ours is pinned: raise it only with code
# that can no longer finish what older code began.
VERSION = "1"
KEEP_FINISHED = timedelta(days=2)
PRUNED_AT_ONCE = 1_000
MOST_PRUNED = 200_000
MOST_RUNNING = 10_000

Errand = Callable[[str, int], str]
# A backlog's rescore: the backlog, and its generation.
Number = tuple[str, int]


class Engine(Protocol):
    """What we ask of an engine."""

    @property
    def name(self) -> str:
        """Name the worker that this process is."""

    def launch(self, errand: Errand) -> None:
        """Begin to run queued work, and what a dead process of this name left."""

    def enqueue(
        self,
        connection: Connection,
        backlog: str,
        generation: int,
        *,
        long: bool = False,
    ) -> None:
        """Queue one rescore; a second call with the same numbers changes nothing.

        What may be `long` has lanes of its own. While a backlog has work of one kind,
        nobody is to queue some of the other.
        """

    def holders(self) -> frozenset[str]:
        """Name the workers that have begun work and not ended it."""

    def recover(self, workers: Collection[str]) -> int:
        """Queue again what dead workers have begun; count it."""

    def forgotten(self) -> frozenset[str]:
        """Name the work that counts as begun by us, and that we do not run.

        So it is for a moment at its begin and at its end; and for good where the
        engine's database died after it gave us the work and before we heard of it.
        """

    def resume(self, work: Collection[str]) -> None:
        """Queue again work that counts as begun by us."""

    def unfinished(self, work: Collection[Number]) -> frozenset[Number]:
        """Name those of these rescores that wait, or that somebody has begun."""

    def prune(self, *, now: datetime) -> int:
        """Forget finished work; count it."""

    def close(self, *, seconds: int) -> None:
        """Stop; what runs gets this long to finish."""


@dataclass(frozen=True, slots=True)
class DbosSettings:
    """Where DBOS keeps its tables, and under which name this process works.

    With `shared`, the connections of our own books, it keeps them beside ours in a
    schema `dbos`; else in the SQLite file of the URL. No two living processes may
    share a name. So many rescores run at once: `lanes` that are short, `long_lanes`
    that may be long; a few of these already fill what one site lets through.
    """

    url: str
    executor: str
    shared: SqlEngine | None = None
    polling_seconds: float = 0.2
    long_polling_seconds: float = 0.6
    lanes: int = 8
    long_lanes: int = 4


# DBOS knows workflows by name and keeps them in one registry a process.
_errand: list[Errand] = []
_running: set[str] = set()


@DBOS.workflow(name="rescore", max_recovery_attempts=1_000)
def _rescore(backlog: str, generation: int) -> str:
    work = _id(backlog, generation)
    _running.add(work)
    try:
        return _errand[0](backlog, generation)
    finally:
        _running.discard(work)


def _id(backlog: str, generation: int) -> str:
    return f"rescore:{backlog}:{generation}"


class DbosEngine:
    """DBOS: two partitioned queues with one running workflow a backlog each."""

    def __init__(self, settings: DbosSettings) -> None:
        self._settings = settings
        self._client: DBOSClient | None = None

    @property
    def name(self) -> str:
        """Name the worker that this process is."""
        return self._settings.executor

    def launch(self, errand: Errand) -> None:
        """Begin to run queued work, and what a dead process of this name left."""
        _errand[:] = [errand]
        _ITS_LOG.disabled = False
        shared = self._settings.shared
        config = DBOSConfig(
            name=NAME,
            application_version=VERSION,
            executor_id=self._settings.executor,
            log_level="WARNING",
            scheduler_polling_interval_sec=3600.0,
            use_listen_notify=False,  # for its messages, of which we send none
        )
        if shared is None:
            _set_wal(self._settings.url)
            config["system_database_url"] = self._settings.url
        else:
            config["system_database_engine"] = shared
            self._client = DBOSClient(
                system_database_engine=shared, application_name=NAME, lazy=True
            )
        DBOS(config=config)
        DBOS.launch()
        ours = self._settings
        for queue, most, seconds in (
            (QUEUE, ours.lanes, ours.polling_seconds),
            (LONG_QUEUE, ours.long_lanes, ours.long_polling_seconds),
        ):
            DBOS.register_queue(
                queue,
                partition_concurrency=1,
                worker_concurrency=most,
                polling_interval_sec=seconds,
                on_conflict="always_update",
            )

    def enqueue(
        self,
        connection: Connection,
        backlog: str,
        generation: int,
        *,
        long: bool = False,
    ) -> None:
        """Queue one rescore; a second call with the same numbers changes nothing.

        On PostgreSQL it is part of the caller's transaction. On SQLite the engine's
        file is not ours, so this comes before our commit: a crash in between repeats
        the same id, which the engine has already.
        """
        options: EnqueueOptions = {
            "workflow_name": "rescore",
            "queue_name": LONG_QUEUE if long else QUEUE,
            "workflow_id": _id(backlog, generation),
            "queue_partition_key": backlog,
            "app_version": VERSION,
        }
        if self._client is None:
            DBOS.enqueue_workflow_with_options(options, backlog, generation)
        else:
            self._client.enqueue_in_transaction(
                connection, options, backlog, generation
            )

    def holders(self) -> frozenset[str]:
        """Name the workers that have begun work and not ended it."""
        begun = DBOS.list_workflows(
            status="PENDING",
            app_version=VERSION,
            limit=MOST_RUNNING,
            load_input=False,
            load_output=False,
        )
        return frozenset(one.executor_id for one in begun if one.executor_id)

    def recover(self, workers: Collection[str]) -> int:
        """Queue again what dead workers have begun; count it.

        Any number of workers may do so at once: what has a new owner is left alone.
        """
        # Private, and the only way without the vendor's own service: pinned, tested.
        return len(DBOS._recover_pending_workflows(sorted(workers)))  # noqa: SLF001 - as said

    def forgotten(self) -> frozenset[str]:
        """Name the work that counts as begun by us, and that we do not run."""
        begun = DBOS.list_workflows(
            status="PENDING",
            executor_id=self.name,
            app_version=VERSION,
            limit=MOST_RUNNING,
            load_input=False,
            load_output=False,
        )
        return frozenset(one.workflow_id for one in begun) - _running

    def resume(self, work: Collection[str]) -> None:
        """Queue again work that counts as begun by us."""
        DBOS.resume_workflows(sorted(work), queue_name=QUEUE)

    def unfinished(self, work: Collection[Number]) -> frozenset[Number]:
        """Name those of these rescores that wait, or that somebody has begun."""
        named = {_id(*one): one for one in work}
        found = DBOS.list_workflows(
            workflow_ids=sorted(named),
            status=["ENQUEUED", "DELAYED", "PENDING"],
            load_input=False,
            load_output=False,
        )
        return frozenset(named[one.workflow_id] for one in found)

    def prune(self, *, now: datetime) -> int:
        """Forget finished work; count it."""
        count = 0
        while count < MOST_PRUNED:
            finished = DBOS.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED"],
                end_time=(now - KEEP_FINISHED).isoformat(),
                limit=PRUNED_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if finished:
                DBOS.delete_workflows([one.workflow_id for one in finished])
            count += len(finished)
            if len(finished) < PRUNED_AT_ONCE:
                break
        return count

    def close(self, *, seconds: int) -> None:
        """Stop; what runs gets this long to finish."""
        DBOS.destroy(workflow_completion_timeout_sec=seconds)
        if left := sorted(_running):
            _log.warning("left for whoever works next: %s", ", ".join(left))
            # It would say of each at length that its end cannot be noted any more.
            _ITS_LOG.disabled = True
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
