"""Gather one backlog: bring our copy up to date, then read all from it.

A copy that is missing, made by other settings, or a day old is read whole. The round
by the clock compares it with Jira. Whatever else wakes us reads only the issues that
were named. So an edit costs a request or two, however large the backlog.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.engine import Connection

from app.books.bites import bites
from app.books.copies import ISSUES, LINKED, Copy, milliseconds
from app.books.snapshots import Snapshot
from app.books.unread import Pending
from app.work.copying import NOTES, Copying
from app.work.narrow import CHUNK, OtherBucketError, Read, read_pending
from app.work.pausing import Pause
from app.work.slimming import slim
from app.work.sweeping import Swept, sweep
from app.work.vanishing import forget_gone
from app.work.whole import read_whole
from scoring.evidence import Evidence
from scoring.item import Gap, Issue, Item, Link
from scoring.reading.evidence import read_evidence
from scoring.reading.item import read_item
from scoring.reading.links import read_links

WHOLE_EVERY = timedelta(days=1)
# What webhooks name is read and no more; any other reason calls for a comparison.
WEBHOOKS = ("jira:", "issuelink_")
# A webhook that should come comes within this.
PROMPT = timedelta(seconds=30)
OWN_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read. `issues` stand in Jira's order and are all still open.

    `keys` name every issue read, evidence too: by key and by id. `names` are the
    names of the site's fields by id. `troubles` says which part of the evidence could
    not be read, and why. `hidden` are issues that Jira shows us no longer, of `known`
    in all.
    """

    issues: tuple[Issue, ...]
    read: tuple[Item | Gap, ...]
    links: tuple[Link, ...]
    evidence: Evidence
    keys: tuple[str, ...]
    names: Mapping[str, str]
    troubles: Mapping[str, str]
    hidden: tuple[str, ...] = ()
    known: int = 0


