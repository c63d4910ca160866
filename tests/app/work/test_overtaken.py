"""A run that was overtaken leaves nothing behind: not in the books, nor on the site."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count as count_from

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.books.backlogs import Backlogs, PagesPlace, Policy
from app.books.database import Database
from app.books.marks import Due, Marks
from app.books.rankings import Ranking, Rankings
from app.books.tables import AuditRow, BacklogRow, MarkRow, PageRow, PlanRow
from app.connections import Connections
from app.work.fencing import OvertakenError
from app.work.rescore import Rescore
from connectors.call import Call
from connectors.errors import ForbiddenError
from tests.app.work.errand import LATER, Errand, errand, small_seed
from tests.gates import PATIENCE

EDITED = "HARB-52"
SECONDS = 20 * PATIENCE


@dataclass
class Frost:
    """Freezes the first who comes by, once it was told to, until the thaw."""

    armed: bool = True
    here: threading.Event = field(default_factory=threading.Event)
    thaw: threading.Event = field(default_factory=threading.Event)

    def by(self) -> None:
        """Come by."""
        if self.armed:
            self.armed = False
            self.here.set()
            assert self.thaw.wait(SECONDS)


class FrozenMarks(Marks):
    """Freezes before the first question whether we may write."""

    frost: Frost

    def may_write(self, backlog: str, run: int) -> bool:
        self.frost.by()
        return super().may_write(backlog, run)


class FrozenBooks(Database):
    """Freezes before the first session that is to write, while nothing is locked."""

    frost: Frost

    @contextmanager
    def writing(self) -> Iterator[Session]:
        self.frost.by()
        with super().writing() as session:
            yield session


@pytest.fixture
def desk(books: Database) -> Iterator[Errand]:
    with errand(books, small_seed(EDITED)) as made:
        yield made


def due(desk: Errand) -> Due:
    with desk.books.transaction() as connection:
        found = desk.marks.due(connection, now=clock.now() + LATER, limit=10)
        [one] = [due for due in found if due.backlog == "harbour"]
        desk.marks.dispatched(connection, one, now=clock.now())
    return one


@contextmanager
def frozen(rescore: Rescore, due: Due, frost: Frost) -> Iterator[Callable[[], str]]:
    """Have a run freeze on its way; what is given lets it go on, and tells its end."""
    ends: list[str] = []

    def run() -> None:
        ends.append(rescore(due.backlog, due.generation))

    def thaw() -> str:
        frost.thaw.set()
        thread.join(SECONDS)
        return ends[0]

    thread = threading.Thread(target=run)
    thread.start()
    assert frost.here.wait(SECONDS)
    yield thaw
    thaw()


def books_of(desk: Errand) -> dict[str, list[tuple[object, ...]]]:
    """Give all rows that a rescore leaves behind for people."""
    rows = (PlanRow, AuditRow, PageRow, BacklogRow)
    with desk.books.engine.connect() as connection:
        return {
            one.__tablename__: [
                tuple(r) for r in connection.execute(select(one.__table__))
            ]
            for one in rows
        }


def test_db6_a_run_that_froze_in_a_plan_does_not_reopen_what_its_rescuer_closed(
    desk: Errand,
) -> None:
    desk.set_up()
    desk.edit(EDITED, 777_777)
    desk.hear(*desk.told())
    mine, marks = due(desk), FrozenMarks(desk.books)
    marks.frost = Frost()
    with frozen(replace(desk.rescore, marks=marks), mine, marks.frost) as thaw:
        [begun] = [r for r in books_of(desk)["plans"] if "applying" in r]
        assert desk.rescore(mine.backlog, mine.generation) == "applied"
        closed = books_of(desk)
        [same] = [row for row in closed["plans"] if row[0] == begun[0]]
        assert "applied" in same  # the very plan that the frozen one had begun
        desk.person.post("/sandbox/requests/reset")
        assert thaw() == "overtaken"
    assert books_of(desk) == closed
    assert desk.written() == []


def test_db6_a_run_that_froze_over_its_order_does_not_keep_it_over_its_rescuers(
    desk: Errand,
) -> None:
    desk.set_up()
    desk.edit(EDITED, 777_777)
    desk.hear(*desk.told())
    mine = due(desk)
    books = FrozenBooks(desk.books.engine.url.render_as_string(hide_password=False))
    books.frost = Frost()
    with frozen(replace(desk.rescore, database=books), mine, books.frost) as thaw:
        desk.edit(EDITED, 888_888)  # what the frozen one has read is old news now
        desk.hear(*desk.told())
        assert desk.rescore(mine.backlog, mine.generation) == "applied"
        kept = ranking(desk)
        assert kept is not None
        assert "888888" in f"{kept.summary}"
        assert thaw() == "overtaken"
    books.close()
    assert ranking(desk) == kept


def ranking(desk: Errand) -> Ranking | None:
    with desk.books.reading() as session:
        return Rankings().find(session, "harbour")


def test_db6_an_overtaken_run_notes_no_end_and_no_trouble(desk: Errand) -> None:
    desk.set_up()
    desk.wake("admin")
    mine, tasks = due(desk), desk.rescore.tasks
    runs = [desk.marks.take("harbour", mine.generation, now=clock.now()) for _ in "ab"]
    first, second = [taken.run for taken in runs if taken is not None]
    late = tasks.open("harbour", mine.generation, first)
    assert late is not None
    before = books_of(desk)
    with pytest.raises(OvertakenError):
        tasks.note_end(late, "it is in a bad way")
    lost = ForbiddenError("no right", 403)
    assert not tasks.note_trouble("harbour", first, lost, now=clock.now())
    assert books_of(desk) == before
    with desk.books.engine.connect() as connection:
        assert connection.scalar(select(MarkRow.not_before)) is None
    assert tasks.note_trouble("harbour", second, lost, now=clock.now())
    assert desk.state() == ("refused", "no right")


def writes(desk: Errand) -> list[str]:
    """List what reached the site from us and changes it."""
    asked = [(method, path) for method, path in desk.requests() if method != "GET"]
    return [path for _, path in asked if "search" not in path]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_db6_a_run_that_froze_in_a_page_writes_no_more_of_it(
    desk: Errand, number: int
) -> None:
    place, frost, count = PagesPlace("HARB", kinds=("ranking",)), Frost(), count_from(1)

    def freeze(_site: str, call: Call) -> None:
        writes = call.product == "confluence" and call.method != "GET"
        if writes and next(count) == number:
            frost.by()

    desk.set_up(pages=place)
    with desk.books.writing() as session:
        backlog = Backlogs().find(session, "harbour")
        assert backlog is not None
        Backlogs().change(session, replace(backlog, policy=Policy()))
    desk.wake("admin")
    mine = due(desk)
    slow = Connections(
        allowed_hosts=(desk.url.removeprefix("http://"),), observe=freeze
    )
    tasks = replace(desk.rescore.tasks, connect=slow)
    with frozen(replace(desk.rescore, tasks=tasks), mine, frost) as thaw:
        assert desk.rescore(mine.backlog, mine.generation) == "applied"
        closed = books_of(desk)
        [page] = closed["pages"]
        assert "published" in page
        desk.person.post("/sandbox/requests/reset")
        assert thaw() == "overtaken"
        assert writes(desk) == []
    assert books_of(desk) == closed
    slow.close()
    # What is there is the rescuer's, whole: nothing is left to be written.
    assert desk.run() == ["applied"]
    assert writes(desk) == []
