"""Books with two backlogs, on a real SQLite file and on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, insert, text

from app.books.database import Database
from app.books.tables import BacklogRow, Base, SiteRow
from tests.postgres import new_database, postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def emptied(postgres_server: URL) -> Iterator[Database]:
    """Make our tables on PostgreSQL once, for tests that empty them first."""
    with new_database(postgres_server) as url:
        database = Database(url)
        with database.transaction() as connection:
            Base.metadata.create_all(connection)
        yield database
        database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Books with a site «acme» and two backlogs, «one» and «two»."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
        with database.transaction() as connection:
            Base.metadata.create_all(connection)
        fill(database)
        yield database
        database.close()
    else:
        database = request.getfixturevalue("emptied")
        names = ", ".join(Base.metadata.tables)
        with database.transaction() as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        fill(database)
        yield database


def fill(database: Database, *more: str) -> None:
    """Add the site, the two backlogs, and more of them."""
    with database.transaction() as connection:
        site = {"id": "acme", "name": "Acme", "settings": {}, "created_at": NOW}
        connection.execute(insert(SiteRow).values(site))
        for backlog in ("one", "two", *more):
            connection.execute(
                insert(BacklogRow).values(
                    id=backlog,
                    site_id="acme",
                    name=backlog,
                    settings={},
                    created_at=NOW,
                )
            )
