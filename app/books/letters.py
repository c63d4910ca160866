"""Have deliveries read again, or put away what will never be; nothing is forgotten."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from app.books.audit import Audit
from app.books.received import Which
from app.books.tables import DeliveryRow

MOST_AT_ONCE: Final = 500
# Who replays the same delivery for ever finds its first end and its latest ones.
MOST_HISTORY: Final = 50


@dataclass(frozen=True, slots=True)
class _Deed:
    action: str
    actor: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Letters:
    """What is done with deliveries after their end, by whom, and with an audit entry.

    `actor` is who does it, as the audit names them.
    """

    audit: Audit = field(default_factory=Audit)

    def replay(
        self,
        session: Session,
        which: Which | Sequence[int],
        *,
        actor: str,
        now: datetime,
        limit: int = MOST_AT_ONCE,
    ) -> list[int]:
        """Let deliveries be read once more, the oldest first; answer which.

        They go the same way under the same identity. What nobody has read yet is left
        alone.
        """
        rows = _ended(session, which, limit)
        past = {"at": now.isoformat(), "state": "replayed", "reason": "", "by": actor}
        for row in rows:
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id == row.id)
                .values(
                    state="new",
                    reason="",
                    closed_at=None,
                    tries=0,
                    history=_longer(row, past),
                )
            )
        ids = [row.id for row in rows]
        self._note(session, ids, _Deed("deliveries_replayed", actor, now), {})
        return ids

    def discard(
        self,
        session: Session,
        ids: Sequence[int],
        *,
        reason: str,
        actor: str,
        now: datetime,
    ) -> list[int]:
        """Put dead letters away as ignored, with a reason; answer which."""
        rows = [row for row in _ended(session, ids, len(ids)) if row.state == "dead"]
        for row in rows:
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id == row.id)
                .values(
                    state="ignored",
                    reason=f"discarded by {actor}: {reason}",
                    closed_at=now,
                    history=_longer(row),
                )
            )
        found = [row.id for row in rows]
        did = _Deed("deliveries_discarded", actor, now)
        self._note(session, found, did, {"reason": reason})
        return found

    def _note(
        self, session: Session, ids: list[int], did: _Deed, detail: dict[str, Any]
    ) -> None:
        if ids:
            self.audit.add(
                session,
                now=did.now,
                actor=did.actor,
                action=did.action,
                object=f"deliveries/{ids[0]}" if len(ids) == 1 else "deliveries",
                detail={"count": len(ids), "deliveries": ids, **detail},
            )


def _ended(
    session: Session, which: Which | Sequence[int], limit: int
) -> list[Row[Any]]:
    """Find and lock what has come to an end."""
    query = select(
        DeliveryRow.id,
        DeliveryRow.state,
        DeliveryRow.reason,
        DeliveryRow.closed_at,
        DeliveryRow.history,
    ).where(DeliveryRow.state != "new")
    if isinstance(which, Which):
        query = query.where(*which.conditions())
    else:
        query = query.where(DeliveryRow.id.in_(which))
    query = query.order_by(DeliveryRow.id).limit(limit).with_for_update()
    return list(session.execute(query))


def _longer(row: Row[Any], *more: dict[str, Any]) -> list[Any]:
    """Add the present end to what came before."""
    end = {
        "at": row.closed_at.isoformat() if row.closed_at else None,
        "state": row.state,
        "reason": row.reason,
        "by": "cd3",
    }
    return _shortened([*(row.history or []), end, *more])


def _shortened(history: Iterable[Any]) -> list[Any]:
    whole = list(history)
    if len(whole) <= MOST_HISTORY:
        return whole
    return [whole[0], *whole[-(MOST_HISTORY - 1) :]]
