"""Read what became of Jira's deliveries, and how they came to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, defer

from app.books.arriving import unpack
from app.books.tables import DeliveryRow

# As the reason of a dead letter begins, and as it is counted.
UNREADABLE: Final = "unreadable"
UNJUDGED: Final = "cannot be judged"
DEADLY: Final = "ends workers"
# As the identifiers of our own test deliveries begin.
TRIED: Final = "cd3-test-"
KINDS: Final = (UNREADABLE, UNJUDGED, DEADLY)


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery and its end: `new`, `done`, `ignored` or `dead`, and why.

    `tries` counts the workers that ended while they read it; `history` is what came
    before the present state.
    """

    id: int
    site_id: str
    identifier: str
    state: str
    reason: str
    event: str
    issue_key: str
    retry: int
    received_at: datetime
    closed_at: datetime | None
    tries: int
    history: Sequence[Mapping[str, Any]]

    @property
    def attempts(self) -> int:
        """Count how often it was given to be read: once, and with each replay."""
        return 1 + sum(1 for past in self.history if past["state"] == "replayed")


@dataclass(frozen=True, slots=True)
class Which:
    """Which deliveries are meant; what is empty says nothing.

    `reason` and `event` are beginnings; `since` is the time of arrival; `after` leaves
    out deliveries up to this one.
    """

    state: str = ""
    site_id: str = ""
    reason: str = ""
    event: str = ""
    since: datetime | None = None
    after: int = 0

    def conditions(self) -> list[ColumnElement[bool]]:
        """Say it to the database."""
        said: list[ColumnElement[bool]] = []
        if self.state:
            said.append(DeliveryRow.state == self.state)
        if self.site_id:
            said.append(DeliveryRow.site_id == self.site_id)
        if self.reason:
            said.append(DeliveryRow.reason.startswith(self.reason, autoescape=True))
        if self.event:
            said.append(DeliveryRow.event.startswith(self.event, autoescape=True))
        if self.since:
            said.append(DeliveryRow.received_at >= self.since)
        if self.after:
            said.append(DeliveryRow.id > self.after)
        return said


@dataclass(frozen=True, slots=True)
class Backlogged:
    """What nobody has read yet: how much, and since when the oldest lies there."""

    pending: int
    oldest: datetime | None


class ReceivedDeliveries:
    """The deliveries in the books, for reading."""

    def newest_of_jira(self, session: Session, site: str) -> datetime | None:
        """Say when a delivery last came that we did not send ourselves, to try."""
        query = select(func.max(DeliveryRow.received_at)).where(
            DeliveryRow.site_id == site,
            DeliveryRow.identifier.not_like(f"{TRIED}%"),
        )
        return session.scalar(query)

    def list(
        self,
        session: Session,
        which: Which | None = None,
        *,
        before: int | None = None,
        limit: int = 200,
    ) -> tuple[Received, ...]:
        """List deliveries, newest first, those before the given one."""
        query = select(DeliveryRow).options(defer(DeliveryRow.body))
        query = query.where(*(which or Which()).conditions())
        if before is not None:
            query = query.where(DeliveryRow.id < before)
        query = query.order_by(DeliveryRow.id.desc()).limit(limit)
        return tuple(_received(row) for row in session.scalars(query))

    def find(self, session: Session, delivery_id: int) -> Received | None:
        """Find one delivery."""
        options = [defer(DeliveryRow.body)]
        row = session.get(DeliveryRow, delivery_id, options=options)
        return _received(row) if row else None

    def body(self, session: Session, delivery_id: int) -> bytes:
        """Read a delivery's body as it came, or as it is kept where it is damaged.

        Empty where there is none.
        """
        query = select(DeliveryRow.body).where(DeliveryRow.id == delivery_id)
        kept = session.scalars(query).one_or_none()
        try:
            return unpack(kept) if kept else b""
        except ValueError:  # why it is dead stands beside it
            return kept or b""

    def count(self, session: Session, which: Which) -> int:
        """Count deliveries."""
        query = select(func.count(DeliveryRow.id)).where(*which.conditions())
        return session.scalars(query).one()

    def count_by_state(self, session: Session) -> dict[str, int]:
        """Count the deliveries in each state."""
        query = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
        return {row[0]: row[1] for row in session.execute(query)}

    def count_dead(self, session: Session) -> dict[str, int]:
        """Count the dead letters by the kind of their reason; 0 for what is not there.

        Reasons tell details; kinds are few.
        """
        kind = case(
            *((DeliveryRow.reason.startswith(kind), kind) for kind in KINDS),
            else_="other",
        )
        query = select(kind, func.count()).where(DeliveryRow.state == "dead")
        counted = {row[0]: row[1] for row in session.execute(query.group_by(kind))}
        return {name: counted.get(name, 0) for name in (*KINDS, "other")}

    def backlogged(self, session: Session) -> Backlogged:
        """Tell what nobody has read yet."""
        new = DeliveryRow.state == "new"
        pending = session.scalars(select(func.count(DeliveryRow.id)).where(new)).one()
        first = select(DeliveryRow.received_at).where(new).order_by(DeliveryRow.id)
        return Backlogged(pending, session.scalars(first.limit(1)).one_or_none())


def _received(row: DeliveryRow) -> Received:
    return Received(
        id=row.id,
        site_id=row.site_id,
        identifier=row.identifier,
        state=row.state,
        reason=row.reason,
        event=row.event,
        issue_key=row.issue_key,
        retry=row.retry,
        received_at=row.received_at,
        closed_at=row.closed_at,
        tries=row.tries,
        history=row.history or [],
    )
