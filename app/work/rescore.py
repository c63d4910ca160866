"""The errand: read a backlog, decide purely, write what differs, publish its pages.

It may be repeated at any point: it clears the mark before it reads, compares before
it writes, and asks before each write whether a newer rescore has begun.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic_core import to_jsonable_python

from app import clock
from app.books.backlogs import Backlog, Backlogs
from app.books.database import Database
from app.books.echoes import Echoes
from app.books.mappings import Mappings, SavedMapping
from app.books.marks import Marks
from app.books.plans import Plans, SavedPlan
from app.books.rankings import Ranking, Rankings
from app.books.sites import Site, Sites, SiteSecrets
from app.work.applying import Applying, OvertakenError
from app.work.gathering import Gathered, TooManyIssuesError, gather
from app.work.outcome import Outcome
from app.work.paging import build_pages, origin_of
from app.work.publishing import Publisher
from connectors.confluence import Confluence
from connectors.errors import RefusedError, UnauthorizedError, UnreachableError
from connectors.jira import Jira
from scoring.mapping import Mapping, MappingError, read_mapping
from scoring.plan import Plan, plan_to_json
from scoring.ranking import Output, plan_changes, rank_backlog, summary_to_json
from scoring.summary import Summary

_log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
LATEST_PLANS = 20

Connect = Callable[[Site, SiteSecrets], tuple[Jira, Confluence]]


@dataclass(frozen=True, slots=True)
class _Task:
    """One rescore's givens, read once at its start."""

    backlog: Backlog
    site: Site
    generation: int
    mapping: Mapping
    saved: SavedMapping
    jira: Jira
    confluence: Confluence


