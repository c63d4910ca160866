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
from app.opening import worker_command
from connectors.sandbox.serving import free_port
from tests.gates import PATIENCE
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
        text = httpx.get(url, trust_env=False, timeout=60).text
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
        service.wait(40 * PATIENCE)
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
        assert worker.wait(40 * PATIENCE) == 0


def test_a_worker_shows_its_figures_where_told(tmp_path: Path) -> None:
    books = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
    migrate(books)
    books.close()
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"

    def shown() -> str:
        try:
            return httpx.get(url, trust_env=False, timeout=60).text
        except httpx.TransportError:
            return ""

    words = ("worker", "--metrics-port", str(port))
    with running(*words, folder=tmp_path) as worker:
        wait_for(shown, seconds=30)
        assert "cd3_jira_requests_total" in shown()
        # SQLite bears one worker: the second is at another book.
        other = tmp_path / "other"
        other.mkdir()
        books = Database(f"sqlite:///{other / 'cd3.db'}")
        migrate(books)
        books.close()
        with running("worker", folder=other, CD3_WORKER_METRICS_PORT=str(port)) as two:
            assert two.stderr is not None
            told = two.stderr.read()
            assert two.wait(20 * PATIENCE) == 3
        assert f"cannot be shown at 127.0.0.1:{port}".encode() in told
        assert b"Traceback" not in told
        worker.terminate()
        assert worker.wait(40 * PATIENCE) == 0
    assert shown() == ""


def test_each_of_several_workers_has_a_port_of_its_own() -> None:
    for first, ports in ((9_400, ["9400", "9401"]), (None, ["0", "0"])):
        commands = [worker_command(first, n, f"worker-{n}") for n in (1, 2)]
        assert [one[one.index("--metrics-port") + 1] for one in commands] == ports


def test_sqlite_bears_one_worker(tmp_path: Path) -> None:
    with running("serve", "--workers", "2", folder=tmp_path) as service:
        assert service.stderr is not None
        assert b"SQLite bears one worker, not 2." in service.stderr.read()
        assert service.wait(20 * PATIENCE) == 3
