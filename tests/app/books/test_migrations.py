"""The migrations make what the models say, from nothing and back, on both databases."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

import app
from app.books.database import Database, migrations_config, schema_is_current
from app.books.migrating import migrate
from app.books.tables import Base


def test_up_check_and_down_again(empty: Database) -> None:
    assert not schema_is_current(empty)
    before, after = migrate(empty)
    assert (before, schema_is_current(empty)) == ("empty", True)
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
            timeout=60,
        )
        assert expected in done.stderr
    assert (tmp_path / "cd3.db").exists()
