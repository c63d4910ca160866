"""Whenever a worker dies or freezes, what was accepted is done, once and not stale."""

import os
import random
import signal
import time
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from app.demo.setting_up import Admin
from connectors.sandbox.sample import sample_mapping
from tests.app.work.worker_process import POINTS
from tests.gates import gate
from tests.postgres import new_database, postgres_server
from tests.world import ANSWER_SECONDS, World, wait_for, world

__all__ = ["postgres_server"]

EDITED = ("HARB-52", "HARB-45")
SCORE = sample_mapping()["outputs"]["score"]
# On a slow machine one who lives may be silent for a while.
LEASE = gate(3.0, loosely=6.0)
FEW = 2
RANDOM_KILLS = int(os.environ.get("CD3_TEST_KILLS", FEW))
# On SQLite, next to each other: one moves an issue up, the next one down.
ON_SQLITE = POINTS if RANDOM_KILLS > FEW else POINTS[1:3]


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


def history(folder: Path) -> list[tuple[float, str, str]]:
    """Tell what the workers did, those that note it: when, who, what."""
    file = folder / "history"
    lines = file.read_text().splitlines() if file.exists() else []
    told = [line.split(" ", 2) for line in lines]
    return [(float(at), who, what) for at, who, what in told]


def count(place: World, what: str) -> int:
    return sum(1 for _, _, told in history(place.folder) if told.startswith(what))


def lost(place: World, how: str, *, after: int = 0) -> str | None:
    """Name who was killed or frozen as ordered, after so many lines; None as yet."""
    told = history(place.folder)[after:]
    return next((who for _, who, what in told if what == how), None)


def ended_since(place: World, how: str, *, after: int) -> bool:
    """Tell whether a run ended since somebody was killed or frozen as ordered."""
    told = [what for _, _, what in history(place.folder)[after:]]
    since = told[told.index(how) :] if how in told else []
    return any(what.startswith("end") for what in since)


def endings(place: World, worker: str) -> int:
    return sum(
        1
        for _, who, what in history(place.folder)
        if who == worker and what[:3] == "end"
    )


def overlaps(folder: Path) -> list[str]:
    """Find runs of one backlog that began before the one before was over, anywhere.

    What a killed or frozen worker ran is over. Lines count in the order of their time:
    whoever writes one may be late with it.
    """
    running: list[tuple[str, str]] = []
    found = []
    for at, who, what in sorted(history(folder), key=itemgetter(0)):
        word, _, run = what.partition(" ")
        if word == "begin":
            backlog = run.partition(" ")[0]
            others = [one for one in running if one[1].partition(" ")[0] == backlog]
            found += [f"{at} {who} {what} while {other} ran" for other in others]
            running.append((who, run))
        elif word == "end" and (who, run) in running:
            running.remove((who, run))
        elif word in {"kill", "freeze"}:
            running = [one for one in running if one[0] != who]
    return found


def searches(place: World) -> int:
    return sum(1 for one in place.requests() if "/search" in one["path"])


def alive(place: World) -> list[str]:
    return [name for name, one in place.workers.items() if one.poll() is None]


def all_again(place: World) -> None:
    """Have all workers work, whoever died."""
    ready = count(place, "ready")
    dead = [name for name in place.hired if name not in alive(place)]
    for name in dead:
        place.hire(name)
    wait_for(lambda: count(place, "ready") == ready + len(dead), seconds=60)


def give(place: World, order: str) -> None:
    """Give an order, whole at once: a worker may look at any moment."""
    fresh = place.folder / "order-fresh"
    fresh.write_text(order)
    fresh.rename(place.folder / "order")


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
    httpx.post(
        f"{place.service}/api/v1/backlogs/{place.backlog}/pages/publish",
        headers={"Authorization": f"Bearer {place.key}"},
        trust_env=False,
        timeout=ANSWER_SECONDS,
    ).raise_for_status()
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
    all_again(shared)
    shared.person.post("/sandbox/requests/reset")
    told = len(history(shared.folder))
    give(shared, f"kill {point}")
    # Up for one point and down for the next, so that there is always a move to make.
    edit(shared, 900_000 if POINTS.index(point) % 2 == 0 else 100)
    wait_for(lambda: len(alive(shared)) == 1, seconds=30)
    died = time.monotonic()
    wait_for(lambda: ended_since(shared, "kill", after=told), seconds=30)
    assert time.monotonic() - died < gate(LEASE + 12, loosely=150)
    wait_for(shared.is_quiet, seconds=60)
    written = shared.written()
    assert set(EDITED) <= set(written)
    assert max(map(written.count, written)) <= 2  # once, and once more at most
    assert_converged(shared)
    assert overlaps(shared.folder) == []


