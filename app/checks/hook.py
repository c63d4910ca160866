"""Look at a site's webhook: is it there, is it right, is it heard."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.books.database import Database
from app.books.sightings import Sightings
from app.books.sites import Site, Sites
from app.checks.finding import Finding
from app.checks.hearing import judge_heard, judge_hook, judge_round_trip, same_path
from app.checks.turned_away import refused
from app.connections import Connections
from app.work.hooking import Hooking
from app.work.trying_hooks import send_delivery
from connectors.clients import AnyJira
from connectors.errors import ForbiddenError, NotFoundError, UnauthorizedError
from connectors.hooks import plan_hook
from connectors.way_out import WayOut

_ROUND_TRIP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class HookChecks:
    """Looks at webhooks; `silence` is how long none may come though issues change."""

    database: Database
    sites: Sites
    connections: Connections
    public_url: str
    silence: timedelta

    def look(self, site: Site, jira: AnyJira, now: datetime) -> Iterator[Finding]:
        """Look for ours among the site's webhooks, and when it was heard last."""
        on = f"sites/{site.id}"
        try:
            found = jira.webhooks()
        except UnauthorizedError as error:
            yield refused(site, error)
            return
        except (ForbiddenError, NotFoundError):
            yield Finding(
                "webhook",
                on,
                "warn",
                "this account may not see Jira's webhooks",
                "whether ours is there and right cannot be told",
                "let a Jira admin enter what this prints: "
                f"cd3 webhook register {site.id}",
            )
            return
        public = self.public_url or same_path(found, site.id)
        hooking = self._hooking(public)
        signed = site.webhook_proof == "signature"
        plan = plan_hook(found, hooking.wish(site.id), signed=signed)
        proved = hooking.proved(site.id)
        wide = hooking.wide(site.id)
        yield from judge_hook(site, plan, public_url=public, proved=proved, wide=wide)
        with self.database.engine.connect() as connection:
            heard = Sightings().find(connection, site.id)
        if plan.kept is not None or heard.missed:
            yield judge_heard(heard, now=now, after=self.silence)

    def round_trip(self, site: Site, way_out: WayOut) -> Finding:
        """Send a signed delivery to where Jira sends, and see it read."""
        if not self.public_url or not site.webhook_secrets:
            return judge_round_trip(site, None)
        hooking = self._hooking(self.public_url)
        wish = hooking.wish(site.id, secret=hooking.secrets(site.id)[0])
        seconds = _ROUND_TRIP_SECONDS
        ended = send_delivery(self.database, site.id, wish, way_out, seconds)
        return judge_round_trip(site, ended)

    def _hooking(self, public: str) -> Hooking:
        return Hooking(
            self.database, self.sites, self.connections, public, settle=lambda: None
        )
