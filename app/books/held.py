"""Issues that could not be written: when to try again, and which are given up.

One that always fails must cost the others nothing: it waits on its own, ever longer,
and after eight attempts or a day it is dead. A dead one is tried once a day, or as
soon as an operator says so; one that Jira refused also when other values are due.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.books.database import Database
from app.books.tables import HeldWriteRow
from app.books.upserting import insertion

WAITING: Final = "waiting"
DEAD: Final = "dead"
MOST_ATTEMPTS: Final = 8
LONGEST: Final = timedelta(hours=24)
FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(hours=1)
_LONGEST_REASON: Final = 1_000


@dataclass(frozen=True, slots=True)
class Held:
    """One issue that is not written before `not_before`, and why.

    `digest` names the values that Jira refused; empty where it gave no answer.
    """

    site: str
    key: str
    state: str
    attempts: int
    reason: str
    first_at: datetime
    not_before: datetime
    digest: str = ""

    def holds(self, digest: str, *, now: datetime) -> bool:
        """Say whether these values are not to be written now."""
        others = self.digest and self.digest != digest
        return self.not_before > now and not others


def after_failure(  # noqa: PLR0913 - all that it depends on
    before: Held | None, site: str, key: str, reason: str, *, now: datetime, dice: float
) -> Held:
    """Say how an issue is held after one more attempt came to nothing.

    `dice` is a number from 0 to 1: waits are between a tenth of the whole and all.
    """
    attempts = (before.attempts if before else 0) + 1
    first = before.first_at if before else now
    if attempts >= MOST_ATTEMPTS or now - first >= LONGEST:
        return Held(site, key, DEAD, attempts, reason, first, now + LONGEST)
    longest = min(FIRST_WAIT * 4 ** (attempts - 1), LONGEST_WAIT)
    again = now + longest * (0.1 + 0.9 * dice)
    return Held(site, key, WAITING, attempts, reason, first, again)


class HeldWrites:
    """The held issues in the books."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, site: str, keys: Collection[str]) -> dict[str, Held]:
        """Find those among these issues that are held."""
        wanted = set(keys)
        with self._database.reading() as session:
            rows = session.scalars(
                select(HeldWriteRow).where(HeldWriteRow.site_id == site)
            )
            return {
                row.issue_key: _held(row) for row in rows if row.issue_key in wanted
            }

    def put(self, held: Held) -> None:
        """Hold an issue, or change how."""
        values = {
            "state": held.state,
            "attempts": held.attempts,
            "reason": held.reason[:_LONGEST_REASON],
            "digest": held.digest,
            "first_at": held.first_at,
            "not_before": held.not_before,
        }
        key = {"site_id": held.site, "issue_key": held.key}
        with self._database.transaction() as connection:
            connection.execute(
                insertion(connection, HeldWriteRow)
                .values(**key, **values)
                .on_conflict_do_update(index_elements=list(key), set_=values)
            )

    def release(self, site: str, key: str) -> None:
        """Hold an issue no longer."""
        with self._database.writing() as session:
            self.drop(session, site, key)

    def drop(self, session: Session, site: str, key: str) -> bool:
        """Hold an issue no longer; false where it was not held."""
        row = session.get(HeldWriteRow, (site, key), with_for_update=True)
        if row is None:
            return False
        session.delete(row)
        return True

    def list(
        self, session: Session, site: str, *, after: str = "", limit: int
    ) -> list[Held]:
        """List the held issues of a site by key."""
        rows = session.scalars(
            select(HeldWriteRow)
            .where(HeldWriteRow.site_id == site, HeldWriteRow.issue_key > after)
            .order_by(HeldWriteRow.issue_key)
            .limit(limit)
        )
        return [_held(row) for row in rows]

    def count(self) -> dict[tuple[str, str], int]:
        """Count them by site and state."""
        which = (HeldWriteRow.site_id, HeldWriteRow.state)
        with self._database.reading() as session:
            rows = session.execute(select(*which, func.count()).group_by(*which))
            return {(site, state): count for site, state, count in rows}


def _held(row: HeldWriteRow) -> Held:
    return Held(
        site=row.site_id,
        key=row.issue_key,
        state=row.state,
        attempts=row.attempts,
        reason=row.reason,
        first_at=row.first_at,
        not_before=row.not_before,
        digest=row.digest,
    )
