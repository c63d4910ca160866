"""Dirty marks: which backlogs to look at again, since when, and who may write."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from app.books.database import Database
from app.books.debounce import Debounce
from app.books.tables import MarkRow

# A mark remembers why it was set, up to this many different reasons, and of each kind
# one in any case: a kind may call for more than the others.
MOST_REASONS = 50
LOST_AFTER = timedelta(minutes=30)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Due:
    """A backlog whose rescore is due, and the generation it will be.

    `few` says that webhooks told of some changes, and not of many; `reasons` why the
    mark was set.
    """

    backlog: str
    generation: int
    few: bool = field(default=False, compare=False)
    reasons: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """A rescore that may begin: the number of its run, and why the mark was set."""

    run: int
    reasons: tuple[str, ...]


class Marks:
    """The marks in the books. What takes a connection is part of its transaction.

    Of what one transaction locks, all take in this order, so that no two can wait for
    each other: the site, the marks by backlog, the backlog, whatever hangs on it.
    """

    def __init__(self, database: Database, debounce: Debounce | None = None) -> None:
        self._database = database
        self._debounce = debounce or Debounce()

    def touch(  # noqa: PLR0913 - a mark has these parts
        self,
        connection: Connection,
        backlogs: Iterable[str],
        *,
        reason: str,
        now: datetime,
        urgent: bool = False,
        changes: int = 0,
    ) -> None:
        """Mark backlogs dirty; in order of id, so that no two writers can lock.

        `changes` is how many webhooks told of.
        After a failure nothing starts before its time, but for what is `urgent`: an
        admin's change may be what mends it.
        """
        for backlog in sorted(set(backlogs)):
            self._touch(
                connection, backlog, reason, now, urgent=urgent, changes=changes
            )

    def take(self, backlog: str, generation: int, *, now: datetime) -> Taken | None:
        """Clear the mark before its work reads.

        None where a newer rescore has begun, or where a failure told us to wait: then
        the mark stays for later.

        From here on earlier runs may no longer write: neither rescores of older
        generations nor another run of this one, whose worker was taken for dead. What
        a run was told that never came to its end is told again.
        """
        with self._database.transaction() as connection:
            mark = connection.execute(
                select(
                    MarkRow.reasons,
                    MarkRow.taken,
                    MarkRow.running,
                    MarkRow.run,
                    MarkRow.generation,
                    MarkRow.not_before,
                )
                .where(MarkRow.backlog_id == backlog)
                .with_for_update()
            ).one_or_none()
            if mark is None or mark.running > generation:
                return None
            if mark.not_before is not None and mark.not_before > now:
                self._put_off(connection, backlog, mark.not_before)
                return None
            reasons = list(dict.fromkeys([*(mark.taken or ()), *mark.reasons]))
            connection.execute(
                update(MarkRow)
                .where(MarkRow.backlog_id == backlog)
                .values(
                    dirty_at=None,
                    due_at=None,
                    changes=0,
                    dispatched=False,
                    running=generation,
                    run=mark.run + 1,
                    clock_at=now,
                    reasons=[],
                    taken=reasons,
                    # A crash between enqueuing and committing leaves it behind.
                    generation=max(mark.generation, generation),
                )
            )
        return Taken(mark.run + 1, tuple(reasons))

    def may_write(self, backlog: str, run: int) -> bool:
        """Tell whether no later run of a rescore has begun (the fence)."""
        with self._database.engine.connect() as connection:
            return connection.execute(_run_of(backlog)).scalar_one_or_none() == run

    def awaited(
        self, backlog: str, *, now: datetime, others: timedelta | None = None
    ) -> bool:
        """Tell whether a backlog that is worked on is due once more.

        With `others`, also where another backlog has been queued for longer.
        """
        due = and_(MarkRow.backlog_id == backlog, MarkRow.due_at <= now)
        if others is not None:
            queued = and_(
                MarkRow.backlog_id != backlog,
                MarkRow.dispatched.is_(True),
                MarkRow.dispatched_at <= now - others,
                MarkRow.dispatched_at > now - LOST_AFTER,
            )
            due = or_(due, queued)
        with self._database.engine.connect() as connection:
            found = select(MarkRow.backlog_id).where(due).limit(1)
            return connection.execute(found).first() is not None

    def may_close(self, connection: Connection, backlog: str, run: int) -> bool:
        """Tell the same, and let no other run begin before the transaction ends."""
        locked = _run_of(backlog).with_for_update(read=True)
        return connection.execute(locked).scalar_one_or_none() == run

    def may_change(self, connection: Connection, backlog: str, run: int) -> bool:
        """Tell the same, and keep the mark for a change of it."""
        locked = _run_of(backlog).with_for_update()
        return connection.execute(locked).scalar_one_or_none() == run

    def hold(self, connection: Connection, backlog: str) -> bool:
        """Lock a backlog's mark, before the backlog itself; False where it has none."""
        locked = _run_of(backlog).with_for_update()
        return connection.execute(locked).first() is not None

    def any_due(self, *, now: datetime) -> bool:
        """Tell whether a mark is due; reads only."""
        with self._database.engine.connect() as connection:
            found = connection.execute(
                select(MarkRow.backlog_id).where(_is_due(now)).limit(1)
            )
            return found.first() is not None

    def due(self, connection: Connection, *, now: datetime, limit: int) -> list[Due]:
        """Find the marks that are due and not yet with the engine, and lock them.

        While a run of its backlog has not come to its end, none is: so the engine never
        has two of a backlog, and the next goes where it belongs.
        One that the engine has held for very long is due once more: should the engine
        have lost it, this is how it comes back.
        """
        rows = connection.execute(
            select(
                MarkRow.backlog_id,
                MarkRow.generation,
                MarkRow.changes,
                MarkRow.reasons,
            )
            .where(_is_due(now))
            .order_by(MarkRow.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        few = range(1, self._debounce.few + 1)
        return [
            Due(
                row.backlog_id,
                row.generation + 1,
                few=row.changes in few,
                reasons=tuple(row.reasons),
            )
            for row in rows
        ]

    def dispatched(self, connection: Connection, due: Due, *, now: datetime) -> None:
        """Record that the engine holds the rescore."""
        connection.execute(
            update(MarkRow)
            .where(MarkRow.backlog_id == due.backlog)
            .values(dispatched=True, dispatched_at=now, generation=due.generation)
        )

    def ended(self, backlog: str, run: int) -> None:
        """Note that a run came to its end, however that was, and has said so."""
        with self._database.transaction() as connection:
            connection.execute(
                update(MarkRow)
                .where(MarkRow.backlog_id == backlog, MarkRow.run == run)
                .values(taken=null())
            )

    def failed(self, backlog: str, run: int, *, again: datetime, reason: str) -> int:
        """Set the mark again for later and answer how many failures that makes.

        0, and nothing is set, where a later run has begun: how that goes decides.
        """
        with self._database.transaction() as connection:
            if not self.may_change(connection, backlog, run):
                return 0
            self._touch(connection, backlog, reason, again, urgent=True)
            connection.execute(
                update(MarkRow)
                .where(MarkRow.backlog_id == backlog)
                .values(attempts=MarkRow.attempts + 1, not_before=again)
            )
            return connection.execute(
                select(MarkRow.attempts).where(MarkRow.backlog_id == backlog)
            ).scalar_one()

    def park(self, connection: Connection, backlog: str, *, until: datetime) -> None:
        """Keep a mark for later; only what is urgent starts it sooner."""
        self._touch(connection, backlog, "again", until, urgent=True)
        connection.execute(
            update(MarkRow)
            .where(MarkRow.backlog_id == backlog)
            .values(not_before=until)
        )

    def succeeded(self, backlog: str, run: int) -> bool:
        """Forget earlier failures; False where a later run has begun meanwhile."""
        with self._database.transaction() as connection:
            if not self.may_change(connection, backlog, run):
                return False
            of_it = update(MarkRow).where(MarkRow.backlog_id == backlog)
            connection.execute(of_it.values(taken=null()))
            connection.execute(
                of_it.where(MarkRow.attempts > 0).values(attempts=0, not_before=None)
            )
            return True

    def later(self, backlog: str, at: datetime, *, reason: str) -> None:
        """Look at a backlog again at some time; whatever comes before is not kept back.

        It is not dirty until then, so the round by the clock still comes by.
        """
        with self._database.transaction() as connection:
            self._ensure(connection, backlog, at)
            connection.execute(
                update(MarkRow)
                .where(
                    MarkRow.backlog_id == backlog,
                    MarkRow.dirty_at.is_(None),
                    or_(MarkRow.due_at.is_(None), MarkRow.due_at > at),
                )
                .values(due_at=at, reasons=[reason])
            )

    def overtaken(self, backlog: str, *, now: datetime) -> None:
        """Set the mark once more: a last write may have come after the later run's.

        Unless the backlog was deleted meanwhile, which ends a run too.
        """
        with self._database.transaction() as connection:
            if self.hold(connection, backlog):
                self._touch(connection, backlog, "overtaken", now, urgent=True)

    def attempts(self, backlog: str) -> int:
        """Count the failures since the last success."""
        with self._database.engine.connect() as connection:
            found = connection.execute(
                select(MarkRow.attempts).where(MarkRow.backlog_id == backlog)
            ).scalar_one_or_none()
        return found or 0

    def round(self, backlogs: Iterable[str], *, now: datetime, every: timedelta) -> int:
        """Mark each backlog that nobody looked at for `every`; count them.

        Any number of workers may call it: the row's own time decides.
        """
        wanted = self._unseen(backlogs, now - every)
        if not wanted:
            return 0
        count = 0
        with self._database.transaction() as connection:
            for backlog in wanted:
                self._ensure(connection, backlog, now)
                came = connection.execute(
                    update(MarkRow)
                    .where(
                        MarkRow.backlog_id == backlog,
                        MarkRow.dirty_at.is_(None),
                        or_(
                            MarkRow.clock_at.is_(None), MarkRow.clock_at <= now - every
                        ),
                    )
                    .values(clock_at=now, dirty_at=now, due_at=now, reasons=["clock"])
                )
                count += came.rowcount
        return count

    def _unseen(self, backlogs: Iterable[str], since: datetime) -> list[str]:
        """Name those that nobody looked at; reads only, being asked every second."""
        seen = select(MarkRow.backlog_id).where(
            or_(MarkRow.dirty_at.is_not(None), MarkRow.clock_at > since)
        )
        with self._database.engine.connect() as connection:
            known = set(connection.execute(seen).scalars())
        return sorted(set(backlogs) - known)

    def _put_off(self, connection: Connection, backlog: str, until: datetime) -> None:
        connection.execute(
            update(MarkRow)
            .where(MarkRow.backlog_id == backlog)
            .values(dispatched=False, due_at=until)
        )

    def _ensure(self, connection: Connection, backlog: str, now: datetime) -> None:
        known = connection.execute(
            select(MarkRow.backlog_id).where(MarkRow.backlog_id == backlog)
        ).scalar_one_or_none()
        if known is None:
            first = int((now - _EPOCH).total_seconds())
            insertion = (
                postgresql.insert(MarkRow)
                if connection.dialect.name == "postgresql"
                else sqlite.insert(MarkRow)
            )
            connection.execute(
                insertion.values(
                    backlog_id=backlog,
                    generation=first,
                    running=first,
                    run=0,
                    attempts=0,
                    dispatched=False,
                    reasons=[],
                ).on_conflict_do_nothing()  # another worker may come first
            )

    def _touch(  # noqa: PLR0913 - a mark has these parts
        self,
        connection: Connection,
        backlog: str,
        reason: str,
        now: datetime,
        *,
        urgent: bool,
        changes: int = 0,
    ) -> None:
        self._ensure(connection, backlog, now)
        mark = connection.execute(
            select(
                MarkRow.dirty_at, MarkRow.not_before, MarkRow.reasons, MarkRow.changes
            )
            .where(MarkRow.backlog_id == backlog)
            .with_for_update()
        ).one()
        since, changes = mark.dirty_at or now, mark.changes + changes
        soon = self._debounce.due(since=since, now=now, changes=changes)
        due = now if urgent else max(soon, mark.not_before or soon)
        reasons = list(mark.reasons)
        if reason not in reasons and (
            len(reasons) < MOST_REASONS or _kind(reason) not in map(_kind, reasons)
        ):
            reasons.append(reason)
        connection.execute(
            update(MarkRow)
            .where(MarkRow.backlog_id == backlog)
            .values(
                dirty_at=since,
                due_at=due,
                changes=changes,
                not_before=None if urgent else mark.not_before,
                reasons=reasons,
            )
        )


def _kind(reason: str) -> str:
    return reason.partition(" ")[0]


def _run_of(backlog: str) -> Select[int]:
    return select(MarkRow.run).where(MarkRow.backlog_id == backlog)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(
            MarkRow.due_at <= now,
            MarkRow.dispatched.is_(False),
            MarkRow.taken.is_(None),
        ),
        and_(MarkRow.dispatched.is_(True), MarkRow.dispatched_at <= now - LOST_AFTER),
    )
