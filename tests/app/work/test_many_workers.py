"""Several workers share the books: nothing is done twice, skipped, or in a deadlock."""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import orjson
import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import OperationalError

from app.books.database import Database
from app.books.deliveries import Closing, Deliveries
from app.books.echoes import RANK, Echo, Echoes
from app.books.marks import Marks
from app.books.readers import Reader
from app.books.tables import DeliveryRow, EchoRow, MarkRow
from app.books.workers import Workers
from app.work.concern import Watch
from app.work.dispatch import Dispatcher
from app.work.engine import Errand, Number
from app.work.intake import Intake, SiteView
from tests.app.conftest import NOW
from webhooks.delivery import Delivery

WORKERS, ROWS, OURS = 4, 2_000, 400
US, MIA = "account-cd3", "account-mia"
COST, RANK_FIELD = "customfield_1", "customfield_10019"
VIEW = SiteView(
    US,
    frozenset(),
    [
        Watch(
            backlog,
            keys=frozenset(f"{backlog.upper()}-{n}" for n in range(40)),
            ids=frozenset(),
            fields=frozenset({COST}),
        )
        for backlog in ("one", "two")
    ],
)


# SQLite has one writer at a time, and one worker.
ON_POSTGRES = pytest.mark.parametrize(
    "books",
    [pytest.param("postgres", marks=pytest.mark.postgres)],
    indirect=True,
)


class Closings(Deliveries):
    """Notes what it closes."""

    def __init__(self, database: Database, closed: list[int]) -> None:
        super().__init__(database)
        self.closed = closed

    def close(
        self, connection: Connection, closings: Iterable[Closing], *, now: datetime
    ) -> None:
        given = list(closings)
        super().close(connection, given, now=now)
        self.closed += [one.id for one in given]


class Queue:
    """An engine that only notes what it is given."""

    name = "queue"

    def __init__(self) -> None:
        self.given: list[tuple[str, int]] = []
        self.long: list[str] = []

    def launch(self, errand: Errand) -> None:
        raise NotImplementedError

    def enqueue(
        self,
        _connection: Connection,
        backlog: str,
        generation: int,
        *,
        long: bool = False,
    ) -> None:
        self.long += [backlog] if long else []
        self.given.append((backlog, generation))

    def holders(self) -> frozenset[str]:
        return frozenset()

    def recover(self, workers: Collection[str]) -> int:
        raise NotImplementedError

    def unfinished(self, work: Collection[Number]) -> frozenset[Number]:
        return frozenset(self.given) & frozenset(work)

    def forgotten(self) -> frozenset[str]:
        return frozenset()

    def resume(self, work: Collection[str]) -> None:
        raise NotImplementedError

    def prune(self, *, now: datetime) -> int:
        raise NotImplementedError

    def close(self, *, seconds: int) -> None:
        raise NotImplementedError


def together(work: Callable[[int], object]) -> None:
    """Let all workers do it at the same time."""
    start = Barrier(WORKERS)

    def begin(number: int) -> None:
        start.wait()
        work(number)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(begin, range(WORKERS)))


def insist(action: Callable[[], object]) -> None:
    """Do it again, as a worker does, where SQLite's only writer's place was not free.

    Nothing has been done then. Of a crowd on a slow machine one may wait in vain.
    """
    while True:
        try:
            action()
        except OperationalError as error:
            if error.statement != "BEGIN IMMEDIATE":
                raise
        else:
            return


def change(number: int, key: str, field: tuple[str, str], actor: str) -> Delivery:
    items = [{"field": field[0], "fieldId": field[1], "toString": f"{number}"}]
    body = orjson.dumps(
        {
            "webhookEvent": "jira:issue_updated",
            "user": {"accountId": actor},
            "issue": {"id": "10001", "key": key, "fields": {}},
            "changelog": {"items": items},
        }
    )
    return Delivery("acme", f"d{number}", body, hashlib.sha256(body).digest())


def fill_inbox(books: Database) -> None:
    """Post edits of two backlogs, and among them the echoes of moves of ours."""
    dice = random.Random(4)  # noqa: S311 - the same at each run
    keys = [f"{name}-{n}" for n in range(40) for name in ("ONE", "TWO")]
    ours = set(dice.sample(range(ROWS), OURS))
    batch, moved = [], []
    for number in range(ROWS):
        key = dice.choice(keys)
        if number in ours:
            moved.append(Echo(key, RANK))
            batch.append(change(number, key, ("Rank", RANK_FIELD), US))
        else:
            batch.append(change(number, key, ("Cost of delay", COST), MIA))
    Echoes(books).expect("acme", moved, now=NOW)
    for start in range(0, ROWS, 500):
        Deliveries(books).add([(one, NOW) for one in batch[start : start + 500]])


