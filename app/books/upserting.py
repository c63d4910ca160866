"""Insert, or change what is there: the statement for whichever database it is."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from app.books.tables import Base


def insertion(
    connection: Connection, rows: type[Base]
) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that knows ON CONFLICT."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(rows)
    return sqlite.insert(rows)
