"""What operators can watch of our copies: what no webhook told of, and progress."""

import logging
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from app.books.copies import Copies
from app.books.database import Database
from app.books.snapshots import Snapshots
from app.books.unread import Unread

_log = logging.getLogger(__name__)


class SnapshotFigures(Collector):
    """Counts, each time that somebody looks, what the books say of our copies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Tell of each site and backlog; nothing where the books do not answer."""
        found = CounterMetricFamily(
            "cd3_reconcile_found",
            "Changes that only a comparison with Jira told of.",
            labels=["site"],
        )
        reading = GaugeMetricFamily(
            "cd3_backlog_read_issues",
            "Issues that a whole reading under way has read so far.",
            labels=["backlog"],
        )
        unread = GaugeMetricFamily(
            "cd3_unread_issues",
            "Issues that changed and have not been read since.",
            labels=["backlog"],
        )
        vanished = GaugeMetricFamily(
            "cd3_vanished_issues",
            "Issues that Jira shows no longer though nobody told of a deletion.",
            labels=["backlog"],
        )
        try:
            with self._database.engine.connect() as connection:
                for site, count in Snapshots().found_by_site(connection).items():
                    found.add_metric([site], count)
                for backlog, count in Snapshots().progressing(connection).items():
                    reading.add_metric([backlog], count)
                for backlog, count in Unread().counts(connection).items():
                    unread.add_metric([backlog], count)
                for backlog, count in Copies().count_hidden(connection).items():
                    vanished.add_metric([backlog], count)
        except SQLAlchemyError as error:
            _log.warning("the copies cannot be told of: %s", error)
            return
        yield from (found, reading, unread, vanished)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks no database."""
        return iter(())


def show_snapshots(registry: CollectorRegistry, database: Database) -> None:
    """Let the figures show what our copies came to."""
    registry.register(SnapshotFigures(database))
