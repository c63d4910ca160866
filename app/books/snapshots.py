"""How far our copy of a backlog goes: when it was read, by which settings, how much."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from app.books.tables import BacklogRow, SnapshotRow


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a backlog's copy; see `SnapshotRow`."""

    backlog_id: str
    backlog_version: int
    mapping_version: int
    round: int
    reading: int | None
    read_at: datetime | None
    swept_at: datetime | None
    names: Mapping[str, str]
    troubles: Mapping[str, str]
    projects: Sequence[str]
    found: int
    rank_field: str


class Snapshots:
    """The snapshots in the books; each method is part of the caller's transaction."""

    def find(self, connection: Connection, backlog: str) -> Snapshot | None:
        """Find a backlog's snapshot."""
        query = select(SnapshotRow.__table__).where(SnapshotRow.backlog_id == backlog)
        row = connection.execute(query).one_or_none()
        return Snapshot(**row._mapping) if row else None  # noqa: SLF001 - the public way

    def of(
        self, connection: Connection, backlogs: Collection[str]
    ) -> dict[str, Snapshot]:
        """Find the snapshots of some backlogs, by backlog."""
        query = select(SnapshotRow.__table__).where(
            SnapshotRow.backlog_id.in_(backlogs)
        )
        rows = [Snapshot(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - likewise
        return {row.backlog_id: row for row in rows}

    def begin(
        self, connection: Connection, backlog: str, settings: tuple[int, int]
    ) -> int:
        """Begin a whole reading by a backlog's and a mapping's version; number it."""
        values: dict[str, object] = {
            "backlog_version": settings[0],
            "mapping_version": settings[1],
            "reading": 0,
        }
        known = self.find(connection, backlog)
        if known is None:
            connection.execute(
                insert(SnapshotRow).values(
                    backlog_id=backlog,
                    round=1,
                    names={},
                    troubles={},
                    projects=[],
                    found=0,
                    **values,
                )
            )
            return 1
        if (known.backlog_version, known.mapping_version) != settings:
            values["read_at"] = None
        self._set(connection, backlog, round=known.round + 1, **values)
        return known.round + 1

    def progress(self, connection: Connection, backlog: str, count: int) -> None:
        """Note how much a whole reading has read so far, where people look too."""
        self._set(connection, backlog, reading=count)
        connection.execute(
            update(BacklogRow)
            .where(BacklogRow.id == backlog)
            .values(state="reading", state_reason=f"{count:,} issues are read so far")
        )

    def progressing(self, connection: Connection) -> dict[str, int]:
        """Say which backlogs are read whole at this moment, and how far each is."""
        query = select(SnapshotRow.backlog_id, SnapshotRow.reading)
        rows = connection.execute(query.where(SnapshotRow.reading.is_not(None)))
        return {backlog: count or 0 for backlog, count in rows}

    def read(
        self, connection: Connection, backlog: str, *, began: datetime, ended: datetime
    ) -> None:
        """Note that a whole reading has ended; whoever asked for it says the rest."""
        self._set(connection, backlog, read_at=ended, swept_at=began, reading=None)
        reading = BacklogRow.state == "reading"
        connection.execute(
            update(BacklogRow)
            .where(BacklogRow.id == backlog, reading)
            .values(state="ok", state_reason="")
        )

    def swept(self, connection: Connection, backlog: str, *, began: datetime) -> None:
        """Note that all was compared with Jira."""
        self._set(connection, backlog, swept_at=began)

    def describe(  # noqa: PLR0913 - all named
        self,
        connection: Connection,
        backlog: str,
        *,
        names: Mapping[str, str] | None = None,
        troubles: Mapping[str, str] | None = None,
        projects: Sequence[str] | None = None,
        rank_field: str | None = None,
    ) -> None:
        """Note the site's fields, what could not be read, or the projects."""
        given: dict[str, object] = {"names": names, "troubles": troubles}
        given |= {"projects": projects, "rank_field": rank_field}
        values = {name: one for name, one in given.items() if one is not None}
        if values:
            self._set(connection, backlog, **values)

    def count_found(self, connection: Connection, backlog: str, count: int) -> None:
        """Count changes that no webhook told of."""
        self._set(connection, backlog, found=SnapshotRow.found + count)

    def found_by_site(self, connection: Connection) -> dict[str, int]:
        """Count the changes that no webhook told of, by site."""
        rows = connection.execute(
            select(BacklogRow.site_id, func.sum(SnapshotRow.found))
            .join(SnapshotRow, SnapshotRow.backlog_id == BacklogRow.id)
            .group_by(BacklogRow.site_id)
        )
        return {site: int(count) for site, count in rows}

    def _set(self, connection: Connection, backlog: str, **values: object) -> None:
        connection.execute(
            update(SnapshotRow)
            .where(SnapshotRow.backlog_id == backlog)
            .values(**values)
        )
