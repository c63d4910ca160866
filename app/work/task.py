"""One rescore's givens, and what its end says of the site."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.books.backlogs import Backlog, Backlogs
from app.books.database import Database
from app.books.mappings import Mappings, SavedMapping
from app.books.sites import Site, Sites, SiteSecrets
from connectors.confluence import Confluence
from connectors.errors import UnauthorizedError
from connectors.jira import Jira
from scoring.mapping import Mapping, read_mapping

Connect = Callable[[Site, SiteSecrets], tuple[Jira, Confluence]]


@dataclass(frozen=True, slots=True)
class Task:
    """What one rescore works on, read once; `run` is its right to write."""

    backlog: Backlog
    site: Site
    generation: int
    run: int
    mapping: Mapping
    mapping_version: int
    jira: Jira
    confluence: Confluence


@dataclass(frozen=True, slots=True)
class Tasks:
    """Opens tasks from the books and notes how a site behaves."""

    database: Database
    sites: Sites
    backlogs: Backlogs
    mappings: Mappings
    connect: Connect

    def open(self, backlog_id: str, generation: int, run: int) -> Task | None:
        """Read what a rescore needs; None where there is nothing to do (any more).

        Raises SecretsError, MappingError and the connectors' errors.
        """
        found = self._read(backlog_id)
        if found is None:
            return None
        backlog, saved, site, secrets = found
        jira, confluence = self.connect(site, secrets)
        return Task(
            backlog=backlog,
            site=self._introduced(site, jira),
            generation=generation,
            run=run,
            mapping=read_mapping(dict(saved.mapping)),
            mapping_version=saved.version,
            jira=jira,
            confluence=confluence,
        )

    def note_trouble(self, backlog_id: str, error: Exception) -> None:
        """Note why a backlog is not ranked; a wrong credential is its site's matter."""
        with self.database.writing() as session:
            backlog = self.backlogs.find(session, backlog_id)
            if backlog is None:
                return
            if isinstance(error, UnauthorizedError):
                site = backlog.site_id
                self.sites.note_state(session, site, "auth_failed", str(error))
            self.backlogs.note_state(session, backlog_id, "refused", str(error))

    def note_end(self, task: Task, trouble: str) -> None:
        """Note how a rescore that reached its end went; the site took its calls."""
        state = "partly_refused" if trouble else "ok"
        before = (task.backlog.state, task.backlog.state_reason, task.site.state)
        if before == (state, trouble, "ok"):
            return
        with self.database.writing() as session:
            self.backlogs.note_state(session, task.backlog.id, state, trouble)
            self.sites.note_state(session, task.site.id, "ok", "")

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

    def _introduced(self, site: Site, jira: Jira) -> Site:
        """Learn once who we are there; echoes are told apart by it."""
        if site.account_id:
            return site
        account = jira.myself().id
        with self.database.writing() as session:
            now = self.sites.find(session, site.id, lock=True)
            if now is None:
                return replace(site, account_id=account)
            return self.sites.change(session, replace(now, account_id=account))
