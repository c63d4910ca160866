"""A mark gathers changes, is dispatched once, and lets only the newest write."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from sqlalchemy import delete

from app.books.database import Database
from app.books.debounce import Debounce
from app.books.marks import LOST_AFTER, MOST_REASONS, Due, Marks, Taken
from app.books.tables import MarkRow
from tests.app.conftest import NOW
from tests.gates import PATIENCE

SECOND = timedelta(seconds=1)


def touch(books: Database, marks: Marks, at: float, **more: Any) -> None:
    with books.transaction() as connection:
        marks.touch(connection, ["one"], reason="edit", now=NOW + at * SECOND, **more)


def due(books: Database, marks: Marks, at: float) -> list[Due]:
    with books.transaction() as connection:
        return marks.due(connection, now=NOW + at * SECOND, limit=10)


def dispatch(books: Database, marks: Marks, at: float) -> Due:
    with books.transaction() as connection:
        [one] = marks.due(connection, now=NOW + at * SECOND, limit=10)
        marks.dispatched(connection, one, now=NOW + at * SECOND)
    return one


def take(marks: Marks, due: Due) -> Taken:
    taken = marks.take(due.backlog, due.generation, now=NOW)
    assert taken is not None
    return taken


def begin(books: Database, marks: Marks) -> int:
    """Begin a run; answer its number."""
    touch(books, marks, -2)
    return take(marks, dispatch(books, marks, -1)).run


def test_changes_wait_for_quiet_but_not_for_ever(books: Database) -> None:
    marks = Marks(books, Debounce(0.5 * SECOND, 5 * SECOND))
    for tenth in range(100):  # a hundred changes every 0.1 s, for 10 s
        touch(books, marks, tenth / 10, changes=100)
        if tenth == 40:
            assert due(books, marks, 4.0) == []
    assert [d.backlog for d in due(books, marks, 5.0)] == ["one"]
    assert marks.any_due(now=NOW + 5 * SECOND)


def test_a_few_changes_wait_less_long_than_a_bulk(books: Database) -> None:
    marks = Marks(books, Debounce(0.5 * SECOND, 5 * SECOND))
    for twentieth in range(18):  # people, one change every 0.05 s
        touch(books, marks, twentieth / 20)
    assert due(books, marks, 0.95) == []
    assert [d.backlog for d in due(books, marks, 1.0)] == ["one"]
    touch(books, marks, 0.9, changes=100)  # and now a bulk
    assert due(books, marks, 1.3) == []


def test_the_count_of_changes_begins_anew_with_each_rescore(books: Database) -> None:
    marks = Marks(books, Debounce(0.5 * SECOND, 5 * SECOND))
    touch(books, marks, 0, changes=100)
    marks.ended("one", take(marks, dispatch(books, marks, 5)).run)
    for twentieth in range(30):
        touch(books, marks, 6 + twentieth / 20)
    assert [d.backlog for d in due(books, marks, 7.0)] == ["one"]


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
    assert marks.take("one", first.generation, now=NOW) == Taken(1, ("edit",))
    assert due(books, marks, 20) == []
    touch(books, marks, 30)
    marks.ended("one", 1)
    second = dispatch(books, marks, 40)
    assert second.generation == first.generation + 1


def test_a_change_during_a_rescore_is_not_lost(books: Database) -> None:
    marks, soon = Marks(books), NOW + 3 * SECOND
    run = begin(books, marks)
    touch(books, marks, 2)  # while the rescore reads
    assert due(books, marks, 3) == []  # of a backlog only one is under way
    assert not marks.any_due(now=soon)
    marks.ended("one", run)
    assert [d.backlog for d in due(books, marks, 3)] == ["one"]
    assert marks.any_due(now=soon)


def test_what_is_due_tells_a_few_changes_from_many_and_from_none(
    books: Database,
) -> None:
    marks = Marks(books)
    for changes, few in ((0, False), (1, True), (50, True), (51, False)):
        touch(books, marks, 0, changes=changes)
        one = dispatch(books, marks, 5)
        assert (one.few, one.reasons) == (few, ("edit",))
        marks.ended("one", take(marks, one).run)


def test_only_the_newest_rescore_may_write(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    old = dispatch(books, marks, 1)
    first = take(marks, old)
    assert marks.may_write("one", first.run)
    marks.ended("one", first.run)
    touch(books, marks, 2)
    new = dispatch(books, marks, 3)
    second = take(marks, new)
    assert not marks.may_write("one", first.run)
    assert marks.may_write("one", second.run)
    # a rescore that was frozen and wakes up late clears nothing of the newer one
    touch(books, marks, 4)
    assert marks.take("one", old.generation, now=NOW) is None
    assert marks.may_write("one", second.run)
    marks.ended("one", second.run)
    assert [d.backlog for d in due(books, marks, 5)] == ["one"]


def test_db6_of_two_runs_of_one_rescore_only_the_later_may_write(
    books: Database,
) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    due_now = dispatch(books, marks, 1)
    frozen, rescuer = take(marks, due_now), take(marks, due_now)
    assert not marks.may_write("one", frozen.run)
    assert not marks.succeeded("one", frozen.run)
    assert marks.may_write("one", rescuer.run)
    assert marks.succeeded("one", rescuer.run)


def test_what_a_dead_run_was_told_is_told_again(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    first = dispatch(books, marks, 1)
    take(marks, first)
    with books.transaction() as connection:
        marks.touch(connection, ["one"], reason="drag", now=NOW + 2 * SECOND)
    again = take(marks, first)
    assert again.reasons == ("edit", "drag")
    assert marks.succeeded("one", again.run)
    touch(books, marks, 10)
    assert take(marks, dispatch(books, marks, 20)).reasons == ("edit",)


def test_db6_no_run_begins_while_another_closes(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    due_now = dispatch(books, marks, 1)
    mine = take(marks, due_now)
    ends: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        with books.transaction() as connection:
            assert marks.may_close(connection, "one", mine.run)
            later = pool.submit(take, marks, due_now)
            later.add_done_callback(lambda _: ends.append("taken"))
            time.sleep(0.3)
            ends.append("closed")
        assert later.result(10 * PATIENCE).run == mine.run + 1
    assert ends == ["closed", "taken"]


def test_db6_a_failure_of_an_overtaken_run_keeps_nothing_back(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    due_now = dispatch(books, marks, 1)
    frozen, rescuer = take(marks, due_now), take(marks, due_now)
    assert marks.succeeded("one", rescuer.run)
    late = NOW + 900 * SECOND
    assert marks.failed("one", frozen.run, again=late, reason="Jira is away") == 0
    assert marks.attempts("one") == 0
    touch(books, marks, 2)  # a person's edit
    assert [d.backlog for d in due(books, marks, 4)] == ["one"]


def test_who_was_overtaken_has_the_backlog_looked_at_again(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    run = take(marks, dispatch(books, marks, 1)).run
    marks.overtaken("one", now=NOW)
    marks.ended("one", run)
    assert [d.backlog for d in due(books, marks, 0)] == ["one"]


def test_who_was_overtaken_by_a_deletion_has_nothing_to_look_at(
    books: Database,
) -> None:
    marks = Marks(books)
    marks.overtaken("gone", now=NOW)
    assert due(books, marks, 0) == []


def test_a_crash_between_queue_and_commit_repeats_the_same_number(
    books: Database,
) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    [before] = due(books, marks, 1)  # queued, but the mark's commit never came
    [again] = due(books, marks, 2)
    assert before == again
    marks.ended("one", take(marks, before).run)
    touch(books, marks, 3)
    [after] = due(books, marks, 4)
    assert after.generation == before.generation + 1


def test_what_the_engine_lost_comes_back(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    dispatch(books, marks, 1)
    late = LOST_AFTER / SECOND
    assert due(books, marks, late - 1) == []
    dispatch(books, marks, late + 1)
    assert due(books, marks, late + 2) == []  # once, not at every look


def test_the_clock_marks_each_backlog_once_a_round(books: Database) -> None:
    marks, every = Marks(books), 300 * SECOND
    assert marks.round(["one", "two"], now=NOW, every=every) == 2
    assert marks.round(["one", "two"], now=NOW + SECOND, every=every) == 0
    for one in due(books, marks, 0):
        marks.take(one.backlog, one.generation, now=NOW + 100 * SECOND)
    assert marks.round(["one", "two"], now=NOW + 399 * SECOND, every=every) == 0
    assert marks.round(["one", "two"], now=NOW + 400 * SECOND, every=every) == 2


def test_failures_are_counted_until_a_success(books: Database) -> None:
    marks = Marks(books)
    later, run = NOW + 60 * SECOND, begin(books, marks)
    assert marks.failed("one", run, again=later, reason="Jira is away") == 1
    assert marks.failed("one", run, again=later, reason="Jira is away") == 2
    marks.ended("one", run)
    assert due(books, marks, 59) == []
    [due_now] = due(books, marks, 60)
    taken = marks.take("one", due_now.generation, now=later)
    assert taken is not None
    assert marks.succeeded("one", taken.run)
    assert marks.attempts("one") == 0


def test_j5_no_webhook_ends_a_wait_but_an_admin_does(books: Database) -> None:
    marks = Marks(books)
    run = begin(books, marks)
    marks.failed("one", run, again=NOW + 60 * SECOND, reason="Jira said wait")
    marks.ended("one", run)
    touch(books, marks, 1)
    assert due(books, marks, 59) == []
    touch(books, marks, 2, urgent=True)
    assert [d.backlog for d in due(books, marks, 2)] == ["one"]


def test_j5_what_was_queued_before_the_failure_waits_too(books: Database) -> None:
    marks = Marks(books)
    run = begin(books, marks)
    marks.ended("one", run)
    touch(books, marks, 0)
    queued = dispatch(books, marks, 1)
    marks.failed("one", run, again=NOW + 60 * SECOND, reason="Jira said wait")
    assert marks.take("one", queued.generation, now=NOW + 2 * SECOND) is None
    assert due(books, marks, 59) == []
    assert [d.backlog for d in due(books, marks, 60)] == ["one"]


def test_a_backlog_made_anew_never_meets_old_numbers(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    old = dispatch(books, marks, 1)
    with books.transaction() as connection:
        connection.execute(delete(MarkRow))
    touch(books, marks, 600)
    new = dispatch(books, marks, 601)
    assert new.generation > old.generation
    assert marks.take("one", old.generation, now=NOW) is None  # a ghost of before
    take(marks, new)


def test_many_may_mark_a_backlog_for_the_first_time(books: Database) -> None:
    marks, together = Marks(books), Barrier(4)

    def mark(number: int) -> None:
        together.wait()
        with books.transaction() as connection:
            marks.touch(connection, ["two", "one"], reason=f"edit {number}", now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(mark, range(4)))
    found = due(books, marks, 5)
    assert {one.backlog for one in found} == {"one", "two"}
    for one in found:
        taken = marks.take(one.backlog, one.generation, now=NOW)
        assert taken is not None
        assert sorted(taken.reasons) == [f"edit {number}" for number in range(4)]


def test_any_number_of_workers_may_go_round(books: Database) -> None:
    marks, together = Marks(books), Barrier(4)

    def go(_number: int) -> int:
        together.wait()
        return marks.round(["two", "one"], now=NOW, every=300 * SECOND)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(go, range(4))) == [0, 0, 0, 2]


def test_a_mark_full_of_reasons_takes_one_of_a_new_kind(books: Database) -> None:
    marks = Marks(books)
    named = [f"jira:issue_updated HARB-{number}" for number in range(2 * MOST_REASONS)]
    with books.transaction() as connection:
        for reason in (*named, "clock", *named):
            marks.touch(connection, ["one"], reason=reason, now=NOW, urgent=True)
    taken = take(marks, dispatch(books, marks, 1))
    assert taken.reasons == (*named[:MOST_REASONS], "clock")
