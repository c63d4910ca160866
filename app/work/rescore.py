"""The errand: read a backlog, decide purely, write what differs, publish its pages.

It may be repeated at any point: it clears the mark before it reads, compares before
it writes, and asks before each write whether a newer rescore has begun.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic_core import to_jsonable_python

from app import clock
from app.books.audit import Audit
from app.books.backlogs import Backlog
from app.books.database import Database
from app.books.echoes import Echoes
from app.books.insisting import insist
from app.books.marks import Marks, Taken
from app.books.plans import Plans, SavedPlan
from app.books.rankings import Ranking, Rankings
from app.errors import SecretsError
from app.work.applying import Applying, OvertakenError
from app.work.confirming import StaleOrderError, confirm_order
from app.work.gathering import (
    Gathered,
    TooManyIssuesError,
    VanishedFieldError,
    changed_ids,
    gather,
)
from app.work.outcome import Outcome
from app.work.paging import STANDS_ON, build_pages, origin_of
from app.work.publishing import Publisher
from app.work.task import Task, Tasks
from connectors.errors import RefusedError, UnreachableError
from scoring.mapping import MappingError
from scoring.plan import Plan, plan_to_json
from scoring.ranking import Output, plan_changes, summary_to_json
from scoring.summary import Summary
from scoring.weighing import weigh_backlog

_log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
LATEST_PLANS = 20
# What waiting does not mend; the round by the clock sees when somebody has.
HOPELESS = (
    RefusedError,
    TooManyIssuesError,
    VanishedFieldError,
    MappingError,
    SecretsError,
)


@dataclass(frozen=True, slots=True)
class Rescore:
    """Reads, decides, writes. Called by the engine with a backlog and a generation."""

    database: Database
    tasks: Tasks
    rankings: Rankings
    plans: Plans
    marks: Marks
    echoes: Echoes
    publisher: Publisher
    audit: Audit = field(default_factory=Audit)

    def __call__(self, backlog: str, generation: int) -> str:
        """Do the errand; answer in a word how it ended, for the engine's records."""
        taken = insist(lambda: self.marks.take(backlog, generation, now=clock.now()))
        if taken is None:
            return "overtaken"
        _log.info("rescoring %s, number %d: %s", backlog, generation, taken.reasons)
        try:
            ended = self._run(backlog, generation, taken)
            self._close(backlog, taken.run)
        except OvertakenError:
            # Between our last look and our last write another may have written.
            insist(lambda: self.marks.overtaken(backlog, now=clock.now()))
            return "overtaken"
        except StaleOrderError as error:
            return self._again(backlog, str(error), 0.0)
        except UnreachableError as error:
            return self._again(backlog, str(error), error.retry_after)
        except HOPELESS as error:
            _log.warning("%s was not rescored: %s", backlog, error)
            trouble = error
            insist(lambda: self.tasks.note_trouble(backlog, trouble))
            return "refused"
        except Exception as error:
            self._again(backlog, f"{type(error).__name__}: see the log", None)
            raise
        return ended

    def _close(self, backlog: str, run: int) -> None:
        if not self.marks.succeeded(backlog, run):
            raise OvertakenError

    def _run(self, backlog_id: str, generation: int, taken: Taken) -> str:
        task = self.tasks.open(backlog_id, generation, taken.run)
        if task is None:
            return "nothing to do"
        backlog, now = task.backlog, clock.now()
        fresh = changed_ids(taken.reasons)
        gathered = gather(task.jira, backlog, task.mapping, fresh=fresh)
        summary = _summarise(backlog, gathered, now)
        plan = self._plan(task, gathered, summary)
        self._keep(task, gathered, summary, now)
        outcome = self._apply(task, gathered, plan, now)
        self._publish(task, gathered, summary, now)
        self.tasks.note_end(task, _trouble(outcome, gathered))
        return outcome.state

    def _plan(self, task: Task, gathered: Gathered, summary: Summary) -> Plan:
        writes, wanted = task.backlog.policy.write, task.mapping.outputs
        named: dict[Output, str | None] = {
            "score": wanted.score,
            "position": wanted.position,
            "delay_cost": wanted.delay_cost,
        }
        given = {name: one for name, one in named.items() if one}
        return plan_changes(
            summary,
            gathered.issues,
            backlog=task.backlog.id,
            outputs=given if "scores" in writes else {},
            aim="fitting" if "rank" in writes else None,
        )

    def _keep(
        self, task: Task, gathered: Gathered, summary: Summary, now: datetime
    ) -> None:
        ranking = Ranking(
            backlog_id=task.backlog.id,
            generation=task.generation,
            summary=summary_to_json(summary),
            evidence=to_jsonable_python(gathered.evidence),
            keys=gathered.keys,
            mapping_version=task.mapping_version,
            backlog_version=task.backlog.version,
            computed_at=now,
        )
        with self.database.writing() as session:
            connection = session.connection()
            if not self.marks.may_close(connection, task.backlog.id, task.run):
                raise OvertakenError
            if not self.rankings.put(session, ranking):
                raise OvertakenError

    def _apply(
        self, task: Task, gathered: Gathered, plan: Plan, now: datetime
    ) -> Outcome:
        applying = Applying(task.jira, task.site.id, self.echoes, self._fence(task))
        self._close_cut_short(task, now)
        if not plan.moves and not plan.writes:
            return applying.outcome
        confirm_order(task.jira, gathered.issues, plan.moves)
        plan_id = self._begin(task, plan, now)
        try:
            applying.move(plan.moves)
            applying.write(plan.writes)
        except Exception as error:
            applying.outcome.reason = str(error) or type(error).__name__
            raise
        finally:
            self._note(task, plan_id, applying.outcome)
        return applying.outcome

    def _begin(self, task: Task, plan: Plan, now: datetime) -> str:
        """Keep the plan; the one that failed last is tried again, not kept twice."""
        backlog, plan_id = task.backlog.id, uuid.uuid4().hex
        with self.database.writing() as session:
            if not self.marks.may_close(session.connection(), backlog, task.run):
                raise OvertakenError
            last = next(iter(self.plans.list(session, backlog, limit=1)), None)
            if last and last.digest == plan.digest and last.state != "applied":
                self.plans.note(session, last.id, state="applying", outcome={})
                return last.id
            saved = SavedPlan(
                id=plan_id,
                backlog_id=backlog,
                generation=task.generation,
                state="applying",
                digest=plan.digest,
                plan=plan_to_json(plan),
                created_at=now,
                outcome={},
            )
            self.plans.add(session, saved)
        return plan_id

    def _close_cut_short(self, task: Task, now: datetime) -> None:
        """Close plans that a crash cut short; what was left is planned anew."""
        with self.database.reading() as session:
            plans = self.plans.list(session, task.backlog.id, limit=LATEST_PLANS)
        for plan in plans:
            if plan.state != "applying":
                continue
            with self.database.writing() as session:
                reason = "cut short; what was left was planned anew"
                self.plans.note(
                    session,
                    plan.id,
                    state="partly_applied",
                    outcome=Outcome(reason=reason).to_json(),
                    closed_at=now,
                )

    def _note(self, task: Task, plan_id: str, outcome: Outcome) -> None:
        now = clock.now()
        with self.database.writing() as session:
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
                object=f"backlogs/{task.backlog.id}",
                detail={
                    "plan": plan_id,
                    "moved": outcome.moved,
                    "written": outcome.written,
                    "refused": len(outcome.refused),
                },
            )

    def _publish(
        self, task: Task, gathered: Gathered, summary: Summary, now: datetime
    ) -> None:
        place = task.backlog.pages
        if place is None or "pages" not in task.backlog.policy.write:
            return
        origin = origin_of(
            task.backlog,
            task.site,
            task.mapping,
            mapping_version=task.mapping_version,
            fields=gathered.names,
            computed_at=now,
        )
        last_before = self._last_before(task.backlog.id)
        # Better yesterday's page than one that says there is no evidence.
        without = {kind for name in gathered.troubles for kind in STANDS_ON[name]}
        kinds = [kind for kind in place.kinds if kind not in without]
        pages = build_pages(
            kinds, summary, gathered.evidence, origin, last_before=last_before
        )
        self.publisher.publish(
            task.confluence, task.backlog, pages, now=now, may_write=self._fence(task)
        )

    def _last_before(self, backlog_id: str) -> tuple[str, ...]:
        """Find the order that Jira had before its last re-rank."""
        with self.database.reading() as session:
            plan = self.plans.last_move(session, backlog_id)
        return tuple(plan.plan["before"]) if plan else ()

    def _fence(self, task: Task) -> Callable[[], bool]:
        return lambda: self.marks.may_write(task.backlog.id, task.run)

    def _again(self, backlog: str, reason: str, after: float | None) -> str:
        attempts = min(insist(lambda: self.marks.attempts(backlog)), 20)
        wait = min(FIRST_WAIT * 2**attempts, LONGEST_WAIT)
        if after is not None:
            wait = max(wait, timedelta(seconds=after))
        _log.warning("%s is rescored again in %s: %s", backlog, wait, reason)
        again = clock.now() + wait
        insist(lambda: self.marks.failed(backlog, again=again, reason="again"))
        return "again"


def _trouble(outcome: Outcome, gathered: Gathered) -> str:
    """Say in a sentence or two what did not go as it should; empty if all did."""
    said = [f"evidence.{name}: {why}" for name, why in gathered.troubles.items()]
    if outcome.refused:
        first = outcome.refused[0]
        more = len(outcome.refused) - 1
        also = f" (and {more} more)" if more else ""
        said.append(f"{first.key}, {first.what}: {first.reason}{also}")
    return "; ".join(said)


def _summarise(backlog: Backlog, gathered: Gathered, now: datetime) -> Summary:
    ranking = weigh_backlog(
        gathered.read,
        gathered.links,
        today=now.date(),
        mode=backlog.mode,
        currency=backlog.currency,
    )
    tolerance = backlog.policy.tolerance
    return (ranking.near_today(tolerance) if tolerance else ranking).summary()