@dataclass(slots=True)
class Gathering:
    """Brings one backlog's copy up to date, a slice of what changed at a time.

    It reads an issue once: what changes again meanwhile is for the next run. So an
    issue that changes all the time is written once a run. `depth` says how much it
    read before: all, what a comparison reads, or nothing.
    """

    copying: Copying
    now: datetime
    pause: Pause
    swept: Swept = field(default_factory=Swept)
    gone: tuple[str, ...] = ()
    depth: Literal["", "compared", "whole"] = ""
    _seen: set[str] = field(default_factory=set)

    def prepare(self, reasons: Iterable[str]) -> None:
        """Read whole what must be, or compare where the reasons call for it."""
        copying = self.copying
        with copying.reading() as connection:
            known = copying.snapshots.find(connection, copying.backlog.id)
        if known and known.rank_field:
            copying.jira.remember_rank_field(known.rank_field)
        made = known and (known.backlog_version, known.mapping_version)
        if known is None or known.read_at is None or made != copying.settings:
            self._read_whole()
        elif calls_for_comparison(reasons):
            if self.now - known.read_at >= WHOLE_EVERY:
                self._read_whole()
            else:
                self._compare(known)
            self.gone = forget_gone(copying, now=self.now)

    @property
    def projects(self) -> list[str] | None:
        """Name the projects of our copy's issues where all of it was just read."""
        if self.depth != "whole":
            return None
        copies, backlog = self.copying.copies, self.copying.backlog.id
        with self.copying.reading() as connection:
            return copies.projects(connection, backlog, ISSUES)

    def _read_whole(self) -> None:
        read_whole(self.copying, now=self.now)
        self.depth = "whole"

    def _compare(self, known: Snapshot) -> None:
        self.depth = "compared"
        try:
            self.swept = sweep(self.copying, known, now=self.now)
            too_much = self.swept.is_most
        except OtherBucketError:
            too_much = True
        if too_much:
            self._read_whole()

    def read(self, most: int) -> tuple[Read, bool]:
        """Read what was noted last, so many issues; tell whether much more is left.

        What people change meanwhile, a few issues, is for the next run: else nothing
        would ever be moved while they go on. Between two requests it makes way for
        newer changes: what it has read is kept.
        """
        total = Read()
        for number in range(-(-most // CHUNK)):
            if number:
                if not self._is_much_left():
                    break
                self.pause.check()
            pending = self._pending()
            if not pending:
                break
            self._seen |= {one.issue for one in pending}
            try:
                read = read_pending(self.copying, pending, now=self.now)
            except OtherBucketError:
                read_whole(self.copying, now=self.now)
                continue
            total.touched += read.touched
            total.differing |= read.differing
        self.read_own()
        return total, self._is_much_left()

    def left(self) -> int:
        """Count what is noted and not read yet."""
        with self.copying.reading() as connection:
            return self.copying.unread.count(connection, self.copying.backlog.id)

    def read_own(self, *, beyond: int = 0) -> None:
        """Read what we wrote ourselves and do not know the outcome of.

        With `beyond`, only where that is more than so many issues.
        """
        backlog, unread = self.copying.backlog.id, self.copying.unread
        with self.copying.reading() as connection:
            if unread.count(connection, backlog, ours=True) <= beyond:
                return
            mine = unread.newest(connection, backlog, ours=True)
        for some in bites(mine, OWN_AT_ONCE):
            self._read_own(some)

    def count_found(self, read: Read, *, waiting: bool) -> int:
        """Count what only the comparison told of, though its webhook had time to come.

        `waiting` says that deliveries are there which nobody has read yet.
        """
        if waiting:
            return 0
        late = milliseconds((self.now - PROMPT).isoformat())
        differing = {**self.swept.differing, **read.differing}
        untold = self.swept.untold
        ages = [milliseconds(at) for i, at in differing.items() if i in untold]
        return sum(1 for at in ages if 0 < at < late)

    def _pending(self) -> list[Pending]:
        """List the next issues to read; our own writes ride along."""
        backlog, unread = self.copying.backlog.id, self.copying.unread
        with self.copying.reading() as connection:
            told = self._unseen(connection)
            room = CHUNK - len(told) if told else 0
            if unread.count(connection, backlog, ours=True) <= room:
                told += unread.newest(connection, backlog, limit=room, ours=True)
        return told

    def _is_much_left(self) -> bool:
        with self.copying.reading() as connection:
            return len(self._unseen(connection)) == CHUNK

    def _unseen(self, connection: Connection) -> list[Pending]:
        """List what was noted last of all that this run has not read yet."""
        unread, backlog = self.copying.unread, self.copying.backlog.id
        told = unread.newest(connection, backlog, limit=CHUNK + len(self._seen))
        return [one for one in told if one.issue not in self._seen][:CHUNK]

    def _read_own(self, pending: Sequence[Pending]) -> None:
        copying, backlog = self.copying, self.copying.backlog.id
        ids = [one.issue for one in pending]
        came = [slim(i) for i in copying.jira.read_issues(ids, copying.fields) if i.id]
        seen = {issue.id for issue in came}
        with copying.writing() as connection:
            copying.copies.put(connection, backlog, ISSUES, came)
            copying.unread.settle(connection, backlog, pending)
            lost = [one for one in ids if one not in seen]
            copying.unread.note(connection, backlog, lost, now=self.now)


def calls_for_comparison(reasons: Iterable[str]) -> bool:
    """Tell whether anything but webhooks set the mark."""
    return any(not reason.startswith(WEBHOOKS) for reason in reasons)


def gather(copying: Copying) -> Gathered:
    """Read a backlog from our copy of it."""
    backlog, mapping = copying.backlog, copying.mapping
    with copying.reading() as connection:
        copies = list(copying.copies.all(connection, backlog.id))
        snapshot = copying.snapshots.find(connection, backlog.id)
    shown = _part(copies, ISSUES)
    issues = in_order(issue for issue in shown if not issue.done)
    noted = {part: _part(copies, part) for part in copying.notes}
    notes = [issue for found in noted.values() for issue in found]
    return Gathered(
        issues=issues,
        read=tuple(
            read_item(
                issue, mapping, mode=backlog.mode, currency=backlog.currency, place=at
            )
            for at, issue in enumerate(issues)
        ),
        # Later ones say more surely which issue is done.
        links=read_links([*_part(copies, LINKED), *shown], mapping),
        evidence=read_evidence(
            mapping, **noted, keys=frozenset(issue.key for issue in issues)
        ),
        keys=tuple(n for issue in (*issues, *notes) for n in (issue.key, issue.id)),
        names=snapshot.names if snapshot else {},
        troubles=snapshot.troubles if snapshot else {},
        hidden=tuple(sorted(copy.issue.key for copy in copies if copy.hidden)),
        known=sum(1 for copy in copies if copy.part == ISSUES),
    )


def in_order(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Put issues in the order of their rank values; those without one by age."""
    return tuple(sorted(issues, key=lambda issue: (issue.rank, _age(issue))))


def _part(copies: Iterable[Copy], part: str) -> list[Issue]:
    found = [one.issue for one in copies if one.part == part and not one.hidden]
    return sorted(found, key=_age) if part in NOTES else found


def _age(issue: Issue) -> tuple[int, str]:
    return len(issue.id), issue.id
