"""The engine keeps its promises: once queued, to the end, one at a time a backlog."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

from app.books.database import Database, migrations_config
from app.books.migrating import migrate
from app.work.engine import engine_url
from tests.app.work.engine_process import LEASE
from tests.gates import PATIENCE
from tests.starting import Started

Start = Callable[..., Started]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        found = f"sqlite:///{tmp_path / 'cd3.db'}"
    else:
        found = request.getfixturevalue("postgres_url")
    database = Database(found)
    migrate(database)
    database.close()
    return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def start(url: str, log: Path) -> Iterator[Start]:
    running: list[Started] = []

    def run(seconds: float | Path, *queue: str) -> Started:
        # On SQLite always the same name, on PostgreSQL another one at each start.
        name = "cd3" if url.startswith("sqlite") else f"worker-{len(running)}"
        process = Started(
            [
                sys.executable,
                "-m",
                "tests.app.work.engine_process",
                url,
                name,
                str(log),
                str(seconds),
                *queue,
            ],
            told=True,
            says=(None, log.with_name("said")),
        )
        running.append(process)
        return process

    yield run
    for process in running:
        end(process)


def end(process: Started) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(15 * PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize(
    "url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def wait_for(log: Path, line: str, *, count: int = 1, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds * PATIENCE
    while lines(log).count(line) < count:
        assert time.monotonic() < deadline, f"no «{line}» in {lines(log)}"
        time.sleep(0.02)


def test_the_same_numbers_run_once_and_are_forgotten_in_time(
    start: Start, log: Path
) -> None:
    process = start(0, "one:1", "one:1", "one:2")
    wait_for(log, "end one 2")
    assert lines(log).count("begin one 1") == 1
    end(process)
    assert "pruned 2" in lines(log)


def test_it_tells_what_has_not_ended_yet(start: Start, log: Path) -> None:
    process = start(0, "one:1", "one:2")
    wait_for(log, "begin one 2")  # so the first has ended for the engine as well
    end(process)
    process = start(60, "two:1", "two:2")
    wait_for(log, "begin two 1")
    end(process)
    first, last = [line for line in lines(log) if line.startswith("unfinished")]
    assert "('one', 1)" not in first
    assert last == "unfinished [('two', 1), ('two', 2)]"


def test_one_backlog_at_a_time_and_backlogs_side_by_side(
    start: Start, log: Path, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    start(go_on, "one:1", "one:2", "two:1")
    wait_for(log, "begin one 1")
    wait_for(log, "begin two 1")  # though the first has not ended
    wait_for(log, "ready")
    go_on.touch()
    wait_for(log, "end one 2")
    wait_for(log, "end two 1")
    mine = [line for line in lines(log) if " one " in line]
    assert mine == ["begin one 1", "end one 1", "begin one 2", "end one 2"]


def test_work_that_a_kill_cut_short_is_done_after_the_restart(
    start: Start, log: Path
) -> None:
    first = start(60, "one:1", "one:2")
    wait_for(log, "begin one 1")
    first.send_signal(signal.SIGKILL)
    first.wait()
    start(0)
    wait_for(log, "end one 1")
    wait_for(log, "end one 2")
    assert lines(log).count("begin one 1") == 2  # the errand must bear that


def test_what_does_not_end_in_time_is_left_without_a_fuss_and_begun_anew(
    start: Start, log: Path
) -> None:
    first = start(60, "one:1")
    wait_for(log, "begin one 1")
    end(first)
    assert first.returncode == 0
    said = log.with_name("said").read_text()
    assert "left for whoever works next: rescore:one:1" in said
    assert "Traceback" not in said
    start(0)
    wait_for(log, "end one 1")


@ON_POSTGRES
def test_what_is_queued_is_part_of_our_transaction(
    start: Start, log: Path, url: str
) -> None:
    start(0, "one:1!", "one:2")
    wait_for(log, "end one 2")
    assert lines(log)[:1] == ["took back one:1!"]
    assert "begin one 1" not in lines(log)
    database = Database(url)
    with database.transaction() as connection:
        # Its tables are there, and migrations see nothing of them.
        assert "workflow_status" in inspect(connection).get_table_names("dbos")
        assert "workflow_status" not in inspect(connection).get_table_names()
        config = migrations_config()
        config.attributes["connection"] = connection
        command.check(config)
    database.close()


@ON_POSTGRES
def test_a_living_worker_takes_over_what_one_left_that_never_comes_back(
    start: Start, log: Path
) -> None:
    first = start(60, "one:1", "one:2")
    wait_for(log, "begin one 1")
    start(0)
    wait_for(log, "ready", count=2)
    time.sleep(LEASE.total_seconds() + 0.5)  # who beats is left alone
    assert lines(log).count("begin one 1") == 1
    first.send_signal(signal.SIGKILL)
    first.wait()
    wait_for(log, "end one 1")
    wait_for(log, "end one 2")
    assert lines(log).count("begin one 1") == 2


@ON_POSTGRES
def test_db2_what_nobody_told_a_living_worker_of_is_begun_after_a_lease(
    start: Start, log: Path
) -> None:
    begun = time.monotonic()
    start(0, "one:1?", "one:2")
    wait_for(log, "end one 2")
    # Not before, for it may be about to begin.
    assert time.monotonic() - begun > LEASE.total_seconds()
    assert lines(log).count("begin one 1") == 1
    assert lines(log).index("end one 1") < lines(log).index("begin one 2")


@ON_POSTGRES
def test_what_runs_for_longer_than_a_lease_is_not_begun_again(
    start: Start, log: Path
) -> None:
    start(2 + LEASE.total_seconds(), "one:1")
    wait_for(log, "end one 1")
    assert lines(log).count("begin one 1") == 1


@ON_SQLITE
def test_its_file_writes_ahead(start: Start, log: Path, url: str) -> None:
    start(0, "one:1")
    wait_for(log, "end one 1")
    connection = sqlite3.connect(engine_url(url).removeprefix("sqlite:///"))
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.parametrize(
    ("ours", "engines"),
    [
        ("sqlite:///cd3.db", "sqlite:///cd3-engine.db"),
        ("sqlite:////data/books.sqlite", "sqlite:////data/books-engine.sqlite"),
        ("postgresql+psycopg://u@h/cd3", "postgresql+psycopg://u@h/cd3"),
    ],
)
def test_the_engine_has_a_file_of_its_own_on_sqlite(ours: str, engines: str) -> None:
    assert engine_url(ours) == engines
