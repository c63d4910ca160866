"""The errand: read a backlog, decide purely, write what differs, publish its pages.

It may be repeated at any point: it clears the mark before it reads, compares before
it writes, and asks before each write whether a newer rescore has begun.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic_core import to_jsonable_python

from app import clock
from app.books.audit import Audit
from app.books.backlogs import Backlog
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.insisting import WAITS
from app.books.marks import Marks, Taken
from app.books.plans import Plans
from app.books.rankings import Ranking, Rankings
from app.books.sightings import Sightings
from app.work.carrying import Carrier
from app.work.copying import Copying
from app.work.ending import Ending, count_nothing
from app.work.fencing import OvertakenError
from app.work.gathering import Gathered, Gathering, gather
from app.work.narrow import CHUNK, Read
from app.work.paging import STANDS_ON, draft_pages, origin_of
from app.work.pausing import REASON as MORE
from app.work.pausing import MakeWayError, Pause
from app.work.publishing import Publisher
from app.work.standing import standing_of, why_partial
from app.work.task import Task, Tasks, signed_in
from app.work.vanishing import some, why_blind
from scoring.plan import Plan, seal
from scoring.ranking import Output, plan_changes, summary_to_json
from scoring.summary import Summary
from scoring.weighing import weigh_backlog

_log = logging.getLogger(__name__)

# So many issues are read and written first, then ever more: a bulk takes few slices,
# and what changed last never waits for all of it.
FIRST_SLICE = CHUNK
SLICES_GROW = 10
# While people edit without a pause, pages follow the order by so much.
PAGES_WAIT = timedelta(seconds=15)


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
    sightings: Sightings = field(default_factory=Sightings)
    silence: timedelta = timedelta(hours=6)
    patience: Sequence[float] = WAITS
    count_failure: Callable[[str], None] = count_nothing

    def __call__(self, backlog: str, generation: int) -> str:
        """Do the errand; answer in a word how it ended, for the engine's records."""
        ending = Ending(
            self.database, self.tasks, self.marks, self.patience, self.count_failure
        )
        taken = ending.insist(
            lambda: self.marks.take(backlog, generation, now=clock.now())
        )
        if taken is None:
            return "overtaken"
        _log.info("rescoring %s, number %d: %s", backlog, generation, taken.reasons)
        return ending.of(
            backlog, taken.run, lambda: self._run(backlog, generation, taken)
        )

    def _go_on(self, backlog: str) -> None:
        """Set the mark: the next run does what this one leaves."""
        now = clock.now()
        with self.database.transaction() as connection:
            self.marks.touch(connection, [backlog], reason=MORE, now=now)

    def _run(self, backlog_id: str, generation: int, taken: Taken) -> str:
        task = self.tasks.open(backlog_id, generation, taken.run)
        if task is None:
            return "nothing to do"
        try:
            with signed_in(task.site):
                return self._work(task, taken)
        except MakeWayError:
            self._go_on(backlog_id)
            self.tasks.note_going(task)
            return "made way"

    def _work(self, task: Task, taken: Taken) -> str:
        """Read a few issues and write these, then ever more, until none is left."""
        now, copying = clock.now(), self._copying(task)
        pause = Pause(self.marks, task.backlog.id)
        gathering = Gathering(copying, now, pause)
        gathering.prepare(taken.reasons)
        self._carrier.ask_for_hush(task, gathering)
        self._note_gone(task, gathering.gone, now)
        size, more, differing = FIRST_SLICE, True, dict[str, str]()
        away: tuple[str, ...] = ()
        while more:
            read, more = gathering.read(size)
            differing |= read.differing
            gathered = gather(copying)
            if gathered.hidden != away:
                away = gathered.hidden
                if blind := why_blind(task.jira, away, gathered.known):
                    return self._report_blind(task, away, blind)
            summary = _summarise(task.backlog, gathered, now)
            plan = self._plan(task, gathered, summary)
            if more:
                plan = _only_writes(plan, read.touched)
            self._keep(task, gathered, summary, now)
            # What changed last is written whoever waits; a bulk makes way.
            first = read.touched if size == FIRST_SLICE else ()
            size *= SLICES_GROW
            if more and not plan.writes:
                continue  # nothing to do yet, which says nothing of the whole
            outcome = self._carrier.carry(
                task, copying, gathered, plan, first=first, pause=pause, now=now
            )
        self._count_found(gathering, differing)
        if not self._pages_may_wait(task, now):
            self._publish(task, gathered, summary, now)
        gathering.read_own(beyond=CHUNK)
        if gathering.left():
            self._go_on(task.backlog.id)
        end = standing_of(outcome, gathered)
        self.tasks.note_end(task, end.trouble, state=end.state, lack=end.lack)
        return outcome.state

    @property
    def _carrier(self) -> Carrier:
        return Carrier(
            self.database,
            self.plans,
            self.marks,
            self.echoes,
            self.audit,
        )

    def _copying(self, task: Task) -> Copying:
        return Copying(
            database=self.database,
            marks=self.marks,
            backlog=task.backlog,
            mapping=task.mapping,
            mapping_version=task.mapping_version,
            jira=task.jira,
            run=task.run,
        )

    def _count_found(self, gathering: Gathering, differing: dict[str, str]) -> None:
        waiting = Deliveries(self.database).any_waiting()
        found = gathering.count_found(Read(differing=differing), waiting=waiting)
        if found:
            self._miss(gathering.copying, found, gathering.now)

    def _miss(self, copying: Copying, found: int, now: datetime) -> None:
        """Count what no webhook told of; say so where none comes any more."""
        backlog, site = copying.backlog.id, copying.backlog.site_id
        with copying.writing() as connection:
            copying.snapshots.count_found(connection, backlog, found)
            self.sightings.miss(connection, site, found, now=now)
            sighting = self.sightings.find(connection, site)
        if sighting.is_silent(now=now, after=self.silence):
            _log.warning(
                "site %s: %d changes came without a delivery; the last came %s. "
                "Run: cd3 webhook verify %s",
                site,
                sighting.missed,
                sighting.heard_at or "never",
                site,
            )

    def _report_blind(self, task: Task, hidden: Sequence[str], blind: str) -> str:
        """Say that we see only a part of the backlog, and leave it as it is."""
        reason = why_partial(task.backlog.id, hidden, blind)
        _log.warning("%s is seen only in part: %s", task.backlog.id, reason)
        self.tasks.note_end(task, reason, state="partial")
        return "partial"

    def _note_gone(self, task: Task, gone: Sequence[str], now: datetime) -> None:
        """Keep in the audit which issues were taken for gone."""
        if not gone:
            return
        with self.database.writing() as session:
            self.audit.add(
                session,
                now=now,
                actor="cd3",
                action="issues_gone",
                object=f"backlogs/{task.backlog.id}",
                detail={"issues": some(gone), "count": len(gone)},
            )

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

    def _pages_may_wait(self, task: Task, now: datetime) -> bool:
        """Say whether the next run's pages will do: somebody waits for its order."""
        backlog = task.backlog.id
        if not self.marks.awaited(backlog, now=clock.now()):
            return False
        return self.publisher.wrote_since(backlog, now - PAGES_WAIT)

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
        drafts = draft_pages(
            kinds, summary, gathered.evidence, origin, last_before=last_before
        )
        self.publisher.publish(
            task.confluence,
            task.backlog,
            drafts,
            now=now,
            fence=self._carrier.fence(task),
        )

    def _last_before(self, backlog_id: str) -> tuple[str, ...]:
        """Find the order that Jira had before its last re-rank."""
        with self.database.reading() as session:
            plan = self.plans.last_move(session, backlog_id)
        return tuple(plan.plan["before"]) if plan else ()


def _only_writes(plan: Plan, keys: Collection[str]) -> Plan:
    """Keep what is written to some issues; the rest waits for what is not read yet."""
    writes = tuple(one for one in plan.writes if one.key in keys)
    return seal(replace(plan, moves=(), writes=writes))


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
