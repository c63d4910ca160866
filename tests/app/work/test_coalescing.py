"""Many events of few issues, sent as webhooks over seconds, are few writes.

And those of few backlogs are few rescores.
"""

import hashlib
import math
import os
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import select

from app import clock
from app.books.database import Database
from app.books.debounce import Debounce
from app.books.deliveries import Deliveries
from app.books.tables import MarkRow
from bench.drain import COST, SCORE
from connectors.sandbox.clock import stamp
from connectors.sandbox.request_log import Logged
from tests.app.work.many_backlogs import Town, many_backlogs
from tests.app.work.test_snapshot import event
from tests.changing import changing
from tests.gates import gate
from tests.receiving import send_all, service
from tests.starting import CD3
from tests.world import is_worked_off, wait_for
from webhooks.delivery import Delivery

EVENTS = int(os.environ.get("CD3_TEST_EVENTS", "1000"))
FEW = EVENTS // 50
OVER_SECONDS = 10 if EVENTS >= 5_000 else 4
SHORT = Debounce().short.total_seconds()
CHANGED = {"field": "Cost of delay", "fieldId": COST, "toString": "1"}
# Jira's own limit: so many writes of one issue within so long.
PACE, PACED = 20, timedelta(seconds=2)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'cd3.db'}"


def most_within(times: Sequence[datetime], span: timedelta) -> int:
    """Count the most of them that lie within any span so long."""
    return max(sum(at <= one < at + span for one in times) for at in times)


def by_issue(writes: Sequence[Logged]) -> dict[str, list[datetime]]:
    found = defaultdict[str, list[datetime]](list)
    for one in writes:
        found[one.path.rpartition("/")[2]].append(datetime.fromisoformat(one.at))
    return found


def test_l6_many_events_of_few_issues_are_few_writes(
    store: str, tmp_path: Path
) -> None:
    with (
        changing(store, FEW) as desk,
        service(tmp_path, store, **desk.settings) as one,
    ):
        one.start(str(CD3), "serve")
        desk.set_up(one.address)
        assert desk.site.settle(60)
        desk.site.log.reset()
        began = time.monotonic()
        heard = send_all(
            one.port, desk.changes(EVENTS, "l6"), per_second=EVENTS / OVER_SECONDS
        )
        assert heard.statuses == {202: EVENTS}
        wait_for(lambda: not desk.wrong(), seconds=60)
        took = time.monotonic() - began
        time.sleep(1)  # nothing more is to come
        writes = desk.writes()
    assert desk.wrong() == {}
    # Ten seconds are two of the longest debounces, and one more for what comes last;
    # a slow machine takes longer to send and to read, and few a second wait shorter.
    most = gate(3, loosely=max(3, math.ceil(took / SHORT) + 1))
    assert FEW <= len(writes) <= most * FEW
    times = by_issue(writes)
    assert max(map(len, times.values())) <= most
    assert max(most_within(one, PACED) for one in times.values()) <= PACE
    assert {one.status for one in writes} == {204}


def test_a_thousand_webhooks_are_a_rescore_of_each_backlog_that_they_concern(
    store: str, tmp_path: Path
) -> None:
    names = [f"MANY{number}" for number in range(10)]
    quick = {"CD3_CLOCK_ROUND_SECONDS": "3600", "CD3_WRITES_PER_SECOND": "100"}
    with many_backlogs(store, tmp_path, names, 2, **quick) as town:
        town.add_all()
        wait_for(lambda: is_quiet(town), seconds=60)
        assert town.scored() == 20
        for concerned in (names[:1], names):
            before = runs(town.books)
            took = tell(town, concerned, 1_000)
            wait_for(lambda: is_quiet(town), seconds=60)
            came = runs(town.books) - before
            # While few of them are read, a rescore is due a second after the first.
            assert set(came) == set(concerned)
            assert max(came.values()) <= 1 + int(took / SHORT)
            for name in concerned:
                issue = town.site.state.find(f"{name}-1")
                assert issue is not None
                assert issue.values[SCORE] == issue.values[COST] / 2


def tell(town: Town, names: Sequence[str], number: int) -> float:
    """Change an issue of each backlog; have so many webhooks of them stored at once.

    Answers within how many seconds they were read.
    """
    issues = [town.site.state.find(f"{name}-1") for name in names]
    batch = []
    for issue, each in zip(cycle(issues), range(number), strict=False):
        assert issue is not None
        issue.values[COST] += 1
        issue.values["updated"] = stamp(town.site.state.now())
        body = event("jira:issue_updated", issue.id, issue.key, CHANGED)
        digest = hashlib.sha256(body + f"{len(names)} {each}".encode()).digest()
        delivery = Delivery(town.host, f"{len(names)}-{each}", body, digest)
        batch.append((delivery, clock.now()))
    began, deliveries = time.monotonic(), Deliveries(town.books)
    deliveries.add(batch)
    wait_for(lambda: not deliveries.any_waiting(), seconds=60)
    return time.monotonic() - began


def runs(books: Database) -> Counter[str]:
    """Count how often a rescore of each backlog has begun."""
    with books.engine.connect() as connection:
        rows = connection.execute(select(MarkRow.backlog_id, MarkRow.run)).all()
    return Counter({row.backlog_id: row.run for row in rows})


def is_quiet(town: Town) -> bool:
    return is_worked_off(town.books, town.site)
