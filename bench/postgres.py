"""A throw-away database on whichever PostgreSQL there is, or on one started for it.

`CD3_TEST_POSTGRES` may name a server (postgresql+psycopg://user@host:port/postgres).
Without it the one on 127.0.0.1:5432 is asked; where none answers, one is started from
the binaries on this machine.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import psycopg
from sqlalchemy.engine import URL, make_url

from connectors.sandbox.serving import free_port

START_SECONDS: Final = 300
BINARIES: Final = Path("/usr/lib/postgresql")
_UNPRIVILEGED: Final = ("postgres", "nobody")


class NoPostgresError(Exception):
    """No server answers, and none is installed to be started."""


@contextmanager
def any_server() -> Iterator[URL]:
    """Find a server or start one, which ends with the block.

    Raises NoPostgresError where there is none.
    """
    running = next((url for url in _known() if _answers(url)), None)
    if running is not None:
        yield running
        return
    with own_server() as server:
        yield server.url


@contextmanager
def own_server(*settings: str) -> Iterator["OwnServer"]:
    """Start a server, which ends with the block; `settings` as `name=value`.

    Raises NoPostgresError where none is installed.
    """
    binaries = sorted(BINARIES.glob("*/bin/initdb"))
    if not binaries:
        raise NoPostgresError("no PostgreSQL answers, and none is installed")
    folder = Path(tempfile.mkdtemp(prefix="cd3-postgres-"))
    server = OwnServer(binaries[-1].parent, folder, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: URL) -> Iterator[str]:
    """Make an empty database, and drop it in the end."""
    name = f"cd3_test_{secrets.token_hex(6)}"
    _execute(server, f'CREATE DATABASE "{name}"')
    try:
        url = server.set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _known() -> Iterator[URL]:
    if given := os.environ.get("CD3_TEST_POSTGRES"):
        yield make_url(given)
        return
    for user in ("root", "postgres"):
        yield make_url(f"postgresql+psycopg://{user}@127.0.0.1:5432/postgres")


def _answers(url: URL) -> bool:
    try:
        with psycopg.connect(_plain(url), connect_timeout=10) as connection:
            may = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles"
                " WHERE rolname = current_user"
            ).fetchone()
    except psycopg.OperationalError:
        return False
    return may == (True,)


def _plain(url: URL) -> str:
    plain = url.set(drivername="postgresql")
    return plain.render_as_string(hide_password=False)


def _execute(server: URL, statement: str) -> None:
    with psycopg.connect(_plain(server), autocommit=True) as connection:
        connection.execute(statement.encode())


class OwnServer:
    """A server in a folder; PostgreSQL refuses to be run by root."""

    def __init__(self, binaries: Path, folder: Path, settings: Sequence[str]) -> None:
        self._folder = folder
        self._pg_ctl = str(binaries / "pg_ctl")
        self._data = str(folder / "data")
        self._user = None
        if os.geteuid() == 0:
            users = [user.pw_name for user in pwd.getpwall()]
            self._user = next(user for user in _UNPRIVILEGED if user in users)
            shutil.chown(folder, self._user)
        port = free_port()
        more = " ".join(f"-c {one}" for one in settings)
        self._options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} {more}"
        self.url = make_url(f"postgresql+psycopg://cd3@127.0.0.1:{port}/postgres")
        how = ("-U", "cd3", "-A", "trust", "-E", "UTF8", "-N")
        self._run(str(binaries / "initdb"), "-D", self._data, *how)

    def start(self) -> None:
        """Start it, also after a crash."""
        log = str(self._folder / "log")
        self._control("start", "-l", log, "-o", self._options)

    def stop(self, how: Literal["fast", "immediate"] = "immediate") -> None:
        """Stop it as a crash would: what is not in its log is lost; or in good order.

        Either way nobody who is connected is waited for.
        """
        if Path(self._data, "postmaster.pid").exists():
            self._control("stop", "-m", how)

    def _control(self, word: str, *more: str) -> None:
        wait = ("-w", "-t", str(START_SECONDS))
        self._run(self._pg_ctl, "-D", self._data, *wait, *more, word)

    def _run(self, *command: str) -> None:
        subprocess.run(  # noqa: S603 - PostgreSQL's own commands
            command,
            check=True,
            user=self._user,
            cwd=self._folder,
            timeout=START_SECONDS,
            stdout=subprocess.DEVNULL,
        )
