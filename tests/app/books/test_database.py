"""The books are opened safely: durable, one writer at a time, no password in words."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.books.database import Database, open_engine
from app.errors import ConfigurationError
from tests.app.books.conftest import patient


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cd3.db"


def test_sqlite_is_durable_and_checks_its_references(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    with database.reading() as session:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        said = [session.scalar(text(f"PRAGMA {name}")) for name in asked]
    database.close()
    assert said == ["wal", 2, 1, 5000]  # 2 is FULL


def test_a_writer_waits_for_the_one_before_it(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE counts (n INTEGER)"))
        connection.execute(text("INSERT INTO counts VALUES (0)"))

    patient(database)

    def count_up() -> None:
        for _ in range(20):
            with database.writing() as session:
                n = session.scalar(text("SELECT n FROM counts"))
                session.execute(text("UPDATE counts SET n = :n"), {"n": (n or 0) + 1})

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        total = session.scalar(text("SELECT n FROM counts"))
    database.close()
    assert total == 80  # none of the read-then-write pairs was lost


def test_an_error_takes_all_back(ours: Database) -> None:
    insert = (
        "INSERT INTO echoes (id, site_id, issue_key, field, value, written_at)"
        " VALUES (1, 's', 'k', 'f', 'v', '2026-01-01')"
    )

    def fail_halfway() -> None:
        with ours.writing() as session:
            session.execute(text(insert))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with ours.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM echoes")) == 0


def test_a_sign_of_life(ours: Database) -> None:
    assert ours.answers()


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://root:hunter2@db/cd3", "sqlite://", "postgresql://u@h/d"],
)
def test_an_unknown_database_is_refused_without_repeating_the_url(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_engine(url)
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    assert "sqlite:///" in caught.value.hint


def test_a_database_that_does_not_answer_is_an_error_of_the_driver() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(OperationalError):
        database.answers()
    database.close()
