"""From deliveries to marks: what each says, whom it concerns, what became of it.

The marks are set in the transaction that closes the deliveries, so a crash loses
neither: either both happened or the delivery is still new.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from app.books.database import Database
from app.books.deliveries import Closing, Deliveries, Waiting
from app.books.echoes import RANK, Echo, Echoes
from app.books.marks import Marks
from app.books.readers import MOST_TRIES, Chosen, Reader
from app.books.received import DEADLY, UNJUDGED, UNREADABLE
from app.books.sightings import Sightings
from app.books.unread import Unread
from app.work.concern import Watch, concerned, concerned_by_link
from webhooks.events import (
    LONGEST_READ,
    OWN_TEST,
    Change,
    Event,
    Ignored,
    IssueChanged,
    LinkChanged,
    TooLong,
    Unreadable,
    read_event,
)

_log = logging.getLogger(__name__)

BATCH = 200
# What one transaction reads, as it came: SQLite takes no delivery meanwhile.
MOST_READ_BYTES = 4 * 1024 * 1024
DELETED = "jira:issue_deleted"
# Why a mark is set by a delivery that was not read: no webhook's name, so the rescore
# compares the backlog with Jira.
LONG = "long delivery"
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]{1,18}")
# As Jira writes a number field's value in a changelog.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SiteView:
    """What intake must know of a site: who we are there, and what its backlogs know.

    `outputs` are the ids of the fields that we write, on any backlog of the site.
    """

    account: str
    outputs: frozenset[str]
    watches: Sequence[Watch]


@dataclass(slots=True)
class _Findings:
    closings: list[Closing] = field(default_factory=list)
    dirty: dict[str, set[str]] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)
    unread: dict[tuple[str, bool], list[str]] = field(default_factory=dict)

    def close(self, waiting: Waiting, state: str, reason: str, what: str = "") -> None:
        event, _, key = what.partition(" ")
        self.closings.append(Closing(waiting.id, state, reason, event, key))

    def mark(
        self, backlogs: Mapping[str, Iterable[str]], reason: str, *, deleted: bool
    ) -> None:
        """Mark backlogs, and note which of their issues must be read again."""
        for backlog, issues in backlogs.items():
            self.dirty.setdefault(backlog, set()).add(reason)
            self.changes[backlog] += 1
            self.unread.setdefault((backlog, deleted), []).extend(set(issues))


@dataclass(frozen=True, slots=True)
class Intake:
    """Reads waiting deliveries. `view` answers what we know of a site, now."""

    database: Database
    deliveries: Deliveries
    echoes: Echoes
    marks: Marks
    view: Callable[[str, Collection[str]], SiteView]
    reader: Reader
    unread: Unread = field(default_factory=Unread)
    sightings: Sightings = field(default_factory=Sightings)

    def read(self, *, now: datetime, limit: int = BATCH) -> int:
        """Work off one batch of deliveries; answer how many there were."""
        chosen = Chosen(())
        try:
            with self.reader.reading(limit=limit) as (connection, chosen):
                if chosen.deaths < MOST_TRIES:
                    return self._work_off(connection, chosen.ids, now)
                reason = f"{DEADLY}: {chosen.deaths} ended while they read it"
                return self._park(connection, chosen.ids, now, reason)
        except (DataError, IntegrityError):
            # Something in one of them cannot be kept: it must not fail the others.
            _log.exception("%d deliveries cannot be read at once", len(chosen.ids))
            return sum(self._alone(one, now) for one in chosen.ids)
        except Exception:
            self.reader.give_up()  # it was not what they read
            raise

    def _alone(self, delivery: int, now: datetime) -> int:
        try:
            with self.reader.reading(ids=[delivery]) as (connection, chosen):
                return self._work_off(connection, chosen.ids, now)
        except (DataError, IntegrityError) as error:
            reason = f"{UNJUDGED}: {type(error).__name__}, see the log"
        with self.reader.reading(ids=[delivery]) as (connection, chosen):
            return self._park(connection, chosen.ids, now, reason)

    def _park(
        self, connection: Connection, ids: Sequence[int], now: datetime, reason: str
    ) -> int:
        still = [one.id for one in self.deliveries.waiting(connection, ids)]
        closings = [Closing(one, "dead", reason) for one in still]
        self.deliveries.close(connection, closings, now=now)
        for one in still:
            _log.error("delivery %d is a dead letter: %s", one, reason)
        return len(still)

    def _work_off(
        self, connection: Connection, ids: Sequence[int], now: datetime
    ) -> int:
        views: dict[str, SiteView] = {}
        batch, events = _read_some(self.deliveries.waiting(connection, ids))
        self.echoes.hold(connection, _issues(batch, events))
        findings = _Findings()
        names = _names_by_site(batch, events)

        def look(site: str) -> SiteView:
            if site not in views:
                views[site] = self.view(site, names[site])
            return views[site]

        for waiting, event in zip(batch, events, strict=True):
            self._judged(connection, waiting, event, look, findings)
        self._mark(connection, findings, now)
        self.sightings.hear(connection, _heard(batch, events))
        self.deliveries.close(connection, findings.closings, now=now)
        return len(batch)

    def _mark(self, connection: Connection, findings: _Findings, now: datetime) -> None:
        """Mark the backlogs, and note beside each which issues must be read."""
        for backlog, reasons in sorted(findings.dirty.items()):
            told = _told(reasons)
            # Behind a full batch more is waiting: whoever sees it waits for that.
            full = len(findings.closings) >= BATCH
            changes = BATCH if full else findings.changes[backlog]
            self.marks.touch(
                connection, [backlog], reason=told, now=now, changes=changes
            )
            for deleted in (False, True):
                issues = findings.unread.get((backlog, deleted), ())
                self.unread.note(connection, backlog, issues, now=now, deleted=deleted)

    def _judged(
        self,
        connection: Connection,
        waiting: Waiting,
        event: Event,
        look: Callable[[str], SiteView],
        findings: _Findings,
    ) -> None:
        """Judge one delivery; one that cannot be judged is parked, not in the way."""
        try:
            self._judge(connection, waiting, event, look(waiting.site), findings)
        except SQLAlchemyError:
            raise  # the books' trouble, not the delivery's
        except Exception:  # noqa: BLE001 - logged and parked, where operators look
            _log.exception("delivery %d cannot be judged", waiting.id)
            findings.close(waiting, "dead", f"{UNJUDGED}: see the log")

    def _judge(
        self,
        connection: Connection,
        waiting: Waiting,
        event: Event,
        view: SiteView,
        findings: _Findings,
    ) -> None:
        match event:
            case Unreadable(reason):
                findings.close(waiting, "dead", f"{UNREADABLE}: {reason}")
            case Ignored(kind, reason):
                findings.close(waiting, "ignored", reason, kind)
            case TooLong(reason) if view.watches:
                every = {watch.backlog: () for watch in view.watches}
                findings.mark(every, LONG, deleted=False)
                findings.close(waiting, "done", f"{reason}: its site is compared")
            case TooLong():
                findings.close(waiting, "ignored", "concerns no backlog")
            case LinkChanged() as link:
                ends = concerned_by_link(link, view.watches)
                self._conclude(waiting, ends, link.kind, findings)
            case IssueChanged() as issue:
                what = f"{issue.kind} {issue.key}"
                if self._is_echo(connection, waiting.site, view, issue):
                    findings.close(waiting, "ignored", "our own write", what)
                else:
                    named = _named(issue)
                    backlogs = dict.fromkeys(concerned(issue, view.watches), named)
                    self._conclude(waiting, backlogs, what, findings)

    def _conclude(
        self,
        waiting: Waiting,
        backlogs: Mapping[str, Iterable[str]],
        what: str,
        findings: _Findings,
    ) -> None:
        if backlogs:
            deleted = what.startswith(DELETED)
            findings.mark(backlogs, what, deleted=deleted)
            findings.close(waiting, "done", "", what)
        else:
            findings.close(waiting, "ignored", "concerns no backlog", what)

    def _is_echo(
        self, connection: Connection, site: str, view: SiteView, event: IssueChanged
    ) -> bool:
        """Tell whether every change in the event is one that we made and expect."""
        if event.kind != "jira:issue_updated" or not event.changes:
            return False
        # Where Jira says who did it and it was not us, it is no echo.
        if view.account and event.actor and event.actor != view.account:
            return False
        echoes = [_echo(event.key, change, view.outputs) for change in event.changes]
        known = [echo for echo in echoes if echo is not None]
        if len(known) != len(echoes):
            return False
        return self.echoes.heard(connection, site, event.key, known)


def _heard(batch: Sequence[Waiting], events: Sequence[Event]) -> dict[str, datetime]:
    """Say when each site was last heard; that we hear ourselves says nothing of it."""
    heard: dict[str, datetime] = {}
    for waiting, event in zip(batch, events, strict=True):
        if isinstance(event, Ignored) and event.kind == OWN_TEST:
            continue
        before = heard.get(waiting.site, waiting.received_at)
        heard[waiting.site] = max(before, waiting.received_at)
    return heard


def _read_some(waiting: Sequence[Waiting]) -> tuple[list[Waiting], list[Event]]:
    """Read the first of them, few where they are long; the others stay as they are."""
    batch: list[Waiting] = []
    events: list[Event] = []
    size = 0
    for one in waiting:
        if size > MOST_READ_BYTES:
            break
        event, length = _read(one)
        batch.append(one)
        events.append(event)
        size += length
    return batch, events


def _read(waiting: Waiting) -> tuple[Event, int]:
    """Read a delivery, and say how long it was."""
    try:
        body = waiting.beginning(LONGEST_READ + 1)
    except ValueError as error:
        return Unreadable(str(error)), 0
    try:
        return read_event(body), len(body)
    except Exception:  # noqa: BLE001 - logged and parked, where operators look
        _log.exception("delivery %d cannot be read", waiting.id)
        return Unreadable("see the log"), len(body)


def _told(reasons: Collection[str]) -> str:
    """Say in a few words why a mark is set; which issues it is stands beside it."""
    first, *more = sorted(reasons, key=lambda one: (one != LONG, one))
    return f"{first} and {len(more)} more" if more else first


def _named(issue: IssueChanged) -> tuple[str, ...]:
    """Name an issue as Jira's search takes it: by number, else by a key that is one."""
    if issue.id.isdecimal():
        return (issue.id,)
    return (issue.key,) if _KEY.fullmatch(issue.key) else ()


