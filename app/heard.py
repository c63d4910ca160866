"""What operators can watch of webhooks: when they were heard, what was missed."""

import logging
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from app.books.database import Database
from app.books.sightings import Sightings

_log = logging.getLogger(__name__)


class SightingFigures(Collector):
    """Tells when each site's webhook was heard, and what it should have told since."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Tell both for each site; nothing where the books do not answer."""
        heard = GaugeMetricFamily(
            "cd3_last_webhook_timestamp_seconds",
            "When the last delivery of a site came.",
            labels=["site"],
        )
        missed = GaugeMetricFamily(
            "cd3_webhook_missed_changes",
            "Changes since the last delivery that only a comparison told of.",
            labels=["site"],
        )
        try:
            with self._database.engine.connect() as connection:
                found = Sightings().list(connection)
        except SQLAlchemyError as error:
            _log.warning("the last deliveries cannot be told: %s", error)
            return
        for one in found:
            if one.heard_at is not None:
                heard.add_metric([one.site], one.heard_at.timestamp())
            missed.add_metric([one.site], one.missed)
        yield heard
        yield missed

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks no database."""
        return iter(())


def show_sightings(registry: CollectorRegistry, database: Database) -> None:
    """Let the figures show when webhooks were heard."""
    registry.register(SightingFigures(database))
