"""What service and worker stand on: books, stores, the ways to the sites."""

from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry

from app.books.database import Database, schema_is_current
from app.books.marks import Debounce, Marks
from app.books.secrets import Sealer, find_keys
from app.books.sites import Sites
from app.books.workers import Workers
from app.connections import Connections
from app.errors import ConfigurationError
from app.settings import Settings
from app.tally import CallTally


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

    def close(self) -> None:
        """Give all connections back."""
        self.connections.close()
        self.database.close()


def open_ground(settings: Settings) -> Ground:
    """Open the books; the schema must be current.

    Raises ConfigurationError where they are not ready, saying which command makes
    them so.
    """
    lease = settings.lease_seconds
    database = Database(settings.database_url, idle_seconds=lease)
    if not schema_is_current(database):
        raise ConfigurationError(
            "The database's schema is not this version's.", hint="Run: cd3 migrate"
        )
    registry = CollectorRegistry()
    keys = find_keys(settings.secret_keys(), settings.database_url)
    return Ground(
        settings=settings,
        database=database,
        registry=registry,
        sites=Sites(Sealer(keys)),
        marks=Marks(
            database,
            Debounce(
                timedelta(seconds=settings.debounce_seconds),
                timedelta(seconds=settings.debounce_most_seconds),
            ),
        ),
        workers=Workers(database, timedelta(seconds=lease)),
        connections=Connections(
            allowed_hosts=settings.allowed_hosts, observe=CallTally(registry)
        ),
    )