def _names_by_site(
    batch: Sequence[Waiting], events: Sequence[Event]
) -> dict[str, set[str]]:
    """Name all issues that the deliveries of each site speak of, by id and by key."""
    names: dict[str, set[str]] = {waiting.site: set() for waiting in batch}
    for waiting, event in zip(batch, events, strict=True):
        match event:
            case IssueChanged():
                names[waiting.site] |= {event.id, event.key} - {""}
            case LinkChanged():
                names[waiting.site] |= {event.source_id, event.destination_id}
            case _:
                pass
    return names


def _issues(
    batch: Sequence[Waiting], events: Sequence[Event]
) -> frozenset[tuple[str, str]]:
    """Name the issues that changed, each with its site."""
    return frozenset(
        (waiting.site, event.key)
        for waiting, event in zip(batch, events, strict=True)
        if isinstance(event, IssueChanged)
    )


def _echo(key: str, change: Change, outputs: frozenset[str]) -> Echo | None:
    """Say what we would have written, had this change been ours; None if we did not.

    Data Center gives names in the place of ids; `Echoes` knows what we wrote by both.
    """
    if change.field not in outputs and change.name == "Rank":
        return Echo(key, RANK)
    if change.field and change.field not in outputs:
        return None
    if not change.text:
        return Echo(key, change.field, None, change.name)
    if _NUMBER.fullmatch(change.text) is None:
        return None
    return Echo(key, change.field, float(change.text), change.name)
