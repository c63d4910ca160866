"""Open the books: SQLite on one machine, PostgreSQL for many, by the same code."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session

from app.books.answering import Answering
from app.books.outage import outage
from app.errors import ConfigurationError

# One process: request threads, the worker's lanes, its engine and the receiver share
# these. docs/operating.md counts with them.
POOL_SIZE: Final = 10
POOL_OVERFLOW: Final = 5
POOL_WAIT_SECONDS: Final = 10
CONNECT_SECONDS: Final = 5
# A host that is gone says nothing more: the network is asked, and ten seconds given.
# What the URL says of these counts instead.
_NETWORK: Final = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
# A process that is frozen inside a transaction holds its locks no longer than this.
IDLE_SECONDS: Final = 60.0
BUSY_MILLISECONDS: Final = 5_000

_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",  # first: the next may have to wait
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Pages that many deliveries touch are copied back once for all of them. Whoever
    # commits as the log has 64 MB copies, and all wait: with a quarter of that, more
    # than one delivery in a hundred did, and a full receiver's p99 was twice as long.
    "PRAGMA wal_autocheckpoint = 16000",
)

# PostgreSQL's words for it: read_only_sql_transaction; and for a connection that it has
# ended itself: idle_in_transaction_session_timeout, transaction_timeout.
_OF_NO_USE: Final = frozenset({"25006", "25P03", "25P04"})


class Database:
    """An engine, and sessions that say beforehand whether they will write."""

    def __init__(self, url: str, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self.engine = open_engine(url, idle_seconds=idle_seconds)
        self._writers = self.engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one state of the books and changes nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that commits at the end, or takes all back on an error.

        On SQLite it holds the only writer's place from its first statement on, so
        what it has read is still so when it writes.
        """
        with Session(self._writers, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a connection that commits at the end; `writing` without the ORM."""
        with self._writers.begin() as connection:
            yield connection

    @contextmanager
    def alone(self, what: str) -> Iterator[bool]:
        """Tell whether nobody else does this now; so it stays until the block ends.

        On SQLite there is one worker, so the answer is always yes.
        """
        if self.engine.dialect.name == "sqlite":
            yield True
            return
        with self.engine.begin() as connection:
            # It waits idly for what is done, however long that takes.
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout=0"))
            lock = select(func.pg_try_advisory_xact_lock(func.hashtext(f"cd3 {what}")))
            yield bool(connection.scalar(lock))

    def answers(self) -> bool:
        """Ask the database for a sign of life; an error of its driver goes through."""
        with self.engine.connect() as connection:
            return bool(connection.scalar(text("SELECT 1")))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_engine(url: str, *, idle_seconds: float = IDLE_SECONDS) -> Engine:
    """Make the engine for a URL, or say what is wrong with it."""
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql+psycopg":
            return _postgres(parsed, idle_seconds)
        if parsed.drivername in {"sqlite", "sqlite+pysqlite"} and parsed.database:
            return _sqlite(parsed)
    except (ArgumentError, NoSuchModuleError) as error:
        raise _unknown_url() from error
    raise _unknown_url()


def _unknown_url() -> ConfigurationError:
    # The URL is not repeated: it may hold a password.
    return ConfigurationError(
        "CD3_DATABASE_URL names no database that CD3 can use.",
        hint="Use sqlite:///path/to/cd3.db or postgresql+psycopg://user@host/name.",
    )


def _postgres(url: URL, idle_seconds: float) -> Engine:
    idle = f"idle_in_transaction_session_timeout={round(idle_seconds * 1_000)}"
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            **{
                name: given for name, given in _NETWORK.items() if name not in url.query
            },
            "application_name": "cd3",
            "options": f"-c synchronous_commit=on -c {idle}",
        },
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "connect", _be_there)
    event.listen(engine, "handle_error", _look_elsewhere)
    return engine


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_SECONDS,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _distrust)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    # Python's driver would begin transactions by itself, and only at the first write.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _distrust(context: ExceptionContext) -> None:
    """Open the file anew after its disk failed or was full; nothing is taken for kept.

    What a failed sync left behind nobody knows: a new connection reads it again.
    """
    code = getattr(context.original_exception, "sqlite_errorcode", 0)
    if code & 0xFF in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}:
        context.is_disconnect = True


def _connect(
    _dialect: object, _record: object, words: Any, names: dict[str, Any]
) -> Answering:
    return Answering.connect(*words, **names)


def _be_there(_connection: object, _record: object) -> None:
    outage.over()


def _look_elsewhere(context: ExceptionContext) -> None:
    """Connect anew where a server answers that may not write any more.

    After a failover it is the former primary: its connections stay, and each question
    is answered. Which server is asked next is up to the URL.
    """
    if getattr(context.original_exception, "sqlstate", None) in _OF_NO_USE:
        context.is_disconnect = True


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrations_folder() -> Path:
    """Find the migrations: inside the installed wheel, else at the checkout's top."""
    app = Path(__file__).parents[1]
    installed = app / "migrations"
    return installed if installed.is_dir() else app.parent / "alembic"


def migrations_config() -> Config:
    """Make the configuration that Alembic's commands ask for."""
    config = Config()
    folder = str(migrations_folder()).replace("%", "%%")  # it interpolates
    config.set_main_option("script_location", folder)
    return config
