"""Run the migrations, on the connection that is given or on the configured database."""

from alembic import context
from sqlalchemy import Connection

from app.books.database import Database
from app.books.tables import Base
from app.settings import read_settings


def _ours(
    _object: object,
    name: str | None,
    kind: str,
    reflected: bool,  # noqa: FBT001 - Alembic gives it so
    _other: object,
) -> bool:
    # The engine of the durable work may keep tables beside ours: not our business.
    return not (kind == "table" and reflected and name not in Base.metadata.tables)


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=_ours,
        compare_server_default=True,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _open_and_run() -> None:
    database = Database(read_settings().database_url)
    with database.transaction() as connection:
        _run(connection)
    database.close()


if (given := context.config.attributes.get("connection")) is not None:
    _run(given)
else:
    _open_and_run()