@dataclass(frozen=True, slots=True)
class Rescore:
    """Reads, decides, writes. Called by the engine with a backlog and a generation."""

    database: Database
    sites: Sites
    backlogs: Backlogs
    mappings: Mappings
    rankings: Rankings
    plans: Plans
    marks: Marks
    echoes: Echoes
    publisher: Publisher
    connect: Connect

    def __call__(self, backlog: str, generation: int) -> str:
        """Do the errand; answer in a word how it ended, for the engine's records."""
        reasons = self.marks.take(backlog, generation, now=clock.now())
        _log.info("rescoring %s, number %d: %s", backlog, generation, reasons)
        try:
            ended = self._run(backlog, generation)
        except OvertakenError:
            return "overtaken"
        except UnreachableError as error:
            return self._again(backlog, str(error), error.retry_after)
        except (RefusedError, TooManyIssuesError, MappingError) as error:
            # Nothing that waiting mends, but the clock's round will see it mended.
            _log.warning("%s was not rescored: %s", backlog, error)
            self._note_trouble(backlog, error)
            return "refused"
        except Exception as error:
            self._again(backlog, f"{type(error).__name__}: see the log", None)
            raise
        self.marks.succeeded(backlog)
        return ended

    def _run(self, backlog_id: str, generation: int) -> str:
        task = self._open(backlog_id, generation)
        if task is None:
            return "nothing to do"
        gathered = gather(
            task.jira,
            task.backlog.jql,
            task.mapping,
            mode=task.backlog.mode,
            currency=task.backlog.currency,
        )
        now = clock.now()
        summary = rank_backlog(
            gathered.read,
            gathered.links,
            today=now.date(),
            mode=task.backlog.mode,
            currency=task.backlog.currency,
        )
        plan = self._plan(task, gathered, summary)
        self._keep(task, gathered, summary, now)
        outcome = self._apply(task, plan, now)
        self._note_well(task)
        self._publish(task, gathered, summary, now)
        return outcome.state

    def _open(self, backlog_id: str, generation: int) -> _Task | None:
        with self.database.reading() as session:
            backlog = self.backlogs.find(session, backlog_id)
            saved = self.mappings.newest(session, backlog_id)
            if backlog is None or saved is None:
                return None
            site = self.sites.find(session, backlog.site_id)
            if site is None:
                return None
            secrets = self.sites.secrets(session, site.id)
        jira, confluence = self.connect(site, secrets)
        mapping = read_mapping(dict(saved.mapping))
        site = self._introduced(site, jira)
        return _Task(backlog, site, generation, mapping, saved, jira, confluence)

    def _introduced(self, site: Site, jira: Jira) -> Site:
        """Learn once who we are there; echoes are told apart by it."""
        if site.account_id:
            return site
        known = replace(site, account_id=jira.myself().id)
        with self.database.writing() as session:
            if self.sites.find(session, site.id) is not None:
                return self.sites.change(session, known)
        return known

    def _plan(self, task: _Task, gathered: Gathered, summary: Summary) -> Plan:
        writes = task.backlog.policy.write
        wanted = task.mapping.outputs
        outputs: dict[Output, str] = {}
        if "scores" in writes:
            named: dict[Output, str | None] = {
                "score": wanted.score,
                "position": wanted.position,
                "delay_cost": wanted.delay_cost,
            }
            outputs = {name: field for name, field in named.items() if field}
        plan = plan_changes(
            summary, gathered.issues, backlog=task.backlog.id, outputs=outputs
        )
        return plan if "rank" in writes else replace(plan, moves=())

    def _keep(
        self, task: _Task, gathered: Gathered, summary: Summary, now: datetime
    ) -> None:
        ranking = Ranking(
            backlog_id=task.backlog.id,
            generation=task.generation,
            summary=summary_to_json(summary),
            evidence=to_jsonable_python(gathered.evidence),
            keys=gathered.keys,
            mapping_version=task.saved.version,
            computed_at=now,
        )
        with self.database.writing() as session:
            connection = session.connection()
            if not self.marks.may_close(connection, task.backlog.id, task.generation):
                raise OvertakenError
            self.rankings.put(session, ranking)

    def _apply(self, task: _Task, plan: Plan, now: datetime) -> Outcome:
        applying = Applying(task.jira, task.site.id, self.echoes, self._fence(task))
        if not plan.moves and not plan.writes:
            return applying.outcome
        saved = SavedPlan(
            id=uuid.uuid4().hex,
            backlog_id=task.backlog.id,
            generation=task.generation,
            state="applying",
            digest=plan.digest,
            plan=plan_to_json(plan),
            created_at=now,
            outcome={},
        )
        with self.database.writing() as session:
            self.plans.add(session, saved)
        try:
            applying.move(plan.moves)
            applying.write(plan.writes)
        except (OvertakenError, UnreachableError, RefusedError) as error:
            applying.outcome.reason = str(error) or "a newer rescore has begun"
            raise
        finally:
            with self.database.writing() as session:
                self.plans.note(
                    session,
                    saved.id,
                    state=applying.outcome.state,
                    outcome=applying.outcome.to_json(),
                    closed_at=clock.now(),
                )
        return applying.outcome

    def _publish(
        self,
        task: _Task,
        gathered: Gathered,
        summary: Summary,
        now: datetime,
    ) -> None:
        place = task.backlog.pages
        if place is None or "pages" not in task.backlog.policy.write:
            return
        origin = origin_of(
            task.backlog,
            task.site,
            task.mapping,
            mapping_version=task.saved.version,
            fields={field.id: field.name for field in task.jira.fields()},
            computed_at=now,
        )
        pages = build_pages(
            place.kinds,
            summary,
            gathered.evidence,
            origin,
            last_before=self._last_before(task.backlog.id),
        )
        self.publisher.publish(
            task.confluence, task.backlog, pages, now=now, may_write=self._fence(task)
        )

    def _last_before(self, backlog_id: str) -> tuple[str, ...]:
        """Find the order that Jira had before its last re-rank."""
        with self.database.reading() as session:
            plans = self.plans.list(session, backlog_id, limit=LATEST_PLANS)
        moved = (plan.plan["before"] for plan in plans if plan.plan["moves"])
        return tuple(next(moved, ()))

    def _fence(self, task: _Task) -> Callable[[], bool]:
        return lambda: self.marks.may_write(task.backlog.id, task.generation)

    def _again(self, backlog: str, reason: str, after: float | None) -> str:
        attempts = min(self.marks.attempts(backlog), 20)
        wait = min(FIRST_WAIT * 2**attempts, LONGEST_WAIT)
        if after is not None:
            wait = max(wait, timedelta(seconds=after))
        _log.warning("%s is rescored again in %s: %s", backlog, wait, reason)
        self.marks.failed(backlog, again=clock.now() + wait, reason="again")
        return "again"

    def _note_trouble(self, backlog_id: str, error: Exception) -> None:
        if not isinstance(error, UnauthorizedError):
            return
        self._note_state(backlog_id, "auth_failed", str(error))

    def _note_well(self, task: _Task) -> None:
        if task.site.state != "ok":
            self._note_state(task.backlog.id, "ok", "")

    def _note_state(self, backlog_id: str, state: str, reason: str) -> None:
        with self.database.writing() as session:
            backlog = self.backlogs.find(session, backlog_id)
            site = self.sites.find(session, backlog.site_id) if backlog else None
            if site is not None and (site.state, site.state_reason) != (state, reason):
                changed = replace(site, state=state, state_reason=reason)
                self.sites.change(session, changed)
