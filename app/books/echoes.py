"""What we wrote to Jira and have not yet heard back: our own echoes wake nobody.

Written before the write, matched without a call to Jira, and forgotten after a while,
for Jira may be late or never tell.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, tuple_
from sqlalchemy.engine import Connection

from app.books.database import Database
from app.books.tables import EchoRow

RANK = "rank"
# Jira promises most webhooks within 30 seconds.
PROMPT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Echo:
    """One expected change: a field and the value it will show, or a move in rank.

    `name` is what people call the field: Data Center tells it in the place of an id.
    """

    issue_key: str
    field: str
    value: float | None = None
    name: str = ""


class Echoes:
    """The expected echoes in the books."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def expect(self, site: str, echoes: Iterable[Echo], *, now: datetime) -> list[int]:
        """Record what will come back; answer the rows, for `withdraw`."""
        rows = [
            {
                "site_id": site,
                "issue_key": echo.issue_key,
                "field": echo.field,
                "value": _text(echo.value),
                "name": echo.name,
                "written_at": now,
            }
            for echo in echoes
        ]
        if not rows:
            return []
        with self._database.transaction() as connection:
            self._replace(connection, site, {row["issue_key"] for row in rows}, now)
            return list(
                connection.execute(
                    insert(EchoRow).values(rows).returning(EchoRow.id)
                ).scalars()
            )

    def _replace(
        self, connection: Connection, site: str, keys: set[object], now: datetime
    ) -> None:
        """Forget what these issues should have echoed long ago.

        A write of unknown outcome may never come back; its row must not swallow a
        person's change of the same kind later.
        """
        _delete(
            connection,
            EchoRow.site_id == site,
            EchoRow.issue_key.in_(keys),
            EchoRow.written_at < now - PROMPT,
        )

    def withdraw(self, rows: Sequence[int]) -> None:
        """Forget echoes of a write that Jira refused."""
        with self._database.transaction() as connection:
            _delete(connection, EchoRow.id.in_(rows))

    def hold(self, connection: Connection, issues: Collection[tuple[str, str]]) -> None:
        """Let nobody else hear the echoes of these issues (site, key) meanwhile.

        All at once and in order, so that no two who hear at the same time can lock.
        """
        if issues and connection.dialect.name == "postgresql":
            named = tuple_(EchoRow.site_id, EchoRow.issue_key).in_(sorted(issues))
            held = select(EchoRow.id).where(named).order_by(EchoRow.id)
            connection.execute(held.with_for_update())

    def heard(
        self, connection: Connection, site: str, key: str, fields: Sequence[Echo]
    ) -> bool:
        """Tell whether all these changes are ours; if so, they are heard now.

        What another hears at this moment is not there any more: see `hold`.
        """
        expected = connection.execute(
            select(EchoRow.id, EchoRow.field, EchoRow.value, EchoRow.name)
            .where(EchoRow.site_id == site, EchoRow.issue_key == key)
            .order_by(EchoRow.id)
            .with_for_update(skip_locked=True)
        ).all()
        left = list(expected)
        found: list[int] = []
        for echo in fields:
            match = next((row for row in left if _fits(row, echo)), None)
            if match is None:
                return False
            found.append(match.id)
            left.remove(match)
        if found:
            connection.execute(delete(EchoRow).where(EchoRow.id.in_(found)))
        return bool(found)

    def forget(self, *, before: datetime, most: int) -> int:
        """Delete some of what was never heard; count them."""
        with self._database.transaction() as connection:
            return _delete(connection, EchoRow.written_at < before, most=most)


def _delete(
    connection: Connection, *which: ColumnElement[bool], most: int | None = None
) -> int:
    """Delete rows in the order in which all lock them."""
    rows = select(EchoRow.id).where(*which).order_by(EchoRow.id).limit(most)
    rows = rows.with_for_update()
    return connection.execute(delete(EchoRow).where(EchoRow.id.in_(rows))).rowcount


def _fits(row: Any, echo: Echo) -> bool:
    """Tell whether a row expects this; by name only where no id was told."""
    if echo.field:
        known = row.field == echo.field
    else:
        known = bool(echo.name) and row.name == echo.name
    return bool(known and row.value == _text(echo.value))


def _text(value: float | None) -> str:
    return "" if value is None else repr(float(value))
