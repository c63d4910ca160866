"""Jira refuses, breaks off, asks for time, is away: an edit still arrives, once."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from app.demo.stage import US
from tests.gates import gate
from tests.world import ANSWER_SECONDS, World, wait_for, world

FREE = "HARB-52"  # no link, no deadline, near the end of the sample's order
RANK = "*/issue/rank"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("outages")
    with world(folder, CD3_DEBOUNCE_SECONDS="0.2") as made:
        yield made


@pytest.fixture
def calm(shared: World) -> Iterator[World]:
    """Give a world where nothing goes wrong yet and the issue is near the end."""
    shared.site.faults.switch([])
    shared.edit(FREE, 50)
    wait_for(lambda: shared.order().index(FREE) > 10, seconds=60)
    wait_for(shared.is_quiet, seconds=60)
    shared.person.post("/sandbox/requests/reset")
    yield shared
    shared.site.faults.switch([])


def go_wrong(calm: World, kind: str, **told: object) -> None:
    calm.site.faults.switch([{"kind": kind, "account": US, **told}])


def sent(calm: World, ends: str) -> list[dict[str, Any]]:
    return [one for one in calm.site.log.since(0) if one["path"].endswith(ends)]


def arrived(calm: World) -> bool:
    return calm.order().index(FREE) < 3


def test_j1_an_outage_of_three_answers_is_over_in_half_a_minute(calm: World) -> None:
    go_wrong(calm, "status", status=503, path="/rest/*", times=3)
    began = time.monotonic()
    calm.edit(FREE, 500_000)
    wait_for(lambda: arrived(calm), seconds=60)
    assert time.monotonic() - began < gate(30, loosely=250)
    wait_for(calm.is_quiet, seconds=60)
    assert FREE in calm.written()
    assert len(sent(calm, RANK[1:])) == 1


@pytest.mark.parametrize("applied", [False, True])
def test_j8_after_a_rank_call_of_unknown_outcome_the_order_is_read_first(
    calm: World, *, applied: bool
) -> None:
    go_wrong(calm, "reset", applied=applied, path=RANK, times=1)
    calm.edit(FREE, 500_000)
    wait_for(lambda: arrived(calm), seconds=60)
    wait_for(lambda: len(sent(calm, RANK[1:])) == (1 if applied else 2), seconds=60)
    wait_for(lambda: is_settled(calm), seconds=60)
    wait_for(calm.is_quiet, seconds=60)
    ranks = sent(calm, RANK[1:])
    assert [one["status"] for one in ranks] == ([0] if applied else [0, 204])
    if not applied:
        between = [
            one
            for one in calm.requests()
            if ranks[0]["number"] < one["number"] < ranks[1]["number"]
        ]
        assert any(one["method"] == "POST" for one in between)  # issues were read
    assert calm.written() == [FREE]


def test_j5_a_quota_frees_the_worker_and_work_goes_on_when_it_is_over(
    calm: World,
) -> None:
    reason = "jira-quota-tenant-based"
    go_wrong(calm, "rate_limited", reason=reason, retry_after=1847, path="/rest/*")
    began = time.time()  # noqa: TID251 - beside a moment of the service's
    calm.edit(FREE, 500_000)
    wait_for(lambda: paused_until(calm) is not None, seconds=60)
    told, now = paused_until(calm), time.time()  # noqa: TID251 - likewise
    assert told is not None
    assert began - 1 <= told - 1847 <= now + 1
    wait_for(lambda: not_before(calm) is not None, seconds=30)
    calm.site.faults.switch([])
    asked = len(calm.requests())
    ready = httpx.get(f"{calm.service}/readyz", trust_env=False, timeout=ANSWER_SECONDS)
    assert ready.is_success
    time.sleep(2)
    assert len(calm.requests()) == asked == 1  # the one that was turned away
    assert FREE not in calm.written()
    let_time_pass(calm)
    wait_for(lambda: arrived(calm), seconds=60)  # its score may come after
    wait_for(lambda: FREE in calm.written(), seconds=60)


def paused_until(calm: World) -> float | None:
    """Read from the figures until when Jira is left alone, in seconds since 1970."""
    told = httpx.get(
        f"{calm.service}/metrics",
        headers={"Authorization": f"Bearer {calm.key}"},
        trust_env=False,
        timeout=ANSWER_SECONDS,
    ).raise_for_status()
    name = "cd3_jira_paused_until_timestamp_seconds{"
    lines = [one for one in told.text.splitlines() if one.startswith(name)]
    return float(lines[0].rpartition(" ")[2]) if lines else None


def books(calm: World) -> sqlite3.Connection:
    return sqlite3.connect(calm.folder / "cd3.db", timeout=60, isolation_level=None)


def is_settled(calm: World) -> bool:
    """Tell whether no failure is left that waits for another try."""
    with closing(books(calm)) as connection:
        left = connection.execute("SELECT attempts, dirty_at FROM marks").fetchone()
    return tuple(left) == (0, None)


def not_before(calm: World) -> object:
    with closing(books(calm)) as connection:
        return connection.execute("SELECT not_before FROM marks").fetchone()[0]


def let_time_pass(calm: World) -> None:
    """Let the half hour be over, for the site's pause and the backlog's mark."""
    with closing(books(calm)) as connection:
        connection.execute("UPDATE site_limits SET until = until - 1900")
        connection.execute(
            "UPDATE marks SET not_before = NULL, due_at = '2026-01-01 00:00:00'"
        )
