"""Carry out a plan: kept before the first write, noted when it ends, copied as it goes.

What a write makes of an issue goes into our copy, so that nobody reads it for that.
Until then the issue is noted as unread: whoever comes after a crash reads it first.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app import clock
from app.books.audit import Audit
from app.books.bars import Bar, Bars
from app.books.database import Database
from app.books.echoes import Echoes
from app.books.held import HeldWrites
from app.books.marks import Marks
from app.books.plans import Plans, SavedPlan
from app.work.applying import Applying
from app.work.barring import Barring
from app.work.confirming import confirm_order
from app.work.copying import Copying
from app.work.fencing import Fence, OvertakenError
from app.work.gathering import Gathered, Gathering
from app.work.holding import Holding
from app.work.hushing import Hush, ask_for_hush
from app.work.outcome import Outcome
from app.work.pausing import Pause
from app.work.task import Task
from scoring.plan import Plan, plan_to_json

LATEST_PLANS = 20


@dataclass(frozen=True, slots=True)
class Carrier:
    """Carries out plans and keeps book of it."""

    database: Database
    plans: Plans
    marks: Marks
    echoes: Echoes
    audit: Audit

    def carry(  # noqa: PLR0913 - all named
        self,
        task: Task,
        copying: Copying,
        gathered: Gathered,
        plan: Plan,
        *,
        first: Collection[str],
        pause: Pause,
        now: datetime,
    ) -> Outcome:
        """Make moves and writes, those of `first` (keys) before all else.

        Raises what ended it before its end.
        """
        bars, fence = self._bars(task, now), self.fence(task)
        barring, hush = Barring.of(bars), Hush.of(bars)
        applying = Applying(
            jira=task.jira,
            site=task.site.id,
            echoes=self.echoes,
            fence=fence.check,
            holding=Holding(HeldWrites(self.database), task.site.id),
            names=gathered.names,
            barring=barring,
            hush=hush if _spares_watchers(task) else None,
            pause=pause,
            may_rank=self._has_ranked(task),
        )
        self._close_cut_short(fence, now)
        if not plan.moves and not plan.writes:
            self._lift(fence, frozenset(barring.known) | barring.due)
            return applying.outcome
        confirm_order(task.jira, gathered.issues, plan.moves)
        plan_id = self._begin(fence, plan, task.generation, now)
        ids = {issue.key: issue.id for issue in gathered.issues}
        self._expect(copying, plan, ids, now)
        try:
            applying.all(plan.moves, plan.writes, first)
        except Exception as error:
            applying.outcome.reason = str(error) or type(error).__name__
            raise
        finally:
            try:
                self._remember(copying, applying, plan, ids)
                self._close(task, plan_id, applying, now)
            except OvertakenError:
                # A call of ours may have come after the later run's: it is read again.
                self._read_again(copying, [ids[k] for k in applying.tried if k in ids])
        if applying.holding.later is not None:
            self.marks.later(task.backlog.id, applying.holding.later, reason="held")
        return applying.outcome

    def ask_for_hush(self, task: Task, gathering: Gathering) -> None:
        """Ask where edits may go without mail; a run that only webhooks woke does not.

        Where all was read, about all of its projects.
        """
        if not gathering.depth or not _spares_watchers(task):
            return
        ask_for_hush(
            task.jira,
            self.fence(task),
            gathering.projects,
            as_of=as_of_task(task),
            now=gathering.now,
        )

    def _bars(self, task: Task, now: datetime) -> tuple[Bar, ...]:
        with self.database.reading() as session:
            backlog, as_of = task.backlog.id, as_of_task(task)
            return Bars().of(session, backlog, as_of=as_of, now=now)

    def _has_ranked(self, task: Task) -> bool:
        """Tell whether the last plan moved something: then we surely may."""
        with self.database.reading() as session:
            last = self.plans.list(session, task.backlog.id, limit=1)
        return any(plan.outcome.get("moved", 0) for plan in last)

    def _lift(self, fence: Fence, what: frozenset[str]) -> None:
        if what:
            with fence.closing() as session:
                Bars().lift(session, fence.backlog, what)

    def fence(self, task: Task) -> Fence:
        """Give what is asked before each write, remote or in the books."""
        return Fence(self.database, self.marks, task.backlog.id, task.run)

    def _expect(
        self, copying: Copying, plan: Plan, ids: dict[str, str], now: datetime
    ) -> None:
        with copying.writing() as connection:
            copying.unread.note(
                connection,
                copying.backlog.id,
                [ids[key] for key in _keys(plan) if key in ids],
                now=now,
                ours=True,
            )

    def _remember(
        self, copying: Copying, applying: Applying, plan: Plan, ids: dict[str, str]
    ) -> None:
        """Put what was written into our copy; what was not tried is as it was."""
        backlog, unsure = copying.backlog.id, applying.unsure
        with copying.writing() as connection:
            copying.copies.set_fields(connection, backlog, applying.written)
            known = [ids[k] for k in _keys(plan) if k in ids and k not in unsure]
            copying.unread.settle_ours(connection, backlog, known)

    def _read_again(self, copying: Copying, issues: Collection[str]) -> None:
        backlog, now = copying.backlog.id, clock.now()
        with self.database.transaction() as connection:
            if not self.marks.hold(connection, backlog):
                return  # the backlog was deleted meanwhile
            self.marks.touch(
                connection, [backlog], reason="overtaken", now=now, urgent=True
            )
            copying.unread.note(connection, backlog, issues, now=now)

    def _begin(self, fence: Fence, plan: Plan, generation: int, now: datetime) -> str:
        """Keep the plan; the one that failed last is tried again, not kept twice."""
        backlog, plan_id = fence.backlog, uuid.uuid4().hex
        with fence.closing() as session:
            last = next(iter(self.plans.list(session, backlog, limit=1)), None)
            if last and last.digest == plan.digest and last.state != "applied":
                self.plans.note(session, last.id, state="applying", outcome={})
                return last.id
            saved = SavedPlan(
                id=plan_id,
                backlog_id=backlog,
                generation=generation,
                state="applying",
                digest=plan.digest,
                plan=plan_to_json(plan),
                created_at=now,
                outcome={},
            )
            self.plans.add(session, saved)
        return plan_id

    def _close_cut_short(self, fence: Fence, now: datetime) -> None:
        """Close plans that a crash cut short; what was left is planned anew."""
        with self.database.reading() as session:
            plans = self.plans.list(session, fence.backlog, limit=LATEST_PLANS)
        cut_short = [plan.id for plan in plans if plan.state == "applying"]
        if not cut_short:
            return
        reason = "cut short; what was left was planned anew"
        with fence.closing() as session:
            for plan_id in cut_short:
                self.plans.note(
                    session,
                    plan_id,
                    state="partly_applied",
                    outcome=Outcome(reason=reason).to_json(),
                    closed_at=now,
                )

    def _close(
        self, task: Task, plan_id: str, applying: Applying, began: datetime
    ) -> None:
        """Note what came of a plan, and what the site did not let us do (any more)."""
        outcome, barring, backlog = applying.outcome, applying.barring, task.backlog.id
        with self.fence(task).closing() as session:
            if lifted := frozenset(barring.lifted - barring.fresh.keys()):
                Bars().lift(session, backlog, lifted)
            as_of = as_of_task(task)
            fresh = barring.fresh | (applying.hush.fresh if applying.hush else {})
            Bars().keep(session, backlog, fresh, as_of=as_of, now=began)
            now = clock.now()
            self.plans.note(
                session,
                plan_id,
                state=outcome.state,
                outcome=outcome.to_json(),
                closed_at=now,
            )
            self.audit.add(
                session,
                now=now,
                actor="cd3",
                action=f"plan_{outcome.state}",
                object=f"backlogs/{backlog}",
                detail={
                    "plan": plan_id,
                    "moved": outcome.moved,
                    "written": outcome.written,
                    "refused": len(outcome.refused),
                },
            )


def as_of_task(task: Task) -> str:
    """Name all that an admin may change so that what was barred is tried at once."""
    return f"{task.mapping_version}.{task.backlog.version}.{task.site.version}"


def _spares_watchers(task: Task) -> bool:
    policy = task.backlog.policy
    return "scores" in policy.write and not policy.notify_watchers


def _keys(plan: Plan) -> list[str]:
    """Name all issues that a plan moves or writes."""
    moved = [key for move in plan.moves for key in move.keys]
    return list(dict.fromkeys([*moved, *(one.key for one in plan.writes)]))
