"""Look at what is ours: database, secrets, room on the disk, what waits."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.books.database import Database
from app.books.received import ReceivedDeliveries
from app.books.schema import schema_amiss
from app.books.sites import Sites
from app.books.tables import MarkRow
from app.checks.finding import Finding
from app.errors import SecretsError

ON: Final = "service"
LEAST_ROOM: Final = 500 * 1024 * 1024
LATE: Final = timedelta(minutes=5)
MOST_SITES: Final = 1_000


@dataclass(frozen=True, slots=True)
class OwnChecks:
    """The checks that ask nobody outside."""

    database: Database
    sites: Sites

    def look(self, now: datetime) -> Iterator[Finding]:
        """Go through them; without a database there is no more to see."""
        try:
            found = list(self._database())
            yield from found
        except SQLAlchemyError as error:
            yield Finding(
                "database",
                ON,
                "fail",
                f"the database does not answer or cannot be written: {_plain(error)}",
                "nothing is received and nothing is ranked",
                "look at CD3_DATABASE_URL, and whether its server and disk are well",
                "unreachable",
            )
            return
        if any(one.cause for one in found):
            return
        yield self._versions()
        yield from self._room()
        yield from self._secrets()
        yield from self._waiting(now)

    def _database(self) -> Iterator[Finding]:
        kind = self.database.engine.dialect.name
        if amiss := schema_amiss(self.database):
            yield Finding(
                "database.schema",
                ON,
                "fail",
                f"the {amiss.what}",
                "the service does not start on it",
                amiss.mend,
                "configuration",
            )
            return
        with self.database.transaction() as connection:
            connection.execute(
                text("UPDATE alembic_version SET version_num = version_num")
            )
            told = "PRAGMA synchronous" if kind == "sqlite" else "SHOW fsync"
            durable = str(connection.exec_driver_sql(told).scalar())
            mode = (
                str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
                if kind == "sqlite"
                else "wal"
            )
        yield judge_durability(kind, mode, durable)

    def _versions(self) -> Finding:
        """Tell the versions that whoever helps asks for first."""
        kind = self.database.engine.dialect.name
        asks = "SELECT sqlite_version()" if kind == "sqlite" else "SHOW server_version"
        with self.database.engine.connect() as connection:
            books = connection.exec_driver_sql(asks).scalar()
        python = platform.python_version()
        told = f"cd3 {version('cd3')}, {kind} {books}, Python {python}"
        return Finding("versions", ON, "ok", f"{told}, dbos {version('dbos')}")

    def _room(self) -> Iterator[Finding]:
        file = self.database.engine.url.database
        if self.database.engine.dialect.name == "sqlite" and file:
            yield judge_room(shutil.disk_usage(Path(file).resolve().parent).free)

    def _secrets(self) -> Iterator[Finding]:
        with self.database.reading() as session:
            found = self.sites.list(session, limit=MOST_SITES)
            for site in found:
                try:
                    self.sites.secrets(session, site.id)
                except SecretsError as error:
                    yield Finding(
                        "secret_key",
                        f"sites/{site.id}",
                        "fail",
                        str(error),
                        "nobody can sign in there",
                        error.hint,
                        "configuration",
                    )
                    return
        yield Finding("secret_key", ON, "ok", f"it opens the secrets of {len(found)}")

    def _waiting(self, now: datetime) -> Iterator[Finding]:
        received = ReceivedDeliveries()
        with self.database.reading() as session:
            inbox = received.backlogged(session)
            dead = sum(received.count_dead(session).values())
            late = session.scalars(
                select(func.count(MarkRow.backlog_id)).where(
                    MarkRow.due_at <= now - LATE,
                    or_(
                        MarkRow.dispatched.is_(False),
                        MarkRow.dispatched_at <= now - LATE,
                    ),
                )
            ).one()
        age = now - inbox.oldest if inbox.oldest else timedelta(0)
        yield judge_inbox(inbox.pending, age)
        yield judge_late(late)
        yield judge_dead(dead)


def judge_durability(kind: str, mode: str, durable: str) -> Finding:
    """Say whether what we answered with 202 outlives a power cut."""
    good = (mode, durable) in {("wal", "2"), ("wal", "on")}
    told = f"{kind} answers and can be written, {mode}, synchronous {durable}"
    if good:
        return Finding("database", ON, "ok", told)
    return Finding(
        "database",
        ON,
        "warn",
        told,
        "a power cut may lose deliveries that Jira was told are safe",
        "use a local disk for SQLite; leave fsync on for PostgreSQL",
    )


def judge_room(free: int) -> Finding:
    """Say whether the disk has room left."""
    told = f"{free // 1024**2:,} MB are free where the database is"
    if free >= LEAST_ROOM:
        return Finding("disk", ON, "ok", told)
    why = "a full disk takes no delivery; Jira repeats for a while, then gives up"
    return Finding("disk", ON, "fail", told, why, "make room, 500 MB at least")


def judge_inbox(pending: int, age: timedelta) -> Finding:
    """Say whether somebody reads what comes in."""
    told = f"{pending} deliveries wait, the oldest for {age // timedelta(seconds=1)} s"
    if age < timedelta(minutes=1):
        return Finding("inbox", ON, "ok", told)
    why = "nobody reads them: no worker runs, or it cannot keep up"
    return Finding("inbox", ON, "fail", told, why, "start one: cd3 worker")


def judge_late(late: int) -> Finding:
    """Say whether what is due is worked off."""
    if not late:
        return Finding("queue", ON, "ok", "no backlog that is due waits for a worker")
    return Finding(
        "queue",
        ON,
        "fail",
        f"{late} backlogs have been due for more than 5 minutes",
        "orders and pages are old",
        "see that a worker runs (cd3_workers_alive on /metrics), and what it logs",
    )


def judge_dead(dead: int) -> Finding:
    """Say whether deliveries lie there that could not be worked off."""
    if not dead:
        return Finding("dead_letters", ON, "ok", "there are none")
    why = "each may hold a change that no order knows of"
    told = f"{dead} deliveries could not be worked off"
    return Finding("dead_letters", ON, "warn", told, why, "see: cd3 dead-letters list")


def _plain(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", "") or error).splitlines()[0][:200]
