"""When a site's webhook was last heard, and what it should have told since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.engine import Connection

from app.books.tables import SightingRow
from app.books.upserting import insertion

# The time of the last delivery is kept to this precision: to write it for each
# would make every worker wait for one row.
COARSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A site's last delivery, and how many changes since then came without one."""

    site: str
    heard_at: datetime | None
    missed: int
    missed_at: datetime | None

    def is_silent(self, *, now: datetime, after: timedelta) -> bool:
        """Tell whether issues changed and no delivery has come for so long."""
        if not self.missed or self.missed_at is None:
            return False
        since = self.heard_at or self.missed_at
        return now - since >= after


class Sightings:
    """The sightings in the books; each method is part of the caller's transaction."""

    def hear(self, connection: Connection, heard: Mapping[str, datetime]) -> None:
        """Note when each site's webhook was heard; what was missed is past."""
        for site, at in sorted(heard.items()):
            adding = insertion(connection, SightingRow).values(
                site_id=site, heard_at=at, missed=0
            )
            stale = or_(
                SightingRow.heard_at.is_(None),
                SightingRow.heard_at < at - COARSE,
                SightingRow.missed > 0,
            )
            connection.execute(
                adding.on_conflict_do_update(
                    index_elements=["site_id"],
                    set_={"heard_at": at, "missed": 0, "missed_at": None},
                    where=stale,
                )
            )

    def miss(
        self, connection: Connection, site: str, count: int, *, now: datetime
    ) -> None:
        """Note changes that no webhook told of, though it had time to come."""
        adding = insertion(connection, SightingRow).values(
            site_id=site, missed=count, missed_at=now
        )
        connection.execute(
            adding.on_conflict_do_update(
                index_elements=["site_id"],
                set_={"missed": SightingRow.missed + count, "missed_at": now},
            )
        )

    def list(self, connection: Connection) -> list[Sighting]:
        """List them all: there is one a site at most."""
        rows = connection.execute(
            select(
                SightingRow.site_id,
                SightingRow.heard_at,
                SightingRow.missed,
                SightingRow.missed_at,
            ).order_by(SightingRow.site_id)
        )
        return [Sighting(*row) for row in rows]

    def find(self, connection: Connection, site: str) -> Sighting:
        """Find a site's; one that was never heard has an empty one."""
        found = (one for one in self.list(connection) if one.site == site)
        return next(found, Sighting(site, None, 0, None))
