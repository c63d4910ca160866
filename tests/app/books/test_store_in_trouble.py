"""Where the disk fails or is full or the file locked: 503, and nothing falsely told."""

import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from bench.disk import NoCompilerError, disk
from bench.intake import fill
from tests.gates import gate
from tests.receiving import Service, assert_kept, named, send_all, service, under_load
from tests.starting import CD3
from tests.world import wait_for


def is_whole(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def refused(one: Service, name: str) -> bool:
    return set(send_all(one.port, named(name, 3), connections=3).statuses) == {503}


def accepted(one: Service, name: str) -> bool:
    return set(send_all(one.port, named(name, 3), connections=3).statuses) == {202}


def more(acked: list[str], than: int) -> bool:
    return len(acked) > than


@contextmanager
def small_disk(
    folder: Path,
) -> Iterator[tuple[Path, Callable[[int], None], Callable[[int], None]]]:
    """Give a place of 8 MB, and what makes it small and large for a process.

    A file system of its own where we may mount one, else a limit on files.
    """
    place = folder / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(place)]
    mounted = os.geteuid() == 0 and not subprocess.run(mount, check=False).returncode  # noqa: S603 - our own folder

    def grow(pid: int) -> None:
        if mounted:
            more = ["mount", "-o", "remount,size=64m", str(place)]
            subprocess.run(more, check=True)  # noqa: S603 - our own folder
        else:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (-1, -1))

    def shrink(pid: int) -> None:
        if not mounted:
            limit = (8 * 1024 * 1024, resource.RLIM_INFINITY)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)

    try:
        yield place, shrink, grow
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S603, S607


def test_r3_a_full_disk_is_a_503_until_there_is_room_again(tmp_path: Path) -> None:
    with small_disk(tmp_path) as (place, shrink, grow):
        url = f"sqlite:///{place / 'cd3.db'}"
        fill(url)
        with service(tmp_path, url) as one:
            one.start()
            shrink(one.process.pid)
            until_full = send_all(one.port, named("full", 3_000, size=16_384))
            assert until_full.statuses[503]
            assert set(until_full.statuses) <= {202, 503}
            assert until_full.retry_after == {"60"}
            assert one.ready() == 503
            assert_kept(url, until_full)
            grow(one.process.pid)
            wait_for(lambda: accepted(one, f"after{time.monotonic()}"), seconds=10)
            assert one.ready() == 200
        assert_kept(url, until_full)
        assert is_whole(place / "cd3.db")


@pytest.mark.compiler
def test_r4_a_sync_that_fails_is_no_202(tmp_path: Path) -> None:
    fails = tmp_path / "fails"
    url = f"sqlite:///{tmp_path / 'cd3.db'}"
    fill(url)
    try:
        environment = disk(tmp_path, fails_while=fails)
    except NoCompilerError as error:
        pytest.skip(str(error))
    with service(tmp_path, url, **environment) as one:
        one.start()
        with under_load(one.port, "eio", connections=10) as heard:
            for _ in range(3):
                known = len(heard.acked)
                wait_for(partial(more, heard.acked, known), seconds=20)
                fails.touch()
                wait_for(lambda: refused(one, f"eio{time.monotonic()}"), seconds=10)
                wait_for(lambda: heard.retry_after, seconds=10)
                assert one.ready() == 503
                fails.unlink()
                wait_for(lambda: accepted(one, f"ok{time.monotonic()}"), seconds=10)
            one.kill()
        assert heard.retry_after == {"60"}
        assert_kept(url, heard)
        assert is_whole(tmp_path / "cd3.db")


def test_r5_a_locked_store_makes_nobody_wait_long_and_nothing_pile_up(
    tmp_path: Path,
) -> None:
    file = tmp_path / "cd3.db"
    url = f"sqlite:///{file}"
    fill(url)
    with service(tmp_path, url) as one:
        one.start()
        assert accepted(one, "before")
        threads = one.threads()
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with under_load(one.port, "locked", connections=30) as heard:
                counted = [0]
                until = time.monotonic() + 7

                def all_refused() -> bool:
                    counted.append(one.threads())
                    return time.monotonic() > until and heard.statuses[503] >= 30

                wait_for(all_refused, seconds=20)
                other.execute("ROLLBACK")
                wait_for(lambda: heard.acked, seconds=20)
        assert heard.retry_after == {"60"}
        # Five seconds of patience, also for those behind the first, and some slack.
        assert max(heard.seconds) < gate(6.5, loosely=30)
        assert max(counted) <= threads + 2
        assert_kept(url, heard)


def test_db5_two_processes_on_one_file_never_tell_that_it_is_locked(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'cd3.db'}"
    fill(url)
    seconds = float(os.environ.get("CD3_TEST_SOAK_SECONDS", "4"))
    with service(tmp_path, url) as one, service(tmp_path, url) as worker:
        one.start()
        worker.begin(str(CD3), "worker")
        heard = send_all(
            one.port, named("db5", int(100 * seconds)), connections=10, per_second=100
        )
        wait_for(
            lambda: one.figures().get('cd3_deliveries{state="new"}', 0) == 0, seconds=60
        )
        assert worker.process.poll() is None
        assert heard.statuses == {202: int(100 * seconds)}
        assert_kept(url, heard)
        assert "is locked" not in one.said() + worker.said()
