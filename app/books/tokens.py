"""Keep the tokens that sites give for an hour, and let one worker at a time renew them.

A refresh token that was used is spent: the next one is in the books before anybody
signs with what came along.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.books.database import Database
from app.books.secrets import Sealer
from app.books.tables import SiteTokenRow
from app.books.workers import books_clock

# Atlassian: «Refresh tokens», in its pages on OAuth 2.0 (3LO) apps.
REFRESH_IDLE: Final = timedelta(days=90)
REFRESH_AGE: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One site's tokens. `number` counts the renewals; 0 is before the first.

    `ends_at` is the access token's end. `granted_at` is when a person consented.
    `scopes` is what the last token may do, where the site told.
    """

    site_id: str
    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    number: int = 0
    ends_at: datetime | None = None
    granted_at: datetime | None = None
    renewed_at: datetime | None = None
    scopes: tuple[str, ...] = ()

    @property
    def refresh_ends_at(self) -> datetime | None:
        """Tell when the refresh token ends, should nobody use it before."""
        if not self.refresh or self.renewed_at is None or self.granted_at is None:
            return None
        return min(self.renewed_at + REFRESH_IDLE, self.granted_at + REFRESH_AGE)


@dataclass(frozen=True, slots=True)
class TokenBooks:
    """The tokens in the books. Times are the database's: many workers share them."""

    database: Database
    sealer: Sealer
    now: Callable[[Connection], datetime] = books_clock

    def find(self, session: Session, site_id: str) -> Tokens:
        """Read a site's tokens, all empty where there are none."""
        row = session.get(SiteTokenRow, site_id)
        if row is None:
            return Tokens(site_id)
        kept = self.sealer.open(site_id, row.sealed) if row.sealed else {}
        return Tokens(
            site_id=site_id,
            access=str(kept.get("access", "")),
            refresh=str(kept.get("refresh", "")),
            number=row.number,
            ends_at=row.ends_at,
            granted_at=row.granted_at,
            renewed_at=row.renewed_at,
            scopes=tuple(row.scopes.split()),
        )

    def read(self, site_id: str) -> tuple[Tokens, datetime]:
        """Read a site's tokens, and what time it is by the books."""
        with self.database.reading() as session:
            return self.find(session, site_id), self.now(session.connection())

    def lease(self, site_id: str, holder: str, seconds: float) -> bool:
        """Try to become the only one who renews, for so many seconds."""
        with self.database.transaction() as connection:
            self._ensure(connection, site_id)
            now = self.now(connection)
            came = connection.execute(
                update(SiteTokenRow)
                .where(
                    SiteTokenRow.site_id == site_id,
                    or_(
                        SiteTokenRow.leased_until.is_(None),
                        SiteTokenRow.leased_until <= now,
                    ),
                )
                .values(leased_by=holder, leased_until=now + timedelta(seconds=seconds))
            )
            return came.rowcount == 1

    def release(self, site_id: str, holder: str) -> None:
        """Let others try."""
        with self.database.transaction() as connection:
            connection.execute(
                update(SiteTokenRow)
                .where(
                    SiteTokenRow.site_id == site_id, SiteTokenRow.leased_by == holder
                )
                .values(leased_by="", leased_until=None)
            )

    def store(  # noqa: PLR0913 - all named
        self,
        before: Tokens,
        *,
        access: str,
        refresh: str,
        seconds: float,
        scopes: Sequence[str] = (),
        granted: bool = False,
    ) -> Tokens | None:
        """Keep what came after `before` and end the lease.

        None where others stored in between: what they have counts.
        """
        sealed = self.sealer.seal(
            before.site_id, {"access": access, "refresh": refresh}
        )
        with self.database.transaction() as connection:
            self._ensure(connection, before.site_id)
            now = self.now(connection)
            granted_at = now if granted else before.granted_at
            ends_at = now + timedelta(seconds=seconds)
            came = connection.execute(
                update(SiteTokenRow)
                .where(
                    SiteTokenRow.site_id == before.site_id,
                    SiteTokenRow.number == before.number,
                )
                .values(
                    sealed=sealed,
                    number=before.number + 1,
                    granted_at=granted_at,
                    renewed_at=now,
                    ends_at=ends_at,
                    scopes=" ".join(scopes),
                    leased_by="",
                    leased_until=None,
                )
            )
        if came.rowcount != 1:
            return None
        return Tokens(
            before.site_id,
            access,
            refresh,
            before.number + 1,
            ends_at,
            granted_at,
            now,
            tuple(scopes),
        )

    def await_consent(self, site_id: str, state: str, lasts: timedelta) -> datetime:
        """Remember under which state a person's consent is awaited; tell until when."""
        with self.database.transaction() as connection:
            self._ensure(connection, site_id)
            until = self.now(connection) + lasts
            connection.execute(
                update(SiteTokenRow)
                .where(SiteTokenRow.site_id == site_id)
                .values(state=_digest(state), state_until=until)
            )
        return until

    def take_consent(self, site_id: str, state: str) -> bool:
        """Tell whether this state is awaited; it is so only once."""
        with self.database.transaction() as connection:
            row = connection.execute(
                select(SiteTokenRow.state, SiteTokenRow.state_until)
                .where(SiteTokenRow.site_id == site_id)
                .with_for_update()
            ).one_or_none()
            if row is None or not row.state or row.state_until is None:
                return False
            if not hmac.compare_digest(row.state, _digest(state)):
                return False
            connection.execute(
                update(SiteTokenRow)
                .where(SiteTokenRow.site_id == site_id)
                .values(state="", state_until=None)
            )
            return bool(row.state_until > self.now(connection))

    def _ensure(self, connection: Connection, site_id: str) -> None:
        insertion = (
            postgresql.insert(SiteTokenRow)
            if connection.dialect.name == "postgresql"
            else sqlite.insert(SiteTokenRow)
        )
        connection.execute(
            insertion.values(
                site_id=site_id, sealed="", number=0, leased_by="", state=""
            ).on_conflict_do_nothing()
        )


def token_times(session: Session, site_id: str) -> Tokens:
    """Read how old a site's tokens are, without opening them."""
    row = session.get(SiteTokenRow, site_id)
    if row is None:
        return Tokens(site_id)
    return Tokens(
        site_id,
        refresh="sealed" if row.granted_at else "",
        number=row.number,
        ends_at=row.ends_at,
        granted_at=row.granted_at,
        renewed_at=row.renewed_at,
        scopes=tuple(row.scopes.split()),
    )


def drop_tokens(session: Session, site_id: str) -> None:
    """Forget a site's tokens."""
    session.execute(delete(SiteTokenRow).where(SiteTokenRow.site_id == site_id))


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
