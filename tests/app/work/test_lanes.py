"""Many changes cost few rescores and writes; a single edit waits for none."""

import hashlib
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.marks import Marks
from app.books.migrating import migrate
from app.books.readers import Reader
from app.books.tables import BacklogRow
from app.books.workers import Workers
from app.work.concern import Watch
from app.work.intake import Intake, SiteView
from app.work.narrow import CHUNK
from connectors.sandbox.sample import COST_OF_DELAY
from tests.app.conftest import NOW
from tests.app.work.errand import SCORE, US, Errand, errand, small_seed
from tests.app.work.test_snapshot import event
from tests.gates import gate
from tests.world import wait_for
from webhooks.delivery import Delivery

BULK = int(os.environ.get("CD3_TEST_BULK", "200"))
COST = {"field": "Cost of delay", "fieldId": COST_OF_DELAY, "toString": "1"}


def grown(count: int) -> dict[str, object]:
    """Make a site with so many issues of one kind, and no evidence."""
    seed = small_seed("HARB-52")
    [pattern] = [one for one in seed["issues"] if one["key"] == "HARB-52"]
    costs = ({COST_OF_DELAY: 9_000 + 13 * number} for number in range(count, 0, -1))
    seed["issues"] = [
        {**pattern, "key": f"HARB-{n}", "fields": {**pattern["fields"], **cost}}
        for n, cost in enumerate(costs, start=1)
    ]
    seed["links"] = []
    return seed


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Errand]:
    books = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
    migrate(books)
    with errand(books, grown(request.param)) as made:
        made.set_up()
        yield made
    books.close()


def change_all(desk: Errand, factor: float) -> list[bytes]:
    """Change every issue at once, as a bulk edit does; give the webhooks."""
    for issue in list(desk.site.state.issues.values()):
        if issue.project == "HARB":
            issue.values[COST_OF_DELAY] *= factor
    return [
        event("jira:issue_updated", copy.id, copy.key, COST)
        for copy in desk.copies().values()
    ]


def run_all(desk: Errand, ends: list[str]) -> None:
    """Do all that is due until nothing is, one rescore at a time."""
    while came := desk.run():
        ends += came


def slow_down(desk: Errand, seconds: float) -> None:
    """Let each of our writes take longer."""
    slow = {"kind": "latency", "method": "PUT", "account": US, "seconds": seconds}
    desk.person.put("/sandbox/faults", json={"faults": [slow]}).raise_for_status()


@contextmanager
def bulk_at_work(desk: Errand, *, written: int) -> Iterator[list[str]]:
    """Have a bulk change half written; answers how its runs end, until all have."""
    ends: list[str] = []
    desk.hear(*change_all(desk, 2.0))
    before = scores(desk)
    bulk = threading.Thread(target=run_all, args=(desk, ends))
    bulk.start()
    try:
        wait_for(lambda: len(scores(desk) - before) >= written, seconds=60)
        yield ends
    finally:
        bulk.join()


def scores(desk: Errand) -> set[tuple[str, float]]:
    """Read the scores where they stand: to ask the sandbox would slow it down."""
    issues = list(desk.site.state.issues.values())
    return {(one.key, one.values[SCORE]) for one in issues if one.project == "HARB"}


def scorings(desk: Errand) -> Counter[str]:
    """Count how often each issue was given another score, by its history."""
    return Counter(
        issue.key
        for issue in desk.site.state.issues.values()
        for entry in issue.history
        if any(item["fieldId"] == SCORE for item in entry["items"])
    )


@pytest.mark.parametrize("desk", [BULK], indirect=True)
def test_l8_a_single_edit_overtakes_a_bulk(desk: Errand) -> None:
    slow_down(desk, 0.25)
    at_first, already = scores(desk), scorings(desk)
    with bulk_at_work(desk, written=CHUNK + 10) as ends:
        before = desk.score("HARB-7")
        began = time.monotonic()
        desk.edit("HARB-7", 123_456)
        desk.hear(*[one for one in desk.told() if b'"HARB-7"' in one])
        wait_for(lambda: desk.score("HARB-7") != before, seconds=15)
        took = time.monotonic() - began
        left = len(scores(desk) & at_first)
    run_all(desk, ends)
    assert took <= gate(5, loosely=50)
    assert left > 0  # the bulk was not at its end
    assert "made way" in ends
    assert not scores(desk) & at_first  # and it got there
    written = scorings(desk) - already
    assert written.total() <= BULK + 1
    assert written["HARB-7"] <= 2


