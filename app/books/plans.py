"""Keep plans, and what came of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.books.tables import PlanRow

NOTHING_YET: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A frozen plan as JSON, its state, and what came of it."""

    id: str
    backlog_id: str
    generation: int
    state: str
    digest: str
    plan: Mapping[str, Any]
    created_at: datetime
    outcome: Mapping[str, Any]
    closed_at: datetime | None = None


class Plans:
    """The plans in the books."""

    def find(self, session: Session, plan_id: str) -> SavedPlan | None:
        """Find a plan."""
        row = session.get(PlanRow, plan_id)
        return _plan(row) if row else None

    def list(
        self, session: Session, backlog_id: str, *, limit: int = 200
    ) -> tuple[SavedPlan, ...]:
        """List a backlog's plans, newest first."""
        query = select(PlanRow).where(PlanRow.backlog_id == backlog_id)
        query = query.order_by(PlanRow.created_at.desc(), PlanRow.id.desc())
        return tuple(_plan(row) for row in session.scalars(query.limit(limit)))

    def last_move(self, session: Session, backlog_id: str) -> SavedPlan | None:
        """Find the newest plan that moved anything."""
        query = select(PlanRow).where(
            PlanRow.backlog_id == backlog_id, PlanRow.moved > 0
        )
        newest = query.order_by(PlanRow.created_at.desc()).limit(1)
        row = session.scalars(newest).first()
        return _plan(row) if row else None

    def forget(self, session: Session, *, before: datetime, most: int) -> int:
        """Delete some plans that were closed before a time, but for each last move."""
        newest = (
            select(func.max(PlanRow.created_at))
            .where(PlanRow.moved > 0)
            .group_by(PlanRow.backlog_id)
        )
        old = (
            select(PlanRow.id)
            .where(PlanRow.closed_at < before, PlanRow.created_at.not_in(newest))
            .order_by(PlanRow.id)
            .limit(most)
        )
        gone = delete(PlanRow).where(PlanRow.id.in_(old))
        return session.connection().execute(gone).rowcount

    def add(self, session: Session, plan: SavedPlan) -> None:
        """Add a plan."""
        session.add(
            PlanRow(
                id=plan.id,
                backlog_id=plan.backlog_id,
                generation=plan.generation,
                state=plan.state,
                digest=plan.digest,
                plan=dict(plan.plan),
                outcome=dict(plan.outcome),
                created_at=plan.created_at,
                closed_at=plan.closed_at,
            )
        )
        session.flush()

    def note(
        self,
        session: Session,
        plan_id: str,
        *,
        state: str,
        outcome: Mapping[str, Any],
        closed_at: datetime | None = None,
    ) -> None:
        """Note how far a plan came; the plan itself never changes.

        `outcome` may say how many issues were `moved`.
        """
        row = session.get_one(PlanRow, plan_id, with_for_update=True)
        row.state = state
        row.outcome = dict(outcome)
        row.moved = int(outcome.get("moved", 0))
        row.closed_at = closed_at
        session.flush()


def _plan(row: PlanRow) -> SavedPlan:
    return SavedPlan(
        id=row.id,
        backlog_id=row.backlog_id,
        generation=row.generation,
        state=row.state,
        digest=row.digest,
        plan=row.plan,
        created_at=row.created_at,
        outcome=row.outcome,
        closed_at=row.closed_at,
    )
