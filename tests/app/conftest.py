"""Books on a real SQLite file."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.books.database import Database
from app.books.tables import BacklogRow, Base, SiteRow

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Database]:
    """Books with a site «acme» and two backlogs, «one» and «two»."""
    database = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
    with database.transaction() as connection:
        Base.metadata.create_all(connection)
        site = {"id": "acme", "name": "Acme", "settings": {}, "created_at": NOW}
        connection.execute(insert(SiteRow).values(site))
        for backlog in ("one", "two"):
            connection.execute(
                insert(BacklogRow).values(
                    id=backlog,
                    site_id="acme",
                    name=backlog,
                    settings={},
                    created_at=NOW,
                )
            )
    yield database
    database.close()
