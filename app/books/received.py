"""Read what became of Jira's deliveries; their bodies are never shown."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from app.books.tables import DeliveryRow


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery and its end: `new`, `done`, `ignored` or `dead`, and why."""

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


class ReceivedDeliveries:
    """The deliveries in the books, for reading."""

    def list(
        self,
        session: Session,
        *,
        state: str = "",
        site_id: str = "",
        before: int | None = None,
        limit: int = 200,
    ) -> tuple[Received, ...]:
        """List deliveries, newest first, those before the given one."""
        query = select(DeliveryRow).options(defer(DeliveryRow.body))
        if state:
            query = query.where(DeliveryRow.state == state)
        if site_id:
            query = query.where(DeliveryRow.site_id == site_id)
        if before is not None:
            query = query.where(DeliveryRow.id < before)
        query = query.order_by(DeliveryRow.id.desc()).limit(limit)
        return tuple(_received(row) for row in session.scalars(query))

    def find(self, session: Session, delivery_id: int) -> Received | None:
        """Find one delivery."""
        options = [defer(DeliveryRow.body)]
        row = session.get(DeliveryRow, delivery_id, options=options)
        return _received(row) if row else None

    def count_by_state(self, session: Session) -> dict[str, int]:
        """Count the deliveries in each state."""
        query = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
        return {row[0]: row[1] for row in session.execute(query)}


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
    )
