"""Look at everything, or at one site, and say what was found."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.books.backlogs import Backlog, Backlogs
from app.books.bars import EDIT, MAIL, RANK, Bar, Bars
from app.books.copies import ISSUES, Copies
from app.books.database import Database
from app.books.failing import Failing, failing
from app.books.limits import standing
from app.books.mappings import Mappings
from app.books.marks import Marks
from app.books.pages import Pages
from app.books.sites import AUTH_FAILED, Site, Sites, SiteSecrets
from app.books.tokens import token_times
from app.checks.backlog import BacklogChecks, unreachable
from app.checks.finding import Finding
from app.checks.hook import HookChecks
from app.checks.issues import Known
from app.checks.judging import (
    judge_clock,
    judge_ending,
    judge_kind,
    judge_rooms,
    judge_scopes,
)
from app.checks.own import MOST_SITES, OwnChecks
from app.checks.pauses import judge_pauses
from app.checks.turned_away import misplaced, not_granted, refused
from app.connections import Connections, settled
from app.errors import ConfigurationError, SecretsError
from app.expiry import ending, ends_at
from app.work.site_watch import resume
from connectors.access import read_url
from connectors.clients import AnyJira
from connectors.confluence import Confluence
from connectors.errors import (
    NotGrantedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
)
from connectors.kind import SiteKind, greet, kind_of
from connectors.way_out import WayOut
from connectors.ways import Way

_MOST_NAMED = 10
# Whose tokens come with the scopes that they have.
SCOPED = (Way.OAUTH, Way.SERVICE_ACCOUNT)


@dataclass(frozen=True, slots=True)
class Doctor:
    """Looks at the service and its sites; it changes nothing.

    But what was stopped or barred goes on where nothing speaks against it any more.
    With `round_trip`, the way out, each site's receiver is sent a delivery of our own.
    """

    database: Database
    sites: Sites
    marks: Marks
    connections: Connections
    allowed_hosts: frozenset[str] = frozenset()
    public_url: str = ""
    silence: timedelta = timedelta(hours=6)
    round_trip: WayOut | None = None
    backlogs: Backlogs = field(default_factory=Backlogs)
    mappings: Mappings = field(default_factory=Mappings)

    @property
    def _hooks(self) -> HookChecks:
        return HookChecks(
            self.database, self.sites, self.connections, self.public_url, self.silence
        )

    def own(self, now: datetime) -> Iterator[Finding]:
        """Look at what is ours."""
        return OwnChecks(self.database, self.sites).look(now)

    def all_sites(self, now: datetime) -> Iterator[Finding]:
        """Look at every site."""
        with self.database.reading() as session:
            found = self.sites.list(session, limit=MOST_SITES)
        if not found:
            yield Finding(
                "sites",
                "service",
                "warn",
                "there is no site yet",
                "nothing is ranked",
                "POST /api/v1/sites: see the README, «Set up a site»",
            )
        for site in found:
            yield from self.site(site, now)

    def one_site(self, site_id: str, now: datetime) -> Iterator[Finding]:
        """Look at one site by its id; an unknown one is a ConfigurationError."""
        with self.database.reading() as session:
            found = self.sites.find(session, site_id)
            known = self.sites.list(session, limit=_MOST_NAMED)
        if found is None:
            names = ", ".join(one.id for one in known) or "none yet"
            raise ConfigurationError(
                f"There is no site {site_id}.", hint=f"Known: {names}."
            )
        yield from self.site(found, now)

    def site(self, site: Site, now: datetime) -> Iterator[Finding]:
        """Look at one site; where we cannot sign in there is no more to see."""
        on = f"sites/{site.id}"
        yield from judge_pauses(site.id, standing(self.database), now)
        try:
            with self.database.reading() as session:
                secrets = self.sites.secrets(session, site.id)
            yield from self._addresses(site)
            yield from self._answer(site, secrets, now)
            jira, confluence = self.connections(site, secrets)
            yield from self._account(site, jira, now)
        except SecretsError as error:
            why = "nobody can sign in there"
            told = str(error)
            yield Finding(
                "secret_key", on, "fail", told, why, error.hint, "configuration"
            )
        except UnauthorizedError as error:
            yield refused(site, error)
        except NotGrantedError as error:
            yield not_granted(on, str(error))
        except RefusedError as error:
            yield misplaced(site, error)
        except UnreachableError as error:
            yield unreachable("jira", on, error)
        else:
            hooks = self._hooks.look(site, jira, now)
            yield from self._guarded(hooks, "webhook", on)
            if self.round_trip is not None:
                yield self._hooks.round_trip(site, self.round_trip)
            backlogs = self._backlogs(site, jira, confluence, now)
            yield from self._guarded(backlogs, "backlogs", on)

    def _guarded(
        self, findings: Iterator[Finding], check: str, on: str
    ) -> Iterator[Finding]:
        """Go on with other checks where one cannot be made."""
        try:
            yield from findings
        except UnreachableError as error:
            yield unreachable(check, on, error)
        except NotGrantedError as error:
            yield not_granted(on, str(error))
        except RefusedError as error:
            why = "this could not be looked at"
            yield Finding(check, on, "fail", str(error), why, "see the lines above")

    def _addresses(self, site: Site) -> Iterator[Finding]:
        for url in filter(None, (site.url, site.confluence_url)):
            read_url(url, allowed_hosts=self.allowed_hosts)
        told = f"{site.url} may be called"
        yield Finding("address", f"sites/{site.id}", "ok", told)

    def _answer(
        self, site: Site, secrets: SiteSecrets, now: datetime
    ) -> Iterator[Finding]:
        """Ask what it is; the same answer tells its time and how much is left."""
        on = f"sites/{site.id}"
        with self.connections.line(site, secrets) as wire:
            found = greet(wire)
        kind = kind_of(found.told)
        self._note_kind(site, kind)
        yield judge_kind(site, kind)
        yield judge_clock(found.date, now, on)
        yield from judge_rooms(found.rooms, on)
        if found.near:
            why = "the next calls may be turned away; CD3 then waits as it is told"
            yield Finding("limits", on, "warn", "less than a fifth is left", why)

    def _note_kind(self, site: Site, kind: SiteKind) -> None:
        """Keep what the site says it is: a Data Center may have been upgraded."""
        if (site.kind, site.product_version) == (kind.kind, kind.version):
            return
        with self.database.writing() as session:
            now = self.sites.find(session, site.id, lock=True)
            # Somebody may have pointed it elsewhere meanwhile.
            if now is not None and now.version == site.version:
                self.sites.introduce(session, settled(now, kind))

    def _account(self, site: Site, jira: AnyJira, now: datetime) -> Iterator[Finding]:
        on, me = f"sites/{site.id}", jira.myself()
        kind = f" ({me.kind})" if me.kind else ""
        told = f"{site.credential.way}: we are {me.name}{kind}, {me.id}"
        if site.credential.confluence_token:
            told += "; Confluence has a token of its own"
        yield Finding("credential", on, "ok", told)
        with self.database.reading() as session:
            tokens = token_times(session, site.id)
        known = ends_at(site, tokens)
        yield judge_ending(site, ending(known, now=now), known)
        if site.state == "ok" and site.state_reason:
            yield not_granted(on, site.state_reason)
        elif site.credential.way in SCOPED:
            yield judge_scopes(site, tokens.scopes)
        if site.state == AUTH_FAILED:
            resume(self.database, self.sites, self.marks, site, now=now)
            was = "it was stopped, and lets us in again: its work goes on"
            yield Finding("site", on, "ok", was)

    def _backlogs(
        self, site: Site, jira: AnyJira, confluence: Confluence, now: datetime
    ) -> Iterator[Finding]:
        with self.database.reading() as session:
            found = self.backlogs.list(session, site_id=site.id)
            saved = {one.id: self.mappings.newest(session, one.id) for one in found}
            pages = {one.id: Pages().list(session, one.id) for one in found}
            known = {one.id: self._known(session, one.id, now) for one in found}
            failed = failing(session.connection())
        if not found:
            on, mend = f"sites/{site.id}", "POST /api/v1/backlogs"
            yield Finding("backlogs", on, "warn", "there is none yet", "", mend)
            return
        fields, types = jira.fields(), jira.link_types()
        for one in found:
            checks = BacklogChecks(
                one,
                saved[one.id],
                jira,
                confluence,
                fields,
                types,
                site.credential,
                pages[one.id],
                failed.get(one.id, Failing()),
                known[one.id],
            )
            looked = list(self._guarded(checks.look(), "backlog", checks.on))
            yield from looked
            # The first line says how its last rescore went.
            fine = all(one.status != "fail" for one in looked[1:])
            yield from self._lift(one, checks.cleared, fine=fine, now=now)

    def _known(self, session: Session, backlog: str, now: datetime) -> Known:
        """Say what the books know of a backlog, first where something is barred."""
        connection, copies = session.connection(), Copies()
        bars = Bars().of(session, backlog, as_of="", now=now)
        barred = [bar.what.rpartition(" ")[2] for bar in bars if _is_of_project(bar)]
        projects = copies.projects(connection, backlog, ISSUES)
        known = tuple(dict.fromkeys([*barred, *projects]))
        return Known(known, copies.count(connection, backlog))

    def _lift(
        self, one: Backlog, cleared: Collection[str], *, fine: bool, now: datetime
    ) -> Iterator[Finding]:
        """Let what was barred be tried at once, where nothing speaks against it now.

        What was not looked at stays barred. `fine` says that nothing was found amiss.
        """
        with self.database.writing() as session:
            connection, bars = session.connection(), Bars()
            self.marks.hold(connection, one.id)
            known = {bar.what for bar in bars.of(session, one.id, as_of="", now=now)}
            bars.lift(session, one.id, frozenset(known.intersection(cleared)))
            barred = sorted(what for what in known if not what.startswith(MAIL))
            again = [what for what in barred if what in cleared]
            if not again and not (fine and one.state == "refused"):
                return
            self.marks.touch(
                connection,
                [one.id],
                reason="nothing is barred any more",
                now=now,
                urgent=True,
            )
        told = "nothing is in its way any more: it is tried again now"
        if again != barred:
            told = f"barred no longer, and tried again now: {', '.join(again)}"
        yield Finding("backlog", f"backlogs/{one.id}", "ok", told)


def _is_of_project(bar: Bar) -> bool:
    return bar.what.startswith((EDIT, RANK))
