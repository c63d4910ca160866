"""Keep every version of every mapping; the newest is the one in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.books.tables import BacklogRow, MappingRow


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """One version of a backlog's mapping, as the JSON that was given."""

    backlog_id: str
    version: int
    mapping: Mapping[str, Any]
    saved_by: str
    saved_at: datetime


class Mappings:
    """The mappings in the books."""

    def newest(
        self, session: Session, backlog_id: str, *, lock: bool = False
    ) -> SavedMapping | None:
        """Find the mapping in force; `lock` keeps others from saving another."""
        how = {"key_share": True} if lock else None  # as `Backlogs` locks it
        backlog = session.get(BacklogRow, backlog_id, with_for_update=how)
        if backlog is None or backlog.mapping_version is None:
            return None
        return self.find(session, backlog_id, backlog.mapping_version)

    def find(
        self, session: Session, backlog_id: str, version: int
    ) -> SavedMapping | None:
        """Find one version."""
        row = session.get(MappingRow, (backlog_id, version))
        return _saved(row) if row else None

    def list(
        self,
        session: Session,
        backlog_id: str,
        *,
        before: int | None = None,
        limit: int = 200,
    ) -> tuple[SavedMapping, ...]:
        """List the versions, newest first, those before the given one."""
        query = select(MappingRow).where(MappingRow.backlog_id == backlog_id)
        if before is not None:
            query = query.where(MappingRow.version < before)
        query = query.order_by(MappingRow.version.desc()).limit(limit)
        return tuple(_saved(row) for row in session.scalars(query))

    def save(
        self,
        session: Session,
        backlog_id: str,
        mapping: Mapping[str, Any],
        *,
        by: str,
        now: datetime,
    ) -> SavedMapping:
        """Put a mapping in force; the one already in force adds no version."""
        current = self.newest(session, backlog_id, lock=True)
        if current is not None and current.mapping == mapping:
            return current
        version = current.version + 1 if current else 1
        row = MappingRow(
            backlog_id=backlog_id,
            version=version,
            mapping=dict(mapping),
            saved_by=by,
            saved_at=now,
        )
        session.add(row)
        session.get_one(BacklogRow, backlog_id).mapping_version = version
        session.flush()
        return _saved(row)


def _saved(row: MappingRow) -> SavedMapping:
    return SavedMapping(
        row.backlog_id, row.version, row.mapping, row.saved_by, row.saved_at
    )
