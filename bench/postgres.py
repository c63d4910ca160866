"""A throw-away database on whichever PostgreSQL there is, or on one started for it.

`CD3_TEST_POSTGRES` may name a server (postgresql+psycopg://user@host:port/postgres).
Without it the one on 127.0.0.1:5432 is asked; where none answers, one is started from
the binaries on this machine.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy.engine import URL, make_url

START_SECONDS: Final = 60
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
    binaries = sorted(BINARIES.glob("*/bin/initdb"))
    if not binaries:
        raise NoPostgresError("no PostgreSQL answers, and none is installed")
    folder = Path(tempfile.mkdtemp(prefix="cd3-postgres-"))
    try:
        with _started(binaries[-1].parent, folder) as url:
            yield url
    finally:
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
        with psycopg.connect(_plain(url), connect_timeout=3) as connection:
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


@contextmanager
def _started(binaries: Path, folder: Path) -> Iterator[URL]:
    """Run a server in a folder; PostgreSQL refuses to be run by root."""
    user = None
    if os.geteuid() == 0:
        user = next(u.pw_name for u in pwd.getpwall() if u.pw_name in _UNPRIVILEGED)
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(  # noqa: S603 - PostgreSQL's own commands
            command,
            check=True,
            user=user,
            cwd=folder,
            timeout=START_SECONDS,
            stdout=subprocess.DEVNULL,
        )

    initdb, pg_ctl = str(binaries / "initdb"), str(binaries / "pg_ctl")
    run(initdb, "-D", str(data), "-U", "cd3", "-A", "trust", "-E", "UTF8", "-N")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"
    log = str(folder / "log")
    run(pg_ctl, "-D", str(data), "-l", log, "-o", options, "-w", "start")
    try:
        yield make_url(f"postgresql+psycopg://cd3@127.0.0.1:{port}/postgres")
    finally:
        run(pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop")
