"""However the receiver ends, whoever was told 202 is in the store."""

import os
import random
import time
from functools import partial
from pathlib import Path

import pytest

from bench.intake import fill
from tests.app.books.dying_receiver import POINTS
from tests.gates import PATIENCE, gate
from tests.receiving import (
    PYTHON,
    TRACEBACK,
    assert_kept,
    named,
    send_all,
    service,
    stored,
    under_load,
)
from tests.world import wait_for

CONNECTIONS = 10
RANDOM_KILLS = int(os.environ.get("CD3_TEST_KILLS", "2"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give books with one site, which a receiver may be started on."""
    url = f"sqlite:///{tmp_path / 'cd3.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    fill(url)
    return url


def test_r1_killed_at_each_point_it_loses_nothing_it_acknowledged(
    store: str, tmp_path: Path
) -> None:
    with service(tmp_path, store) as one:
        for point in POINTS:
            before = set(stored(store))
            times = "100" if point == "after_verify" else "5"
            one.start(PYTHON, "-m", "tests.app.books.dying_receiver", point, times)
            with under_load(one.port, point, connections=CONNECTIONS) as heard:
                one.process.wait(60 * PATIENCE)
            assert one.process.returncode == -9
            assert heard.acked
            assert_kept(store, heard)
            unacked = set(stored(store)) - before - set(heard.acked)
            assert len(unacked) <= CONNECTIONS
            # It truly died where it was to: what it stored last was never answered.
            assert unacked or point != "after_commit_before_response"


def test_r1_killed_at_random_it_loses_nothing_it_acknowledged(
    store: str, tmp_path: Path
) -> None:
    dice = random.Random(19)  # noqa: S311 - the same at each run
    with service(tmp_path, store) as one:
        for number in range(RANDOM_KILLS):
            with under_load(one.port, f"kill{number}") as heard:
                began = time.monotonic()
                one.begin()
                wait_for(partial(bool, heard.acked), seconds=30)
                assert time.monotonic() - began <= gate(3, loosely=100)
                time.sleep(dice.uniform(0, 1))
                one.kill()
            assert_kept(store, heard)


def test_r2_told_to_end_it_answers_whom_it_has_heard(
    store: str, tmp_path: Path
) -> None:
    with service(tmp_path, store) as one:
        one.start()
        with under_load(one.port, "ending") as heard:
            wait_for(lambda: len(heard.acked) > 100, seconds=20)
            began = time.monotonic()
            assert one.stop() == 0
            assert time.monotonic() - began < gate(15, loosely=100)
        assert_kept(store, heard)
        assert set(heard.statuses) == {202}
        assert set(stored(store)) == set(heard.acked)
        assert TRACEBACK not in one.said()
        # And the next one goes on.
        one.start()
        again = send_all(one.port, named("again", 50))
        assert again.statuses == {202: 50}
