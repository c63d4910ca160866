"""Keep what a site does not let us do, so that it is tried rarely and told once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.books.tables import BarRow
from app.books.upserting import insertion

PROBE_EVERY: Final = timedelta(hours=1)
FIELD: Final = "field "
EDIT: Final = "edit "
RANK: Final = "rank "
# Edits in a project without mail to the watchers: no lack, they are written with it.
MAIL: Final = "mail "
# Before one of the two: the credential is not good for it, in any project.
GRANT: Final = "grant "
_LONGEST_REASON: Final = 1_000


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that is barred; `due` says that it is to be tried again now."""

    what: str
    reason: str
    due: bool


class Bars:
    """The bars in the books."""

    def of(
        self, session: Session, backlog_id: str, *, as_of: str, now: datetime
    ) -> tuple[Bar, ...]:
        """List what is barred for a backlog."""
        rows = session.scalars(select(BarRow).where(BarRow.backlog_id == backlog_id))
        return tuple(
            Bar(row.what, row.reason, row.as_of != as_of or row.probe_at <= now)
            for row in rows
        )

    def keep(
        self,
        session: Session,
        backlog_id: str,
        barred: Mapping[str, str],
        *,
        as_of: str,
        now: datetime,
    ) -> None:
        """Bar things from now on, each for an hour."""
        connection = session.connection()
        for what, reason in barred.items():
            key = {"backlog_id": backlog_id, "what": what[:128]}
            values = {
                "reason": reason[:_LONGEST_REASON],
                "probe_at": now + PROBE_EVERY,
                "as_of": as_of,
            }
            connection.execute(
                insertion(connection, BarRow)
                .values(**key, **values, since=now)
                .on_conflict_do_update(index_elements=list(key), set_=values)
            )

    def lift(
        self, session: Session, backlog_id: str, what: frozenset[str] | None = None
    ) -> int:
        """Lift some bars of a backlog, or all; count them."""
        query = delete(BarRow).where(BarRow.backlog_id == backlog_id)
        if what is not None:
            query = query.where(BarRow.what.in_(what))
        return session.connection().execute(query).rowcount

    def count(self, session: Session) -> dict[str, tuple[int, int]]:
        """Count the barred fields and the barred projects of each backlog."""
        rows = session.execute(
            select(BarRow.backlog_id, BarRow.what).order_by(BarRow.backlog_id)
        )
        counted: dict[str, tuple[int, int]] = {}
        for backlog, what in rows:
            if what.startswith(MAIL):
                continue
            fields, projects = counted.get(backlog, (0, 0))
            is_field = what.startswith(FIELD)
            counted[backlog] = (fields + is_field, projects + (not is_field))
        return counted
