"""A site's limits in the books: what one worker learns, all of them keep.

One row a site and scope. Reads come from a memory of half a second, so that a call
costs no query of its own; what changes is written at once.
"""

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from app.books.database import Database
from app.books.tables import LimitRow
from app.books.workers import books_clock
from connectors.limits import PRODUCTS, Pause, Tripped, next_turn, open_for

REMEMBERED_SECONDS: Final = 0.5
_FORGOTTEN_SECONDS: Final = 86_400.0
_LONGEST_SCOPE: Final = 256
# Shorter pauses of endpoints and issues come and go while people edit.
WORTH_TELLING: Final = 60.0


@dataclass(frozen=True, slots=True)
class Standing:
    """One pause or open circuit as it stands, for those who watch.

    It is over in `left` seconds, which may have gone by where nobody has tried yet.
    """

    site: str
    scope: str
    until: float
    left: float
    reason: str
    opened: int

    @property
    def is_told(self) -> bool:
        """Tell whether people should hear of it: of parts of a product, if it lasts."""
        return self.scope in PRODUCTS or self.left > WORTH_TELLING


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read last, by this process's own clock."""

    read_at: float
    pauses: dict[str, tuple[float, str]]
    circuits: dict[str, tuple[float, int]]


class SharedLimits:
    """The limits of one site, shared by all workers through the books."""

    def __init__(self, database: Database, site: str) -> None:
        self._database = database
        self._site = site
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def paused(self, scopes: Collection[str]) -> Pause | None:
        """Find the longest pause that lies on any of these scopes."""
        found = self._longest(scopes)
        if found and found.seconds > REMEMBERED_SECONDS:
            self._forget()  # somebody may have lifted it meanwhile
            found = self._longest(scopes)
        return found

    def pause(self, pause: Pause) -> None:
        """Let all workers know that something must wait; the longest wait counts."""
        with self._changing(pause.scope) as (connection, row, now):
            until = max(row.until, now + pause.seconds)
            connection.execute(
                self._row(pause.scope).values(until=until, reason=pause.reason)
            )
            old = now - _FORGOTTEN_SECONDS
            connection.execute(
                delete(LimitRow).where(
                    LimitRow.site_id == self._site,
                    LimitRow.until < old,
                    LimitRow.next_at < old,
                    LimitRow.opened == 0,
                )
            )

    def reserve(self, scope: str, *, count: int, rate: float) -> float:
        """Take the next turns, after those that other workers have taken."""
        scope = _cut(scope)
        with self._database.transaction() as connection:
            now = books_clock(connection).timestamp()
            least = next_turn(0.0, now, rate)
            first = case((LimitRow.next_at > least, LimitRow.next_at), else_=least)
            cost = count / rate
            taken = connection.execute(
                _insert(connection)
                .values(site_id=self._site, scope=scope, next_at=least + cost)
                .on_conflict_do_update(
                    index_elements=["site_id", "scope"],
                    set_={"next_at": first + cost},
                )
                .returning(LimitRow.next_at)
            ).scalar_one()
        return max(0.0, float(taken) - cost - now)

    def tripped(self, scope: str) -> Tripped | None:
        """Tell whether nobody calls a product or endpoint until one has tried it."""
        found = self._tripped(scope)
        if found and found.seconds > REMEMBERED_SECONDS:
            self._forget()
            found = self._tripped(scope)
        return found

    def trip(self, scope: str, *, first: float, longest: float) -> None:
        """Let nobody call it, each time for twice as long; then one may try."""
        with self._changing(scope) as (connection, row, now):
            if row.opened and row.open_until > now:
                return  # several saw the same trouble
            seconds = open_for(row.opened, first=first, longest=longest)
            connection.execute(
                self._row(scope).values(
                    opened=row.opened + 1, open_until=now + seconds, probe_until=0.0
                )
            )

    def claim_probe(self, scope: str, *, seconds: float) -> bool:
        """Be the one who tries whether it works again; false where another is."""
        with self._changing(scope) as (connection, row, now):
            if row.opened == 0:
                return True
            if row.open_until > now or row.probe_until > now:
                return False
            connection.execute(self._row(scope).values(probe_until=now + seconds))
            return True

    def mend(self, scope: str) -> None:
        """Let all call it again."""
        with self._changing(scope) as (connection, _row, _now):
            connection.execute(
                self._row(scope).values(opened=0, open_until=0.0, probe_until=0.0)
            )

    def _longest(self, scopes: Collection[str]) -> Pause | None:
        pauses, now = self._read().pauses, time.monotonic()
        found = [
            Pause(scope, pauses[scope][0] - now, pauses[scope][1])
            for scope in map(_cut, scopes)
            if scope in pauses and pauses[scope][0] > now
        ]
        return max(found, key=lambda pause: pause.seconds, default=None)

    def _tripped(self, scope: str) -> Tripped | None:
        found = self._read().circuits.get(_cut(scope))
        return found and Tripped(found[0] - time.monotonic(), found[1])

    @contextmanager
    def _changing(self, scope: str) -> Iterator[tuple[Connection, Any, float]]:
        """Lock a scope's row, made where there is none, and forget what we know."""
        key = {"site_id": self._site, "scope": _cut(scope)}
        with self._database.transaction() as connection:
            connection.execute(_insert(connection).values(key).on_conflict_do_nothing())
            row = connection.execute(
                select(LimitRow.__table__).filter_by(**key).with_for_update()
            ).one()
            yield connection, row, books_clock(connection).timestamp()
        self._forget()

    def _forget(self) -> None:
        with self._lock:
            self._known = None

    def _row(self, scope: str) -> Any:
        return update(LimitRow).where(
            LimitRow.site_id == self._site, LimitRow.scope == _cut(scope)
        )

    def _read(self) -> _Known:
        with self._lock:
            known = self._known
            now = time.monotonic()
            if known is None or now - known.read_at > REMEMBERED_SECONDS:
                self._known = known = self._look(now)
            return known

    def _look(self, here: float) -> _Known:
        """Read what stands, turned from the database's clock into ours."""
        with self._database.engine.connect() as connection:
            now = books_clock(connection).timestamp()
            rows = connection.execute(
                select(LimitRow.__table__).where(
                    LimitRow.site_id == self._site,
                    (LimitRow.until > now) | (LimitRow.opened > 0),
                )
            ).all()
        pauses = {
            row.scope: (here + row.until - now, row.reason)
            for row in rows
            if row.until > now
        }
        circuits = {
            row.scope: (here + row.open_until - now, row.opened)
            for row in rows
            if row.opened
        }
        return _Known(here, pauses, circuits)


def standing(database: Database) -> list[Standing]:
    """List all pauses and open circuits, of all sites."""
    with database.engine.connect() as connection:
        now = books_clock(connection).timestamp()
        rows = connection.execute(
            select(LimitRow.__table__)
            .where((LimitRow.until > now) | (LimitRow.opened > 0))
            .order_by(LimitRow.site_id, LimitRow.scope)
        ).all()
    return [
        Standing(
            row.site_id,
            row.scope,
            max(row.until, row.open_until),
            max(row.until, row.open_until) - now,
            row.reason if row.until > now else "circuit",
            row.opened,
        )
        for row in rows
    ]


def lift(connection: Connection, site: str) -> int:
    """Forget all pauses and open circuits of a site; count them. Paces stay."""
    now = books_clock(connection).timestamp()
    lifted = connection.execute(
        update(LimitRow)
        .where(LimitRow.site_id == site, or_(LimitRow.until > now, LimitRow.opened > 0))
        .values(until=0.0, reason="", opened=0, open_until=0.0, probe_until=0.0)
    )
    return lifted.rowcount


def _cut(scope: str) -> str:
    return scope[:_LONGEST_SCOPE]


def _insert(connection: Connection) -> Any:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(LimitRow)
    return sqlite.insert(LimitRow)
