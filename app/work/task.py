"""One rescore's givens, and what its end says of the site."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from sqlalchemy.orm import Session

from app.books.audit import Audit
from app.books.backlogs import RETRYING, Backlog, Backlogs
from app.books.bars import PROBE_EVERY
from app.books.database import Database
from app.books.mappings import Mappings, SavedMapping
from app.books.marks import Marks
from app.books.sites import AUTH_FAILED, Site, Sites, SiteSecrets
from app.connections import settled
from app.work.fencing import Fence
from connectors.clients import AnyJira
from connectors.confluence import Confluence
from connectors.errors import ForbiddenError, NotGrantedError, UnauthorizedError
from scoring.mapping import Mapping, read_mapping

# A stopped site's backlogs wait for whoever mends it; should nobody tell, they look.
PARKED: Final = timedelta(days=1)
# A site that is stopped again after it went on is tried ever more rarely; this long a
# stop is remembered, unless somebody changes the site.
REMEMBERED: Final = timedelta(hours=6)
_STOPPED: Final = "site_stopped"
_BY_ITSELF: Final = frozenset({_STOPPED, "site_resumed"})
_MOST_COUNTED: Final = 20

Connect = Callable[[Site, SiteSecrets], tuple[AnyJira, Confluence]]


class SiteStoppedError(Exception):
    """The site does not let us in; its work is kept until it does.

    `version` is the site's as it was when it was called: whoever has changed it since
    may have mended it.
    """

    def __init__(self, site: Site, reason: str) -> None:
        super().__init__(reason)
        self.site = site.id
        self.version = site.version


@contextmanager
def signed_in(site: Site) -> Iterator[None]:
    """Work with a site; where it does not know us (any more), it is stopped."""
    try:
        yield
    except UnauthorizedError as error:
        raise SiteStoppedError(site, str(error)) from error


@dataclass(frozen=True, slots=True)
class Task:
    """What one rescore works on, read once; `run` is its right to write."""

    backlog: Backlog
    site: Site
    generation: int
    run: int
    mapping: Mapping
    mapping_version: int
    jira: AnyJira
    confluence: Confluence


@dataclass(frozen=True, slots=True)
class Tasks:
    """Opens tasks from the books and notes how a site behaves."""

    database: Database
    sites: Sites
    backlogs: Backlogs
    mappings: Mappings
    connect: Connect
    marks: Marks
    audit: Audit = field(default_factory=Audit)

    def open(self, backlog_id: str, generation: int, run: int) -> Task | None:
        """Read what a rescore needs; None where there is nothing to do (any more).

        Raises SiteStoppedError, SecretsError, MappingError and the connectors' errors.
        """
        found = self._read(backlog_id)
        if found is None:
            return None
        backlog, saved, site, secrets = found
        if site.state == AUTH_FAILED:
            raise SiteStoppedError(site, site.state_reason)
        with signed_in(site):
            jira, confluence = self.connect(site, secrets)
            site = self._introduced(site, jira)
        return Task(
            backlog=backlog,
            site=site,
            generation=generation,
            run=run,
            mapping=read_mapping(dict(saved.mapping)),
            mapping_version=saved.version,
            jira=jira,
            confluence=confluence,
        )

    def note_trouble(
        self, backlog_id: str, run: int, error: Exception, *, now: datetime
    ) -> bool:
        """Note why a backlog is not ranked; where a right is gone it is left alone.

        For an hour, or until somebody changes it or a check finds the right again.
        False where a later run has begun: nothing is noted then.
        """
        with self.database.writing() as session:
            connection = session.connection()
            if not self.marks.may_change(connection, backlog_id, run):
                return False
            if isinstance(error, ForbiddenError):
                self.marks.park(connection, backlog_id, until=now + PROBE_EVERY)
            self.backlogs.note_state(session, backlog_id, "refused", str(error))
            backlog = self.backlogs.find(session, backlog_id)
        if backlog is not None and isinstance(error, NotGrantedError):
            self._note_lack(backlog.site_id, str(error))
        return True

    def note_retrying(self, backlog_id: str, run: int, reason: str) -> bool:
        """Note that a backlog's rescores fail, and when the next one is tried.

        False where a later run has begun: nothing is noted then.
        """
        with self.database.writing() as session:
            if not self.marks.may_change(session.connection(), backlog_id, run):
                return False
            self.backlogs.note_state(session, backlog_id, RETRYING, reason)
        return True

    def note_going(self, task: Task) -> None:
        """Note that a backlog which failed before gets on, though not to its end."""
        if task.backlog.state != RETRYING:
            return
        fence = Fence(self.database, self.marks, task.backlog.id, task.run)
        with fence.closing() as session:
            self.backlogs.note_state(session, task.backlog.id, "ok", "")

    def stop(
        self, backlog_id: str, run: int, error: SiteStoppedError, *, now: datetime
    ) -> timedelta:
        """Stop the site, and keep the backlog's work until somebody lets us in.

        Where the site was changed or a later run has begun meanwhile, it may have been
        mended: it is tried anew.
        """
        with self.database.writing() as session:
            connection = session.connection()
            site = self.sites.find(session, error.site, lock=True)
            ours = self.marks.may_change(connection, backlog_id, run)
            if site is None or site.version != error.version or not ours:
                self.marks.touch(
                    connection, [backlog_id], reason="site changed", now=now
                )
                return timedelta(0)
            self.marks.park(connection, backlog_id, until=now + PARKED)
            self.backlogs.note_state(session, backlog_id, "refused", str(error))
            if site.state != AUTH_FAILED:
                before = self._stops_before(session, site, now)
                self.sites.stop(session, site, str(error), now=now, before=before)
                self.audit.add(
                    session,
                    now=now,
                    actor="cd3",
                    action=_STOPPED,
                    object=f"sites/{site.id}",
                    detail={"reason": str(error)},
                )
        return PARKED

    def _stops_before(self, session: Session, site: Site, now: datetime) -> int:
        """Count the stops since somebody changed the site, of the last hours."""
        entries = self.audit.list(
            session, object_id=f"sites/{site.id}", limit=_MOST_COUNTED
        )
        since = takewhile(
            lambda one: one.action in _BY_ITSELF and one.at > now - REMEMBERED, entries
        )
        return sum(one.action == _STOPPED for one in since)

    def note_end(
        self, task: Task, trouble: str, *, state: str = "", lack: str = ""
    ) -> None:
        """Note how a rescore that reached its end went.

        `lack` is what the site's credential is not good for.
        """
        state = state or ("partly_refused" if trouble else "ok")
        with self.database.reading() as session:  # a whole reading notes its progress
            now = self.backlogs.find(session, task.backlog.id)
        if now is None or (now.state, now.state_reason) == (state, trouble):
            return
        fence = Fence(self.database, self.marks, task.backlog.id, task.run)
        with fence.closing() as session:
            self.backlogs.note_state(session, task.backlog.id, state, trouble)
        if lack or not trouble:
            self._note_lack(task.site.id, lack)

    def _note_lack(self, site_id: str, lack: str) -> None:
        """Note it by itself: elsewhere a site is locked before a backlog's mark."""
        with self.database.writing() as session:
            self.sites.note_lack(session, site_id, lack)

    def _read(
        self, backlog_id: str
    ) -> tuple[Backlog, SavedMapping, Site, SiteSecrets] | None:
        with self.database.reading() as session:
            backlog = self.backlogs.find(session, backlog_id)
            saved = self.mappings.newest(session, backlog_id)
            if backlog is None or saved is None:
                return None
            site = self.sites.find(session, backlog.site_id)
            if site is None:
                return None
            return backlog, saved, site, self.sites.secrets(session, site.id)

    def _introduced(self, site: Site, jira: AnyJira) -> Site:
        """Learn once what the site is and who we are there: echoes are told by it."""
        if site.account_id and site.kind:
            return site
        account = site.account_id or jira.myself().id

        def told(one: Site) -> Site:
            return settled(replace(one, account_id=account), jira.kind)

        with self.database.writing() as session:
            now = self.sites.find(session, site.id, lock=True)
            # Somebody may have pointed it elsewhere meanwhile: that one is asked anew.
            if now is not None and now.version == site.version:
                self.sites.introduce(session, told(now))
        return told(site)
