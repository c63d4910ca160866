"""Keep who did what to what; entries are added and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.books.tables import AuditRow

NO_DETAIL: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done; `object` is a path such as `backlogs/harbour`."""

    id: int
    at: datetime
    actor: str
    action: str
    object: str
    detail: Mapping[str, Any]


class Audit:
    """The audit in the books: it can be added to and read."""

    def add(  # noqa: PLR0913 - an entry has so many parts, all named
        self,
        session: Session,
        *,
        now: datetime,
        actor: str,
        action: str,
        object: str,  # noqa: A002 - the field's word
        detail: Mapping[str, Any] = NO_DETAIL,
    ) -> None:
        """Add an entry; `detail` never holds a secret."""
        session.add(
            AuditRow(
                at=now, actor=actor, action=action, object=object, detail=dict(detail)
            )
        )
        session.flush()

    def list(
        self,
        session: Session,
        *,
        object_id: str = "",
        before: int | None = None,
        limit: int = 200,
    ) -> tuple[Entry, ...]:
        """List entries, newest first, before the given one, of one object or all."""
        query = select(AuditRow)
        if object_id:
            query = query.where(AuditRow.object == object_id)
        if before is not None:
            query = query.where(AuditRow.id < before)
        rows = session.scalars(query.order_by(AuditRow.id.desc()).limit(limit))
        return tuple(
            Entry(row.id, row.at, row.actor, row.action, row.object, row.detail)
            for row in rows
        )
