"""Watch over the sites: try those that were stopped, warn of credentials that end.

Any number of workers may watch: the site's row decides whose turn it is.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app import clock
from app.books.audit import Audit
from app.books.backlogs import Backlogs
from app.books.database import Database
from app.books.marks import Marks
from app.books.sites import AUTH_FAILED, Site, Sites, SiteSecrets
from app.books.tokens import token_times
from app.errors import SecretsError
from app.expiry import ending, ends_at
from app.work.task import Connect
from connectors.errors import ConnectorError, NotGrantedError

_log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 1.0
STOP_SECONDS: Final = 5.0
MOST_SITES: Final = 1_000


@dataclass
class SiteWatch:
    """A thread of its own: a site that hangs holds up nobody else's work."""

    database: Database
    sites: Sites
    marks: Marks
    connect: Connect
    now: Callable[[], datetime] = clock.now
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="sites", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a call that is under way is left behind."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def look(self) -> None:
        """Go through the sites once."""
        with self.database.reading() as session:
            found = self.sites.list(session, limit=MOST_SITES)
        for site in found:
            if self._stopping.is_set():
                return
            self._warn(site)
            if site.state == AUTH_FAILED:
                self._probe(site)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self.look()
            except Exception:  # noqa: BLE001 - logged whole, and the watch goes on
                _log.exception("the sites could not be watched; it is tried again")
                self._stopping.wait(10 * EVERY_SECONDS)

    def _warn(self, site: Site) -> None:
        """Say in the log that a credential ends, once a day, by one worker."""
        now = self.now()
        with self.database.reading() as session:
            end = ending(ends_at(site, token_times(session, site.id)), now=now)
        if end is None:
            return
        with self.database.reading() as session:
            known = self.sites.warning(session, site.id)
        mark = f"{end.at:%Y-%m-%dT%H:%M} {end.within} {now:%Y-%m-%d}"
        if known == mark:
            return
        with self.database.writing() as session:
            new = self.sites.take_warning(session, site.id, mark)
        if new:
            level = logging.ERROR if end.within <= 1 else logging.WARNING
            _log.log(level, "site %s: %s; make a new one in time", site.id, end.words)

    def _probe(self, site: Site) -> None:
        """Try a stopped site; where it lets us in again, its work goes on."""
        with self.database.writing() as session:
            if not self.sites.take_probe(session, site, now=self.now()):
                return
            try:
                secrets = self.sites.secrets(session, site.id)
            except SecretsError as error:
                _log.warning("site %s cannot be tried: %s", site.id, error)
                return
        if self._lets_us_in(site, secrets):
            resume(self.database, self.sites, self.marks, site, now=self.now())

    def _lets_us_in(self, site: Site, secrets: SiteSecrets) -> bool:
        try:
            jira, _confluence = self.connect(site, secrets)
            jira.myself()
        except NotGrantedError as error:
            _log.info("site %s knows us, and no more: %s", site.id, error)
        except ConnectorError as error:
            _log.info("site %s is still stopped: %s", site.id, error)
            return False
        return True


def resume(
    database: Database, sites: Sites, marks: Marks, site: Site, *, now: datetime
) -> bool:
    """Let a site go on that lets us in again, and all that was kept for it."""
    with database.writing() as session:
        current = sites.find(session, site.id, lock=True)
        if current is None or current.state != AUTH_FAILED:
            return False
        sites.note_state(session, site.id, "ok", "")
        Audit().add(
            session,
            now=now,
            actor="cd3",
            action="site_resumed",
            object=f"sites/{site.id}",
        )
        backlogs = Backlogs().ids_of(session, site.id)
        connection = session.connection()
        marks.touch(connection, backlogs, reason="site resumed", now=now, urgent=True)
    _log.warning("site %s lets us in again; %d backlogs go on", site.id, len(backlogs))
    return True