@pytest.mark.parametrize("desk", [20], indirect=True)
def test_l7_the_order_follows_while_people_go_on_editing(desk: Errand) -> None:
    slow = {"kind": "latency", "account": US, "seconds": 0.1}
    body = {"faults": [slow]}
    desk.person.put("/sandbox/faults", json=body).raise_for_status()
    keys = [copy.key for copy in desk.copies().values()]
    desk.hear(*change_all(desk, 2.0))
    desk.edit(keys[-1], 99_999)  # from last to first
    desk.hear(*desk.told())
    ends: list[str] = []
    run = threading.Thread(target=lambda: ends.extend(desk.run()))
    run.start()
    number = 0
    while run.is_alive():
        desk.edit(keys[number % 5], 50_000 + number)
        desk.hear(*desk.told())
        number += 1
        time.sleep(0.03)
    run.join()
    assert number > gate(5, loosely=1)
    assert ends in (["applied"], ["made way"])
    assert desk.rank_calls() > 0


@pytest.mark.parametrize("desk", [3 * CHUNK], indirect=True)
def test_l6_what_changes_again_meanwhile_is_written_by_the_next_run(
    desk: Errand,
) -> None:
    slow_down(desk, 0.1)
    desk.hear(*change_all(desk, 2.0))
    before = scores(desk)
    first = threading.Thread(target=desk.run)
    first.start()
    wait_for(lambda: len(scores(desk) - before) >= 10, seconds=30)
    desk.hear(*change_all(desk, 2.0))
    first.join()
    assert max(Counter(desk.written()).values()) == 1
    run_all(desk, [])
    assert max(Counter(desk.written()).values()) == 2
    for key, score in before:
        assert desk.score(key) == pytest.approx(4 * score, abs=0.01)


@pytest.mark.parametrize("count", [1, 50])
def test_a_thousand_webhooks_are_one_rescore_a_backlog(
    books: Database, count: int
) -> None:
    names = [f"backlog-{number:02}" for number in range(count)]
    fill_backlogs(books, names)
    watches = [
        Watch(name, keys=frozenset({f"P{n}-1"}), projects=frozenset({f"P{n}"}))
        for n, name in enumerate(names)
    ]
    deliveries = Deliveries(books)
    Workers(books, timedelta(minutes=5)).begin("worker")
    intake = Intake(
        books,
        deliveries,
        Echoes(books),
        Marks(books),
        lambda _site, _names: SiteView("", frozenset(), watches),
        Reader(books, deliveries, "worker"),
    )
    batch = []
    for number in range(1_000):
        body = event("jira:issue_updated", f"{number}", f"P{number % count}-1", COST)
        digest = hashlib.sha256(body).digest()
        batch.append((Delivery("acme", f"d{number}", body, digest), NOW))
    deliveries.add(batch)
    while deliveries.any_waiting():
        intake.read(now=NOW)
    with books.transaction() as connection:
        due = Marks(books).due(connection, now=NOW + timedelta(seconds=5), limit=1_000)
    assert sorted(one.backlog for one in due) == names


def fill_backlogs(books: Database, names: list[str]) -> None:
    with books.transaction() as connection:
        for name in names:
            connection.execute(
                insert(BacklogRow).values(
                    id=name, site_id="acme", name=name, settings={}, created_at=NOW
                )
            )


def test_l8_a_late_delivery_is_read_among_the_first(books: Database) -> None:
    deliveries = Deliveries(books)
    batch = [
        (Delivery("acme", f"d{n}", b"%d" % n, b"%032d" % n), NOW) for n in range(99)
    ]
    deliveries.add(batch)
    with books.transaction() as connection:
        ids = deliveries.fresh(connection, limit=10)
    assert ids == [1, 2, 3, 4, 5, 99, 98, 97, 96, 95]
    with books.transaction() as connection:
        assert len(deliveries.fresh(connection, limit=200)) == 99
