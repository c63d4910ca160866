"""Our copy of each backlog's issues: never older than what was kept before."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.engine import Connection, Row

from app.books.bites import bites
from app.books.tables import CopyRow
from app.books.upserting import insertion
from scoring.item import Issue

ISSUES: Final = "issues"
LINKED: Final = "linked"
# Well below the number of parameters that a statement may have.
MOST_NAMED: Final = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN: Final[dict[str, Any]] = {"hidden": False, "hidden_at": None}


@dataclass(frozen=True, slots=True)
class Copy:
    """One issue as one part of a backlog has it; `updated` is in milliseconds."""

    part: str
    issue: Issue
    updated: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where an issue of the backlog stands, as far as we know."""

    id: str
    key: str
    rank: str
    updated: int
    hidden: bool


class Copies:
    """The copies in the books; each method is part of the caller's transaction."""

    def put(
        self,
        connection: Connection,
        backlog: str,
        part: str,
        issues: Iterable[Issue],
        *,
        whole: int = 0,
    ) -> None:
        """Keep issues as they were just read; one that is older than ours is passed by.

        `whole` is the number of the whole reading that saw them.
        """
        rows = [_row(backlog, part, issue, whole) for issue in issues]
        if not rows:
            return
        adding = insertion(connection, CopyRow)
        given = adding.excluded
        names = ("issue_key", "summary", "fields", "rank", "done", "updated")
        connection.execute(
            adding.on_conflict_do_update(
                index_elements=["backlog_id", "part", "issue_id"],
                set_={name: given[name] for name in names} | _SHOWN,
                where=given.updated >= CopyRow.updated,
            ),
            rows,
        )
        if whole:
            ids = [str(row["issue_id"]) for row in rows]
            for some in bites(ids, MOST_NAMED):
                connection.execute(
                    update(CopyRow)
                    .where(_in(backlog, part), CopyRow.issue_id.in_(some))
                    .values(round=whole, **_SHOWN)
                )

    def all(self, connection: Connection, backlog: str) -> Iterator[Copy]:
        """Give all copies of a backlog."""
        query = _copies().where(CopyRow.backlog_id == backlog)
        for row in connection.execute(query):
            yield _copy(row)

    def find(
        self, connection: Connection, backlog: str, names: Collection[str]
    ) -> list[Copy]:
        """Find the copies of some issues, by id or key, in all parts."""
        found: list[Copy] = []
        for some in bites(sorted(names), MOST_NAMED // 2):
            rows = connection.execute(
                _copies().where(
                    CopyRow.backlog_id == backlog,
                    or_(CopyRow.issue_id.in_(some), CopyRow.issue_key.in_(some)),
                )
            )
            found += [_copy(row) for row in rows]
        return found

    def places(
        self, connection: Connection, backlog: str, part: str = ISSUES
    ) -> list[Place]:
        """Say where a part's issues stand, without what they hold."""
        rows = connection.execute(
            select(
                CopyRow.issue_id,
                CopyRow.issue_key,
                CopyRow.rank,
                CopyRow.updated,
                CopyRow.hidden,
            ).where(_in(backlog, part))
        )
        return [Place(*row) for row in rows]

    def open_links(self, connection: Connection, backlog: str) -> list[str]:
        """Name the issues that only links lead to and that are not done, by id."""
        query = select(CopyRow.issue_id).where(
            _in(backlog, LINKED), CopyRow.done.is_(False)
        )
        return list(connection.execute(query).scalars())

    def unseen(self, connection: Connection, backlog: str, whole: int) -> list[str]:
        """Name the issues that a whole reading did not see, by id."""
        query = select(CopyRow.issue_id).where(
            _in(backlog, ISSUES), CopyRow.round != whole, CopyRow.hidden.is_(False)
        )
        return list(connection.execute(query).scalars())

    def hidden(self, connection: Connection, backlog: str) -> list[str]:
        """Name the issues that Jira shows no longer, by key."""
        query = select(CopyRow.issue_key).where(
            _in(backlog, ISSUES), CopyRow.hidden.is_(True)
        )
        return list(connection.execute(query.order_by(CopyRow.issue_key)).scalars())

    def hide(
        self,
        connection: Connection,
        backlog: str,
        ids: Iterable[str],
        *,
        now: datetime,
    ) -> None:
        """Note that Jira shows issues no longer, and nobody knows why."""
        for some in bites(ids, MOST_NAMED):
            connection.execute(
                update(CopyRow)
                .where(
                    _in(backlog, ISSUES),
                    CopyRow.issue_id.in_(some),
                    CopyRow.hidden.is_(False),  # else it is known since when
                )
                .values(hidden=True, hidden_at=now)
            )

    def hidden_before(
        self, connection: Connection, backlog: str, moment: datetime
    ) -> list[Copy]:
        """Find the issues that Jira has shown no longer since before a moment."""
        query = _copies().where(
            _in(backlog, ISSUES),
            CopyRow.hidden.is_(True),
            CopyRow.hidden_at <= moment,
        )
        return [_copy(row) for row in connection.execute(query)]

    def count_hidden(self, connection: Connection) -> dict[str, int]:
        """Count what Jira shows no longer, by backlog."""
        rows = connection.execute(
            select(CopyRow.backlog_id, func.count())
            .where(CopyRow.part == ISSUES, CopyRow.hidden.is_(True))
            .group_by(CopyRow.backlog_id)
        )
        return {row[0]: row[1] for row in rows}

    def forget_hidden(self, connection: Connection, backlog: str) -> int:
        """Forget what Jira shows no longer; count it."""
        came = connection.execute(
            delete(CopyRow).where(_in(backlog, ISSUES), CopyRow.hidden.is_(True))
        )
        return came.rowcount

    def drop(
        self, connection: Connection, backlog: str, part: str, ids: Iterable[str]
    ) -> None:
        """Forget some issues of a part."""
        for some in bites(ids, MOST_NAMED):
            connection.execute(
                delete(CopyRow).where(_in(backlog, part), CopyRow.issue_id.in_(some))
            )

    def clear(self, connection: Connection, backlog: str) -> None:
        """Forget all copies of a backlog."""
        connection.execute(delete(CopyRow).where(CopyRow.backlog_id == backlog))

    def set_fields(
        self,
        connection: Connection,
        backlog: str,
        written: Mapping[str, Mapping[str, object]],
    ) -> list[str]:
        """Put what we have just written into our copies, by key; name them by id.

        Jira's `updated` is newer by now than ours, so whoever reads the issue wins.
        """
        copies = self.find(connection, backlog, written.keys())
        for copy in copies:
            fields = {**copy.issue.fields, **written.get(copy.issue.key, {})}
            connection.execute(
                update(CopyRow)
                .where(_in(backlog, copy.part), CopyRow.issue_id == copy.issue.id)
                .values(fields=_packed(fields))
            )
        return [copy.issue.id for copy in copies if copy.part == ISSUES]

    def knowing(
        self, connection: Connection, backlogs: Collection[str], names: Collection[str]
    ) -> list[tuple[str, str, str]]:
        """Say which of these backlogs know which issues: backlog, id, key."""
        found: list[tuple[str, str, str]] = []
        for some in bites(sorted(names), MOST_NAMED // 2):
            rows = connection.execute(
                select(CopyRow.backlog_id, CopyRow.issue_id, CopyRow.issue_key).where(
                    CopyRow.backlog_id.in_(backlogs),
                    or_(CopyRow.issue_id.in_(some), CopyRow.issue_key.in_(some)),
                )
            )
            found += [(row[0], row[1], row[2]) for row in rows]
        return found

    def projects(
        self, connection: Connection, backlog: str, part: str = ""
    ) -> list[str]:
        """Name the projects of a backlog's issues and evidence, or of one part."""
        query = select(CopyRow.issue_key).where(
            CopyRow.backlog_id == backlog,
            CopyRow.part == part if part else CopyRow.part != LINKED,
        )
        keys = connection.execute(query).scalars()
        return sorted({key.rpartition("-")[0] for key in keys})

    def count(self, connection: Connection, backlog: str) -> int:
        """Count the issues of a backlog, without its evidence."""
        query = select(func.count()).select_from(CopyRow).where(_in(backlog, ISSUES))
        return connection.execute(query).scalar_one()


def milliseconds(stamp: str) -> int:
    """Read one of Jira's times; what is none is older than all that are."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round((moment - _EPOCH).total_seconds() * 1_000)


def same(one: Issue, other: Issue) -> bool:
    """Tell whether two readings of an issue differ in nothing that we use."""
    return replace(one, updated="") == replace(other, updated="")


def _in(backlog: str, part: str) -> ColumnElement[bool]:
    return (CopyRow.backlog_id == backlog) & (CopyRow.part == part)


def _copies() -> Select[str, str, str, str, bytes, str, bool, int, bool]:
    return select(
        CopyRow.part,
        CopyRow.issue_id,
        CopyRow.issue_key,
        CopyRow.summary,
        CopyRow.fields,
        CopyRow.rank,
        CopyRow.done,
        CopyRow.updated,
        CopyRow.hidden,
    )


def _copy(row: Row[str, str, str, str, bytes, str, bool, int, bool]) -> Copy:
    issue = Issue(
        id=row.issue_id,
        key=row.issue_key,
        summary=row.summary,
        fields=_unpacked(row.fields),
        rank=row.rank,
        done=row.done,
    )
    return Copy(row.part, issue, row.updated, row.hidden)


def _row(backlog: str, part: str, issue: Issue, whole: int) -> dict[str, object]:
    return {
        "backlog_id": backlog,
        "part": part,
        "issue_id": issue.id,
        "issue_key": issue.key,
        # PostgreSQL keeps no NUL in text.
        "summary": _plain(issue.summary),
        "fields": _packed(issue.fields),
        "rank": issue.rank,
        "done": issue.done,
        "updated": milliseconds(issue.updated),
        "round": whole,
        **_SHOWN,
    }


def _plain(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _packed(fields: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(dict(fields))
    except orjson.JSONEncodeError:  # a number of 100 digits, half a character
        return json.dumps(dict(fields)).encode()


def _unpacked(kept: bytes) -> dict[str, object]:
    found: dict[str, object]
    try:
        found = orjson.loads(kept)
    except orjson.JSONDecodeError:
        found = json.loads(kept)
    return found