def deadlocks(books: Database) -> int:
    if books.engine.dialect.name == "sqlite":
        return 0
    with books.engine.connect() as connection:
        query = (
            "SELECT deadlocks FROM pg_stat_database WHERE datname=current_database()"
        )
        return int(connection.execute(text(query)).scalar_one())


def test_db4_each_delivery_is_judged_by_one_worker(books: Database) -> None:
    fill_inbox(books)
    before, closed = deadlocks(books), [list[int]() for _ in range(WORKERS)]

    def work(number: int) -> None:
        mine = Closings(books, closed[number])
        workers = Workers(books, timedelta(hours=1))
        insist(lambda: workers.beat(f"worker-{number}"))
        intake = Intake(
            books,
            mine,
            Echoes(books),
            Marks(books),
            lambda _site, _names: VIEW,
            Reader(books, mine, f"worker-{number}"),
        )
        while mine.any_waiting():
            insist(lambda: intake.read(now=NOW, limit=50))

    together(work)
    counts = Counter(one for some in closed for one in some)
    assert (len(counts), set(counts.values())) == (ROWS, {1})
    with books.engine.connect() as connection:
        reasons = connection.execute(select(DeliveryRow.reason)).scalars()
        ends = Counter(reasons)
        echoes = connection.execute(select(func.count(EchoRow.id))).scalar_one()
        dirty = connection.execute(
            select(func.count()).where(MarkRow.dirty_at.is_not(None))
        ).scalar_one()
    assert ends == {"": ROWS - OURS, "our own write": OURS}
    assert (echoes, dirty) == (0, 2)
    assert deadlocks(books) == before
    if books.engine.dialect.name != "sqlite":
        assert sum(1 for some in closed if some) > 1  # it was a race indeed


def test_db4_each_due_mark_is_dispatched_by_one_worker(books: Database) -> None:
    marks, queue = Marks(books), Queue()
    with books.transaction() as connection:
        marks.touch(connection, ["one", "two"], reason="edit", now=NOW)
    later = NOW + timedelta(seconds=10)
    together(lambda _: Dispatcher(books, marks, queue).dispatch(now=later))
    assert sorted(backlog for backlog, _ in queue.given) == ["one", "two"]


@pytest.mark.parametrize(
    ("reason", "changes", "long"),
    [
        ("jira:issue_updated ONE-1", 1, False),
        ("jira:issue_updated ONE-1", 51, True),  # a bulk
        ("jira: more to write", 0, True),  # what is left of one
        ("clock", 1, True),  # which calls for a comparison as well
    ],
)
def test_only_a_few_changes_that_webhooks_told_of_are_short(
    books: Database, reason: str, changes: int, *, long: bool
) -> None:
    marks, queue = Marks(books), Queue()
    with books.transaction() as connection:
        marks.touch(connection, ["one"], reason=reason, now=NOW, changes=changes)
    Dispatcher(books, marks, queue).dispatch(now=NOW + timedelta(seconds=10))
    assert queue.long == (["one"] if long else [])


def test_what_ended_without_a_word_is_set_again_by_one_worker(books: Database) -> None:
    marks, queue = Marks(books), Queue()
    with books.transaction() as connection:
        marks.touch(connection, ["one", "two"], reason="edit", now=NOW)
    later = NOW + timedelta(seconds=10)
    Dispatcher(books, marks, queue).dispatch(now=later)
    for backlog, generation in queue.given:
        assert marks.take(backlog, generation, now=later)
    queue.given.remove(next(one for one in queue.given if one[0] == "one"))
    counts: list[int] = []
    much_later = NOW + timedelta(hours=1)  # «two» is long, and under way

    def work(_number: int) -> None:
        counts.append(Dispatcher(books, marks, queue).revive(now=much_later))

    together(work)
    assert sorted(counts) == [0, 0, 0, 1]
    with books.transaction() as connection:
        due = marks.due(connection, now=much_later + timedelta(seconds=5), limit=10)
    assert [one.backlog for one in due] == ["one"]


@ON_POSTGRES
@pytest.mark.parametrize("held", [True, False])
def test_an_echo_is_heard_once_by_whoever_holds_it(
    books: Database, *, held: bool
) -> None:
    echoes = Echoes(books)
    echoes.expect("acme", [Echo("ONE-1", RANK)], now=NOW)
    with books.transaction() as first, books.transaction() as second:
        if held:
            echoes.hold(first, {("acme", "ONE-1")})
        mine = echoes.heard(first, "acme", "ONE-1", [Echo("ONE-1", RANK)])
        assert mine
        assert not echoes.heard(second, "acme", "ONE-1", [Echo("ONE-1", RANK)])


@ON_POSTGRES
def test_only_one_keeps_house(books: Database) -> None:
    with books.alone("house") as first, books.alone("house") as second:
        assert (first, second) == (True, False)
    with books.alone("house") as again:
        assert again
