"""The engine keeps its promises: once queued, to the end, one at a time a backlog."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.work.engine import engine_url

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def start(tmp_path: Path, log: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def run(seconds: float, *queue: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(  # noqa: S603 - our own module
            [
                sys.executable,
                "-m",
                "tests.app.work.engine_process",
                f"sqlite:///{tmp_path / 'engine.db'}",
                str(log),
                str(seconds),
                *queue,
            ],
            stdin=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def wait_for(log: Path, line: str, *, count: int = 1, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while lines(log).count(line) < count:
        assert time.monotonic() < deadline, f"no «{line}» in {lines(log)}"
        time.sleep(0.02)


def test_the_same_numbers_run_once(start: Start, log: Path) -> None:
    start(0, "one:1", "one:1", "one:2")
    wait_for(log, "end one 2")
    assert lines(log).count("begin one 1") == 1


def test_one_backlog_at_a_time_and_backlogs_side_by_side(
    start: Start, log: Path
) -> None:
    start(0.5, "one:1", "one:2", "two:1")
    wait_for(log, "end one 2")
    wait_for(log, "end two 1")
    seen = [line for line in lines(log) if line != "ready"]
    mine = [line for line in seen if " one " in line]
    assert mine == ["begin one 1", "end one 1", "begin one 2", "end one 2"]
    assert seen.index("begin two 1") < seen.index("end one 1")


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
