"""Which issues to read again: told by a webhook, found by a sweep, or written by us."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, delete, func, or_, select
from sqlalchemy.engine import Connection

from app.books.tables import UnreadRow
from app.books.upserting import insertion


@dataclass(frozen=True, slots=True)
class Pending:
    """An issue to read, by id (by key where Jira gave none), as it was last noted."""

    issue: str
    times: int
    deleted: bool = False
    ours: bool = False


class Unread:
    """The notices in the books; each method is part of the caller's transaction."""

    def note(  # noqa: PLR0913 - all named
        self,
        connection: Connection,
        backlog: str,
        issues: Iterable[str],
        *,
        now: datetime,
        deleted: bool = False,
        ours: bool = False,
    ) -> None:
        """Note that issues may have changed, each as often as it is named.

        `ours` stays only where nobody else gave notice of the same issue; from then on
        `times` counts anew.
        """
        rows = [
            {
                "backlog_id": backlog,
                "issue": issue,
                "times": times,
                "noted_at": now,
                "deleted": deleted,
                "ours": ours,
            }
            for issue, times in sorted(Counter(issues).items())
        ]
        if not rows:
            return
        adding = insertion(connection, UnreadRow)
        given = adding.excluded
        connection.execute(
            adding.on_conflict_do_update(
                index_elements=["backlog_id", "issue"],
                set_={
                    "times": case(
                        (UnreadRow.ours & ~given.ours, given.times),
                        else_=UnreadRow.times + given.times,
                    ),
                    "noted_at": given.noted_at,
                    "deleted": or_(UnreadRow.deleted, given.deleted),
                    "ours": UnreadRow.ours & given.ours,
                },
            ),
            rows,
        )

    def newest(
        self,
        connection: Connection,
        backlog: str,
        *,
        limit: int | None = None,
        ours: bool = False,
    ) -> list[Pending]:
        """List what was noted last; of our own writes only, or of all else."""
        rows = connection.execute(
            select(UnreadRow.issue, UnreadRow.times, UnreadRow.deleted, UnreadRow.ours)
            .where(UnreadRow.backlog_id == backlog, UnreadRow.ours.is_(ours))
            .order_by(UnreadRow.noted_at.desc(), UnreadRow.issue)
            .limit(limit)
        )
        return [Pending(*row) for row in rows]

    def count(self, connection: Connection, backlog: str, *, ours: bool = False) -> int:
        """Count what is noted: our own writes only, or all else."""
        return connection.execute(
            select(func.count())
            .select_from(UnreadRow)
            .where(UnreadRow.backlog_id == backlog, UnreadRow.ours.is_(ours))
        ).scalar_one()

    def counts(self, connection: Connection) -> dict[str, int]:
        """Count what others than we changed and nobody has read, by backlog."""
        rows = connection.execute(
            select(UnreadRow.backlog_id, func.count())
            .where(UnreadRow.ours.is_(False))
            .group_by(UnreadRow.backlog_id)
        )
        return {row[0]: row[1] for row in rows}

    def all_names(self, connection: Connection, backlog: str) -> frozenset[str]:
        """Name all that is noted of a backlog."""
        query = select(UnreadRow.issue).where(UnreadRow.backlog_id == backlog)
        return frozenset(connection.execute(query).scalars())

    def settle(
        self, connection: Connection, backlog: str, read: Sequence[Pending]
    ) -> None:
        """Forget what was read, unless it was noted again meanwhile."""
        if not read:
            return
        connection.execute(
            delete(UnreadRow).where(
                UnreadRow.backlog_id == backlog,
                UnreadRow.issue == bindparam("the_issue"),
                UnreadRow.times == bindparam("the_times"),
                UnreadRow.ours == bindparam("was_ours"),
            ),
            [
                {
                    "the_issue": one.issue,
                    "the_times": one.times,
                    "was_ours": one.ours,
                }
                for one in read
            ],
        )

    def forget(self, connection: Connection, backlog: str, *, before: datetime) -> None:
        """Forget what was noted before a time."""
        connection.execute(
            delete(UnreadRow).where(
                UnreadRow.backlog_id == backlog, UnreadRow.noted_at < before
            )
        )

    def settle_ours(
        self, connection: Connection, backlog: str, issues: Iterable[str]
    ) -> None:
        """Forget our own writes of these issues: what they made of them is known."""
        rows = [{"the_issue": issue} for issue in issues]
        if rows:
            connection.execute(
                delete(UnreadRow).where(
                    UnreadRow.backlog_id == backlog,
                    UnreadRow.issue == bindparam("the_issue"),
                    UnreadRow.ours.is_(True),
                ),
                rows,
            )
