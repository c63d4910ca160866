"""From deliveries to marks: what each says, whom it concerns, what became of it.

The marks are set in the transaction that closes the deliveries, so a crash loses
neither: either both happened or the delivery is still new.
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.books.database import Database
from app.books.deliveries import Closing, Deliveries, Waiting
from app.books.echoes import RANK, Echo, Echoes
from app.books.marks import Marks
from app.work.concern import Watch, concerned, concerned_by_link
from webhooks.events import (
    Change,
    Event,
    Ignored,
    IssueChanged,
    LinkChanged,
    Unreadable,
    read_event,
)

_log = logging.getLogger(__name__)

BATCH = 200
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

    def close(self, waiting: Waiting, state: str, reason: str, what: str = "") -> None:
        event, _, key = what.partition(" ")
        self.closings.append(Closing(waiting.id, state, reason, event, key))

    def mark(self, backlogs: Iterable[str], reason: str) -> None:
        for backlog in backlogs:
            self.dirty.setdefault(backlog, set()).add(reason)


@dataclass(frozen=True, slots=True)
class Intake:
    """Reads waiting deliveries. `view` answers what we know of a site, now."""

    database: Database
    deliveries: Deliveries
    echoes: Echoes
    marks: Marks
    view: Callable[[str], SiteView]

    def read(self, *, now: datetime, limit: int = BATCH) -> int:
        """Work off one batch of deliveries; answer how many there were."""
        views: dict[str, SiteView] = {}
        with self.database.transaction() as connection:
            batch = self.deliveries.waiting(connection, limit=limit)
            events = [_read(waiting) for waiting in batch]
            self.echoes.hold(connection, _named(batch, events))
            findings = _Findings()
            for waiting, event in zip(batch, events, strict=True):
                if waiting.site not in views:
                    views[waiting.site] = self.view(waiting.site)
                view = views[waiting.site]
                self._judged(connection, waiting, event, view, findings)
            for backlog, reasons in sorted(findings.dirty.items()):
                for reason in sorted(reasons):
                    self.marks.touch(connection, [backlog], reason=reason, now=now)
            self.deliveries.close(connection, findings.closings, now=now)
        return len(batch)

    def _judged(
        self,
        connection: Connection,
        waiting: Waiting,
        event: Event,
        view: SiteView,
        findings: _Findings,
    ) -> None:
        """Judge one delivery; one that cannot be judged is parked, not in the way."""
        try:
            self._judge(connection, waiting, event, view, findings)
        except SQLAlchemyError:
            raise  # the books' trouble, not the delivery's
        except Exception:  # noqa: BLE001 - logged and parked, where operators look
            _log.exception("delivery %d cannot be judged", waiting.id)
            findings.close(waiting, "dead", "cannot be judged: see the log")

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
                findings.close(waiting, "dead", f"unreadable: {reason}")
            case Ignored(kind, reason):
                findings.close(waiting, "ignored", reason, kind)
            case LinkChanged() as link:
                backlogs = concerned_by_link(link, view.watches)
                self._conclude(waiting, backlogs, link.kind, findings)
            case IssueChanged() as issue:
                # The number tells the search which issue it must not lag behind on.
                what = f"{issue.kind} {issue.key}"
                if self._is_echo(connection, waiting.site, view, issue):
                    findings.close(waiting, "ignored", "our own write", what)
                else:
                    backlogs = concerned(issue, view.watches)
                    self._conclude(waiting, backlogs, what, findings, issue.id)

    def _conclude(
        self,
        waiting: Waiting,
        backlogs: list[str],
        what: str,
        findings: _Findings,
        number: str = "",
    ) -> None:
        if backlogs:
            findings.mark(backlogs, f"{what} #{number}" if number else what)
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


def _read(waiting: Waiting) -> Event:
    try:
        return read_event(waiting.body)
    except Exception:  # noqa: BLE001 - logged and parked, where operators look
        _log.exception("delivery %d cannot be read", waiting.id)
        return Unreadable("see the log")


def _named(
    batch: Sequence[Waiting], events: Sequence[Event]
) -> frozenset[tuple[str, str]]:
    """Name the issues that changed, each with its site."""
    return frozenset(
        (waiting.site, event.key)
        for waiting, event in zip(batch, events, strict=True)
        if isinstance(event, IssueChanged)
    )


def _echo(key: str, change: Change, outputs: frozenset[str]) -> Echo | None:
    if change.field not in outputs:
        return Echo(key, RANK) if change.name == "Rank" else None
    if not change.text:
        return Echo(key, change.field, None)
    if _NUMBER.fullmatch(change.text) is None:
        return None
    return Echo(key, change.field, float(change.text))
