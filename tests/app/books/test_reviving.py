"""Who ended without a word is looked at again; who said how it ended is not."""

from app.books.database import Database
from app.books.marks import Due, Marks
from app.books.reviving import held, revive
from tests.app.books.test_marks import SECOND, dispatch, due, take, touch
from tests.app.conftest import NOW


def holding(books: Database, at: float) -> list[Due]:
    with books.engine.connect() as connection:
        return held(connection, now=NOW + at * SECOND)


def revived(books: Database, marks: Marks, at: float, ended: list[Due]) -> list[str]:
    with books.transaction() as connection:
        return revive(connection, marks, ended, now=NOW + at * SECOND)


def test_who_ended_without_a_word_is_set_again_with_its_reasons(
    books: Database,
) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    first = dispatch(books, marks, 1)
    assert holding(books, 5) == []  # too young to ask for
    assert holding(books, 6) == [first]
    take(marks, first)
    assert holding(books, 6) == [first]
    assert due(books, marks, 60) == []  # so it was lost
    assert revived(books, marks, 7, [first]) == ["one"]
    second = dispatch(books, marks, 10)
    assert second.generation == first.generation + 1
    assert take(marks, second).reasons == ("edit",)


def test_who_never_took_the_mark_is_set_again_too(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    first = dispatch(books, marks, 1)
    assert revived(books, marks, 10, [first]) == ["one"]
    assert take(marks, dispatch(books, marks, 20)).reasons == ("edit", "again")


def test_who_said_how_it_ended_is_left_alone(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    first = dispatch(books, marks, 1)
    [held] = holding(books, 10)
    assert marks.succeeded("one", take(marks, first).run)
    assert holding(books, 10) == []
    assert revived(books, marks, 10, [held]) == []
    touch(books, marks, 20)
    second = dispatch(books, marks, 30)
    assert revived(books, marks, 40, [held]) == []  # a newer one has it
    taken = take(marks, second)
    marks.ended("one", taken.run - 1)  # one that was overtaken says nothing for it
    assert holding(books, 40) == [second]
    marks.ended("one", taken.run)
    assert holding(books, 40) == []


def test_what_is_set_again_waits_where_a_failure_told_it_to(books: Database) -> None:
    marks = Marks(books)
    touch(books, marks, 0)
    first = dispatch(books, marks, 1)
    run = take(marks, first).run
    marks.failed("one", run, again=NOW + 60 * SECOND, reason="again")
    assert revived(books, marks, 10, [first]) == ["one"]
    assert due(books, marks, 59) == []
    assert [d.backlog for d in due(books, marks, 60)] == ["one"]
