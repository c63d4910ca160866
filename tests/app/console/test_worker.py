"""Workers start, count, start again and end by the commands that operators use."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.books.database import Database
from app.books.migrating import migrate
from connectors.sandbox.serving import free_port
from tests.postgres import postgres_server, postgres_url
from tests.world import wait_for

__all__ = ["postgres_server", "postgres_url"]

CD3 = Path(sys.executable).with_name("cd3")


@contextmanager
def running(
    *words: str, folder: Path, **settings: str
) -> Iterator["subprocess.Popen[bytes]"]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("CD3_")}
    with subprocess.Popen(  # noqa: S603 - our own command
        [str(CD3), *words],
        cwd=folder,
        env={**plain, **settings},
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def settings(postgres_url: str) -> dict[str, str]:
    database = Database(postgres_url)
    migrate(database)
    database.close()
    return {
        "CD3_DATABASE_URL": postgres_url,
        "CD3_SECRET_KEY": "a secret key of more than 32 characters",
        "CD3_PORT": str(free_port()),
        "CD3_LOG_LEVEL": "warning",
    }


def alive(settings: dict[str, str]) -> int:
    """Read from the figures how many workers there are."""
    try:
        url = f"http://127.0.0.1:{settings['CD3_PORT']}/metrics"
        text = httpx.get(url, trust_env=False).text
    except httpx.TransportError:
        return -1
    found = re.search(r"^cd3_workers_alive (\d+)", text, re.MULTILINE)
    return int(found[1]) if found else -1


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    told = subprocess.run(  # noqa: S603 - as below
        ["ps", "-o", "pid=", "--ppid", str(process.pid)],  # noqa: S607 - on any path
        check=False,
        capture_output=True,
        text=True,
    )
    return [int(pid) for pid in told.stdout.split()]


@pytest.mark.postgres
def test_serve_keeps_its_workers_and_takes_them_with_it(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with running("serve", "--workers", "2", folder=tmp_path, **settings) as service:
        wait_for(lambda: alive(settings) == 2, seconds=60)
        first = children(service)
        os.kill(first[0], signal.SIGKILL)
        # Long before its lease of a minute is over it counts no more.
        wait_for(lambda: alive(settings) == 1, seconds=20)
        wait_for(lambda: alive(settings) == 2, seconds=60)
        left = children(service)
        assert len(left) == 2
        assert first[0] not in left
        service.terminate()
        service.wait(40)
        wait_for(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in left), seconds=10
        )


@pytest.mark.postgres
def test_a_worker_ends_in_good_order(tmp_path: Path, settings: dict[str, str]) -> None:
    with running("worker", "--name", "left", folder=tmp_path, **settings) as worker:
        assert worker.stderr is not None
        said = worker.stderr.readline()
        assert re.match(rb"cd3: left-[0-9a-f]{8} works", said)
        worker.terminate()
        assert worker.wait(40) == 0


def test_sqlite_bears_one_worker(tmp_path: Path) -> None:
    with running("serve", "--workers", "2", folder=tmp_path) as service:
        assert service.stderr is not None
        assert b"SQLite bears one worker, not 2." in service.stderr.read()
        assert service.wait(20) == 3