@pytest.mark.postgres
@pytest.mark.parametrize("point", ["before_score", "late_score"])
def test_j18_a_frozen_worker_that_wakes_up_late_spoils_nothing(
    shared: World, point: str
) -> None:
    all_again(shared)
    told = len(history(shared.folder))
    give(shared, f"freeze {point}")
    edit(shared, 700_000)
    wait_for(lambda: lost(shared, "freeze", after=told), seconds=30)
    frozen = lost(shared, "freeze", after=told)
    assert frozen is not None
    wait_for(lambda: ended_since(shared, "freeze", after=told), seconds=30)
    wait_for(shared.is_quiet, seconds=30)
    ends = count(shared, "end")
    edit(shared, 500)  # what the frozen one is about to write is old by now
    wait_for(lambda: count(shared, "end") > ends, seconds=30)
    wait_for(shared.is_quiet, seconds=30)
    newest = [score(shared, key) for key in EDITED]
    shared.person.post("/sandbox/requests/reset")
    done = endings(shared, frozen)
    shared.workers[frozen].send_signal(signal.SIGCONT)
    wait_for(lambda: endings(shared, frozen) > done, seconds=30)
    if point == "late_score":
        # A call past its fence may have come late, where its own deadline still let it;
        # nothing else did, and it is put right: at once, or after five seconds where
        # the frozen one lost its way to the books.
        wait_for(
            lambda: [score(shared, key) for key in EDITED] == newest, seconds=LEASE + 20
        )
    else:  # the call asks once more before it goes out
        wait_for(shared.is_quiet, seconds=30)
        assert shared.written() == []
        assert [score(shared, key) for key in EDITED] == newest
    assert shared.rank_calls() == 0
    assert_converged(shared)


def kill_at_random(place: World, dice: random.Random) -> None:
    """Kill workers while they work; see that nothing is lost and nothing overlaps."""
    for number in range(RANDOM_KILLS):
        all_again(place)
        edit(place, dice.uniform(100, 900_000))
        time.sleep(dice.uniform(0.2, 1.5))
        victim = dice.choice(alive(place))
        place.workers[victim].kill()
        at = time.monotonic()
        place.workers[victim].wait()
        with (place.folder / "history").open("a") as file:
            file.write(f"{at:.3f} {victim} kill at random {number}\n")
        edit(place, dice.uniform(100, 900_000))
    all_again(place)
    assert_converged(place)
    assert overlaps(place.folder) == []


@pytest.mark.postgres
def test_killed_at_random_nothing_is_lost_and_nothing_overlaps(shared: World) -> None:
    kill_at_random(shared, random.Random(17))  # noqa: S311 - the same at each run


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One worker on SQLite beside a service that does no work."""
    folder = tmp_path_factory.mktemp("alone")
    with world(folder, workers=("only",), CD3_DEBOUNCE_SECONDS="0.2") as made:
        yield made


@pytest.mark.parametrize("point", ON_SQLITE)
def test_j17_killed_on_the_way_on_sqlite_its_next_life_finishes(
    alone: World, point: str
) -> None:
    all_again(alone)
    alone.person.post("/sandbox/requests/reset")
    give(alone, f"kill {point}")
    # Up for one point and down for the next, so that there is always a move to make.
    edit(alone, 900_000 if POINTS.index(point) % 2 == 0 else 100)
    wait_for(lambda: not alive(alone), seconds=30)
    ends = count(alone, "end")
    all_again(alone)
    wait_for(lambda: count(alone, "end") > ends, seconds=30)
    wait_for(alone.is_quiet, seconds=60)
    written = alone.written()
    assert set(EDITED) <= set(written)
    assert max(map(written.count, written)) <= 2  # once, and once more at most
    assert_converged(alone)
    assert overlaps(alone.folder) == []


def test_killed_at_random_on_sqlite_nothing_overlaps(alone: World) -> None:
    kill_at_random(alone, random.Random(19))  # noqa: S311 - the same at each run


@pytest.mark.parametrize("who", ["left", "right"])
def test_an_overlap_is_seen_whoever_runs(tmp_path: Path, who: str) -> None:
    (tmp_path / "history").write_text(
        f"1.0 left begin one 7\n1.1 {who} begin one 8\n"
        f"1.9 left end one 7\n2.0 {who} end one 8\n2.1 left begin one 9\n"
    )
    assert len(overlaps(tmp_path)) == 1


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


def test_what_the_engine_lost_with_its_file_is_done_within_seconds(
    alone: World,
) -> None:
    all_again(alone)
    alone.person.post("/sandbox/requests/reset")
    give(alone, "kill after_take")
    edit(alone, 123_456)
    wait_for(lambda: not alive(alone), seconds=30)
    lost = list(alone.folder.glob("cd3-engine.db*"))
    assert lost
    for file in lost:
        file.unlink()
    ends = count(alone, "end")
    all_again(alone)
    wait_for(lambda: count(alone, "end") > ends, seconds=30)
    wait_for(alone.is_quiet, seconds=60)
    assert set(EDITED) <= set(alone.written())
    assert_converged(alone)
