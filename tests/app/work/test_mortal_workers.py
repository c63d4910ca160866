"""Whenever a worker dies or freezes, what was accepted is done, once and not stale."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from app.demo.setting_up import Admin
from connectors.sandbox.sample import sample_mapping
from tests.app.work.worker_process import POINTS
from tests.postgres import new_database, postgres_server
from tests.world import World, wait_for, world

__all__ = ["postgres_server"]

EDITED = ("HARB-52", "HARB-45")
SCORE = sample_mapping()["outputs"]["score"]
LEASE = 3.0
RANDOM_KILLS = int(os.environ.get("CD3_TEST_KILLS", "2"))


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: URL
) -> Iterator[World]:
    """Two workers on PostgreSQL beside a service that does no work."""
    with (
        new_database(postgres_server) as url,
        world(
            tmp_path_factory.mktemp("mortal"),
            workers=("left", "right"),
            CD3_DATABASE_URL=url,
            CD3_SECRET_KEY="a secret key of more than 32 characters",
            CD3_LEASE_SECONDS=str(LEASE),
            CD3_DEBOUNCE_SECONDS="0.2",
        ) as made,
    ):
        yield made


def history(place: World) -> list[tuple[float, str, str]]:
    """Tell what the workers did, those that note it: when, who, what."""
    file = place.folder / "history"
    lines = file.read_text().splitlines() if file.exists() else []
    told = [line.split(" ", 2) for line in lines]
    return [(float(at), who, what) for at, who, what in told]


def count(place: World, what: str) -> int:
    return sum(1 for _, _, told in history(place) if told.startswith(what))


def endings(place: World, worker: str) -> int:
    return sum(
        1 for _, who, what in history(place) if who == worker and what[:3] == "end"
    )


def overlaps(place: World) -> list[str]:
    """Find runs of one backlog that began before the one before was over."""
    running: dict[str, str] = {}
    found = []
    for at, who, what in history(place):
        word, _, rest = what.partition(" ")
        backlog = rest.partition(" ")[0]
        if word == "begin":
            if backlog in running and running[backlog] != who:
                found.append(f"{at} {who} {what} while {running[backlog]} ran")
            running[backlog] = who
        elif word == "end" and running.get(backlog) == who:
            del running[backlog]
        elif word in {"kill", "freeze"}:
            running = {b: w for b, w in running.items() if w != who}
    return found


def searches(place: World) -> int:
    return sum(1 for one in place.requests() if "/search" in one["path"])


def alive(place: World) -> list[str]:
    return [name for name, one in place.workers.items() if one.poll() is None]


def both_again(place: World) -> None:
    """Have both workers work, whoever died."""
    ready = count(place, "ready")
    dead = [name for name in ("left", "right") if name not in alive(place)]
    for name in dead:
        place.hire(name)
    wait_for(lambda: count(place, "ready") == ready + len(dead), seconds=60)


def edit(place: World, cost: float) -> None:
    for number, key in enumerate(EDITED):
        place.edit(key, cost + number)


def score(place: World, key: str) -> float:
    answer = place.person.get(f"/rest/api/3/issue/{key}", params={"fields": SCORE})
    return float(answer.raise_for_status().json()["fields"][SCORE])


def assert_converged(place: World) -> None:
    """See that all is worked off, and that one more rescore finds nothing to write."""
    wait_for(place.is_quiet, seconds=60)
    place.person.post("/sandbox/requests/reset")
    ends = count(place, "end")
    with httpx.Client(headers={"Authorization": f"Bearer {place.key}"}) as client:
        path = f"{place.service}/api/v1/backlogs/{place.backlog}/pages/publish"
        client.post(path).raise_for_status()
    if ends:
        wait_for(lambda: count(place, "end") > ends, seconds=30)
    wait_for(lambda: searches(place), seconds=30)
    wait_for(place.is_quiet, seconds=30)
    assert (place.rank_calls(), place.written()) == (0, [])
    with Admin(place.service, place.key) as admin:
        assert {one["state"] for one in admin.deliveries()} <= {"done", "ignored"}


@pytest.mark.postgres
@pytest.mark.parametrize("point", POINTS)
def test_j17_killed_on_the_way_another_worker_finishes(
    shared: World, point: str
) -> None:
    both_again(shared)
    shared.person.post("/sandbox/requests/reset")
    (shared.folder / "order").write_text(f"kill {point}")
    # Up for one point and down for the next, so that there is always a move to make.
    edit(shared, 900_000 if POINTS.index(point) % 2 == 0 else 100)
    wait_for(lambda: len(alive(shared)) == 1, seconds=30)
    died = time.monotonic()
    ends = count(shared, "end")
    wait_for(lambda: count(shared, "end") > ends, seconds=30)
    assert time.monotonic() - died < LEASE + 12
    wait_for(shared.is_quiet, seconds=60)
    written = shared.written()
    assert set(EDITED) <= set(written)
    assert max(map(written.count, written)) <= 2  # once, and once more at most
    assert_converged(shared)
    assert overlaps(shared) == []


@pytest.mark.postgres
def test_j18_a_frozen_worker_that_wakes_up_late_spoils_nothing(shared: World) -> None:
    both_again(shared)
    (shared.folder / "order").write_text("freeze before_score")
    edit(shared, 700_000)
    wait_for(lambda: history(shared)[-1][2] == "freeze", seconds=30)
    frozen = history(shared)[-1][1]
    ends = count(shared, "end")
    wait_for(lambda: count(shared, "end") > ends, seconds=30)
    wait_for(shared.is_quiet, seconds=30)
    edit(shared, 500)  # what the frozen one is about to write is old by now
    ends = count(shared, "end")
    wait_for(lambda: count(shared, "end") > ends, seconds=30)
    wait_for(shared.is_quiet, seconds=30)
    newest = [score(shared, key) for key in EDITED]
    shared.person.post("/sandbox/requests/reset")
    done = endings(shared, frozen)
    shared.workers[frozen].send_signal(signal.SIGCONT)
    wait_for(lambda: endings(shared, frozen) > done, seconds=30)
    # A call past its fence came late; nothing else did, and it is put right: at once,
    # or after five seconds where the frozen one has lost its way to the books as well.
    wait_for(shared.written, seconds=10)
    wait_for(
        lambda: [score(shared, key) for key in EDITED] == newest, seconds=LEASE + 20
    )
    assert shared.rank_calls() == 0
    assert_converged(shared)


@pytest.mark.postgres
def test_killed_at_random_nothing_is_lost_and_nothing_overlaps(shared: World) -> None:
    dice = random.Random(17)  # noqa: S311 - the same at each run
    for number in range(RANDOM_KILLS):
        both_again(shared)
        edit(shared, dice.uniform(100, 900_000))
        time.sleep(dice.uniform(0.2, 1.5))
        victim = dice.choice(alive(shared))
        shared.workers[victim].kill()
        shared.workers[victim].wait()
        with (shared.folder / "history").open("a") as file:
            file.write(f"{time.monotonic():.3f} {victim} kill at random {number}\n")
        edit(shared, dice.uniform(100, 900_000))
    both_again(shared)
    assert_converged(shared)
    assert overlaps(shared) == []


def test_killed_at_random_on_sqlite_the_restart_goes_on(tmp_path: Path) -> None:
    dice = random.Random(18)  # noqa: S311 - the same at each run
    with world(tmp_path, CD3_DEBOUNCE_SECONDS="0.2") as alone:
        for _ in range(RANDOM_KILLS):
            edit(alone, dice.uniform(100, 900_000))
            time.sleep(dice.uniform(0.2, 1.5))
            alone.kill()
            alone.start()
        edit(alone, 100)
        assert_converged(alone)
