"""A mark gathers changes, is dispatched once, and lets only the newest write."""

from datetime import timedelta

from app.books.database import Database
from app.books.marks import LOST_AFTER, Debounce, Due, Marks
from tests.app.conftest import NOW

SECOND = timedelta(seconds=1)


def touch(books: Database, marks: Marks, at: float, **more: bool) -> None:
    with books.transaction() as connection:
        marks.touch(connection, ["one"], reason="edit", now=NOW + at * SECOND, **more)


def due(books: Database, marks: Marks, at: float) -> list[Due]:
    with books.transaction() as connection:
        return marks.due(connection, now=NOW + at * SECOND, limit=10)


def dispatch(books: Database, marks: Marks, at: float) -> Due:
    with books.transaction() as connection:
        [one] = marks.due(connection, now=NOW + at * SECOND, limit=10)
        marks.dispatched(connection, one)
    return one


def test_changes_wait_for_quiet_but_not_for_ever(books: Database) -> None:
    marks = Marks(books, Debounce(0.5 * SECOND, 5 * SECOND))
    for tenth in range(100):  # one change every 0.1 s, for 10 s
        touch(books, marks, tenth / 10)
        if tenth == 40:
            assert due(books, marks, 4.0) == []
    assert [d.backlog for d in due(books, marks, 5.0)] == ["one"]
    assert marks.any_due(now=NOW + 5 * SECOND)


def test_an_urgent_change_does_not_wait(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0, urgent=True)
    assert [d.backlog for d in due(books, marks, 0)] == ["one"]


def test_what_was_dispatched_is_not_due_again_until_taken_and_touched(
    books: Database,
) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    first = dispatch(books, marks, 1)
    touch(books, marks, 2)
    assert due(books, marks, 10) == []  # the waiting rescore will see it
    assert marks.take("one", first.generation, now=NOW) == ["edit"]
    assert due(books, marks, 20) == []
    touch(books, marks, 30)
    second = dispatch(books, marks, 40)
    assert second.generation == first.generation + 1


def test_a_change_during_a_rescore_is_not_lost(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    first = dispatch(books, marks, 1)
    marks.take("one", first.generation, now=NOW)
    touch(books, marks, 2)  # while the rescore reads
    assert [d.backlog for d in due(books, marks, 3)] == ["one"]


def test_only_the_newest_rescore_may_write(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    old = dispatch(books, marks, 1)
    marks.take("one", old.generation, now=NOW)
    assert marks.may_write("one", old.generation)
    touch(books, marks, 2)
    new = dispatch(books, marks, 3)
    marks.take("one", new.generation, now=NOW)
    assert not marks.may_write("one", old.generation)
    assert marks.may_write("one", new.generation)
    # a rescore that was frozen and wakes up late clears nothing of the newer one
    touch(books, marks, 4)
    marks.take("one", old.generation, now=NOW)
    assert [d.backlog for d in due(books, marks, 5)] == ["one"]
    assert marks.may_write("one", new.generation)


def test_a_crash_between_queue_and_commit_repeats_the_same_number(
    books: Database,
) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    [before] = due(books, marks, 1)  # queued, but the mark's commit never came
    [again] = due(books, marks, 2)
    assert before == again
    marks.take("one", before.generation, now=NOW)
    touch(books, marks, 3)
    [after] = due(books, marks, 4)
    assert after.generation == before.generation + 1


def test_what_the_engine_lost_comes_back(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    dispatch(books, marks, 1)
    late = LOST_AFTER / SECOND
    assert due(books, marks, late - 1) == []
    assert [d.backlog for d in due(books, marks, late + 1)] == ["one"]


def test_the_clock_marks_each_backlog_once_a_round(books: Database) -> None:
    marks, every = Marks(books), 300 * SECOND
    assert marks.round(["one", "two"], now=NOW, every=every) == 2
    assert marks.round(["one", "two"], now=NOW + SECOND, every=every) == 0
    for backlog in ("one", "two"):
        marks.take(backlog, 1, now=NOW + 100 * SECOND)
    assert marks.round(["one", "two"], now=NOW + 399 * SECOND, every=every) == 0
    assert marks.round(["one", "two"], now=NOW + 400 * SECOND, every=every) == 2


def test_failures_are_counted_until_a_success(books: Database) -> None:
    marks = Marks(books)
    later = NOW + 60 * SECOND
    assert marks.failed("one", again=later, reason="Jira is away") == 1
    assert marks.failed("one", again=later, reason="Jira is away") == 2
    assert due(books, marks, 59) == []
    assert [d.backlog for d in due(books, marks, 60)] == ["one"]
    marks.succeeded("one")
    assert marks.attempts("one") == 0
