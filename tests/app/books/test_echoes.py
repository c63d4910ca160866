"""An event is our echo only if we expect every change in it, and only once."""

from datetime import timedelta

from app.books.database import Database
from app.books.echoes import RANK, Echo, Echoes
from tests.app.conftest import NOW


def heard(books: Database, *echoes: Echo, key: str = "HARB-1") -> bool:
    with books.transaction() as connection:
        return Echoes(books).heard(connection, "acme", key, echoes)


def test_a_write_is_heard_once(books: Database) -> None:
    Echoes(books).expect("acme", [Echo("HARB-1", "cf_1", 2500.0)], now=NOW)
    assert heard(books, Echo("HARB-1", "cf_1", 2500))
    assert not heard(books, Echo("HARB-1", "cf_1", 2500))


def test_another_value_field_or_issue_is_no_echo(books: Database) -> None:
    Echoes(books).expect("acme", [Echo("HARB-1", "cf_1", 2500.0)], now=NOW)
    assert not heard(books, Echo("HARB-1", "cf_1", 2501))
    assert not heard(books, Echo("HARB-1", "cf_2", 2500))
    assert not heard(books, Echo("HARB-2", "cf_1", 2500), key="HARB-2")
    assert not heard(books, Echo("HARB-1", "cf_1", None))


def test_a_persons_change_beside_ours_is_theirs(books: Database) -> None:
    Echoes(books).expect("acme", [Echo("HARB-1", "cf_1", 1.0)], now=NOW)
    assert not heard(books, Echo("HARB-1", "cf_1", 1), Echo("HARB-1", RANK))
    assert heard(books, Echo("HARB-1", "cf_1", 1))  # still expected


def test_moves_are_counted(books: Database) -> None:
    Echoes(books).expect("acme", [Echo("HARB-1", RANK)] * 2, now=NOW)
    assert [heard(books, Echo("HARB-1", RANK)) for _ in range(3)] == [True, True, False]


def test_refused_and_old_writes_are_forgotten(books: Database) -> None:
    echoes = Echoes(books)
    rows = echoes.expect("acme", [Echo("HARB-1", RANK)], now=NOW)
    echoes.withdraw(rows)
    assert not heard(books, Echo("HARB-1", RANK))
    echoes.expect("acme", [Echo("HARB-1", RANK)], now=NOW)
    assert echoes.forget(before=NOW + timedelta(seconds=1), most=10) == 1
    assert not heard(books, Echo("HARB-1", RANK))


def test_nothing_changed_is_no_echo(books: Database) -> None:
    assert not heard(books)
