"""The migrations make what the models say, from nothing and back, on both databases."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import app
from app.books.database import Database, migrations_config
from app.books.migrating import migrate
from app.books.schema import schema_amiss
from app.books.tables import Base
from app.errors import ConfigurationError
from app.ground import open_ground
from app.settings import Settings
from tests.app.books.conftest import patient
from tests.gates import PATIENCE


def test_up_check_and_down_again(empty: Database) -> None:
    assert schema_amiss(empty)
    before, after = migrate(empty)
    assert (before, schema_amiss(empty)) == ("empty", None)
    config = migrations_config()
    with empty.transaction() as connection:
        config.attributes["connection"] = connection
        command.check(config)  # raises where a model and the tables differ
        assert set(Base.metadata.tables) <= set(inspect(connection).get_table_names())
        command.downgrade(config, "base")
    with empty.transaction() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    assert migrate(empty) == ("empty", after)


def test_running_it_again_changes_nothing(ours: Database) -> None:
    before, after = migrate(ours)
    assert before == after


def test_tables_of_others_are_left_alone(ours: Database) -> None:
    with ours.transaction() as connection:
        connection.execute(text("CREATE TABLE somebody_elses (id INTEGER)"))
        config = migrations_config()
        config.attributes["connection"] = connection
        command.check(config)


def test_several_at_once_migrate_once(empty: Database) -> None:
    patient(empty)
    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda _: migrate(empty)[0], range(3)))
    assert outcomes.count("empty") == 1


def test_a_failing_migration_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
    with database.transaction() as connection:
        # In the way of the last table that the first migration makes.
        connection.execute(text("CREATE TABLE rankings (id INTEGER)"))
    with pytest.raises(Exception, match="rankings"):
        migrate(database)
    with database.engine.connect() as connection:
        names = inspect(connection).get_table_names()
    database.close()
    assert names == ["rankings"]


def test_the_folder_never_becomes_a_package() -> None:
    top = Path(app.__file__).parents[1]
    assert (top / "alembic" / "env.py").exists()
    assert not (top / "alembic" / "__init__.py").exists()


def test_the_command_works_from_any_directory(tmp_path: Path) -> None:
    for expected in ("was empty", "is current already"):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from app.console.migrate import migrate; migrate()",
            ],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60 * PATIENCE,
        )
        assert expected in done.stderr
    assert (tmp_path / "cd3.db").exists()


DYING = """
import os, signal, sys
from sqlalchemy import event
from app.books.database import Database
from app.books.migrating import migrate
left = int(sys.argv[2])
def go_by(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
books = Database(sys.argv[1])
event.listen(books.engine, "after_cursor_execute", go_by)
event.listen(books.engine, "commit", go_by)
migrate(books)
"""


@pytest.mark.parametrize("statements", [5, 40])
def test_db1_a_migration_that_is_killed_leaves_nothing_behind(
    tmp_path: Path, statements: int
) -> None:
    url = f"sqlite:///{tmp_path / 'cd3.db'}"
    command_line = [sys.executable, "-c", DYING, url, str(statements)]
    done = subprocess.run(command_line, check=False, timeout=60 * PATIENCE)  # noqa: S603 - ours
    assert done.returncode == -9
    database = Database(url)
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    assert migrate(database)[0] == "empty"
    assert schema_amiss(database) is None
    database.close()


def settings_of(books: Database) -> Settings:
    url = books.engine.url.render_as_string(hide_password=False)
    return Settings.model_validate({"database_url": url})


def test_db1_an_older_schema_is_refused_with_the_command_to_run(
    ours: Database,
) -> None:
    first = ScriptDirectory.from_config(migrations_config()).get_base()
    with ours.transaction() as connection:
        renamed = text("UPDATE alembic_version SET version_num = :first")
        connection.execute(renamed, {"first": first})
    with pytest.raises(ConfigurationError) as refused:
        open_ground(settings_of(ours))
    assert "cd3 migrate" in refused.value.hint


def test_db1_a_newer_schema_is_refused_and_asks_for_the_newer_cd3(
    ours: Database,
) -> None:
    with ours.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
    for attempt in (lambda: open_ground(settings_of(ours)), lambda: migrate(ours)):
        with pytest.raises(ConfigurationError) as refused:
            attempt()
        assert "newer than this CD3" in str(refused.value)
        assert "install the newer CD3" in refused.value.hint
    with ours.engine.connect() as connection:
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert version == "newer"
