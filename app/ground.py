"""What service and worker stand on: books, stores, the ways to the sites."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from prometheus_client import CollectorRegistry

from app.books.database import Database
from app.books.debounce import Debounce
from app.books.limits import SharedLimits
from app.books.marks import Marks
from app.books.schema import schema_amiss
from app.books.secrets import Sealer, find_keys
from app.books.sites import Sites
from app.books.tokens import TokenBooks
from app.books.workers import Workers
from app.checks.doctor import Doctor
from app.connections import Atlassian, Connections
from app.errors import ConfigurationError
from app.settings import Settings
from app.tally import CallTally
from connectors.call import Call
from connectors.gate import Manners
from connectors.way_out import WayOut, WayOutError


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything else stands on."""

    settings: Settings
    database: Database
    registry: CollectorRegistry
    sites: Sites
    marks: Marks
    workers: Workers
    connections: Connections

    def doctor(self, *, round_trip: bool = False) -> Doctor:
        """Make the one who looks whether all is well; with a delivery of our own."""
        return Doctor(
            database=self.database,
            sites=self.sites,
            marks=self.marks,
            connections=self.connections,
            allowed_hosts=frozenset(self.settings.allowed_hosts),
            public_url=self.settings.public_url,
            silence=timedelta(hours=self.settings.webhook_silence_hours),
            round_trip=way_out_of(self.settings) if round_trip else None,
        )

    def close(self) -> None:
        """Give all connections back."""
        self.connections.close()
        self.database.close()


def open_ground(settings: Settings, *, current: bool = True) -> Ground:
    """Open the books; the schema must be current, unless told.

    Raises ConfigurationError where they are not ready, saying which command makes
    them so.
    """
    lease = settings.lease_seconds
    database = Database(settings.database_url, idle_seconds=lease)
    if current and (amiss := schema_amiss(database)):
        database.close()
        raise amiss.error
    registry = CollectorRegistry()
    sealer = sealer_of(settings)
    return Ground(
        settings=settings,
        database=database,
        registry=registry,
        sites=Sites(sealer),
        marks=Marks(
            database,
            Debounce(
                timedelta(seconds=settings.debounce_seconds),
                timedelta(seconds=settings.debounce_most_seconds),
            ),
        ),
        workers=Workers(database, timedelta(seconds=lease)),
        connections=connections_of(
            settings, database, sealer, observe=CallTally(registry)
        ),
    )


def sealer_of(settings: Settings) -> Sealer:
    """Take the keys that seal and open the secrets in the books."""
    return Sealer(find_keys(settings.secret_keys(), settings.database_url))


def connections_of(
    settings: Settings,
    database: Database,
    sealer: Sealer,
    *,
    observe: Callable[[str, Call], None] | None = None,
) -> Connections:
    """Make the ways to the sites, with books for the tokens that are renewed.

    Raises ConfigurationError where CA file or proxy are of no use.
    """
    return Connections(
        allowed_hosts=settings.allowed_hosts,
        observe=observe,
        limits=partial(SharedLimits, database),
        manners=Manners(
            writes_per_second=settings.writes_per_second,
            most_at_once=settings.calls_at_once,
        ),
        tokens=TokenBooks(database, sealer),
        atlassian=Atlassian(settings.auth_url, settings.gateway_url),
        way_out=way_out_of(settings),
    )


def way_out_of(settings: Settings) -> WayOut:
    """Take from the settings how calls leave; ConfigurationError if they cannot."""
    proxy = settings.proxy.get_secret_value() if settings.proxy else ""
    found = WayOut(settings.ca_file, proxy, frozenset(settings.no_proxy))
    for setting, look in (("CD3_CA_FILE", found.trust), ("CD3_PROXY", found.hop)):
        try:
            look()
        except WayOutError as error:
            raise ConfigurationError(
                f"{setting}: {error}.", hint="See docs/access.md, «The way out»."
            ) from error
    return found
