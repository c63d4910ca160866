"""What operators can watch of rescores: how many failed and why, and which still do."""

import logging
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from app.books.database import Database
from app.books.failing import failing

_log = logging.getLogger(__name__)


class RescoreTally:
    """Counts the rescores that failed in this process, by why."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._failed = Counter(
            "cd3_rescores_failed_total",
            "Rescores that did not reach their end: unreachable, paused, stale (Jira's "
            "order changed meanwhile), refused, stopped (the site), own (an error of "
            "CD3's own).",
            ["reason"],
            registry=registry,
        )

    def __call__(self, reason: str) -> None:
        """Count one."""
        self._failed.labels(reason).inc()


class FailingFigures(Collector):
    """Shows which backlogs' rescores fail, each time that somebody looks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Tell of each backlog that fails; nothing where the books do not answer."""
        family = GaugeMetricFamily(
            "cd3_backlog_failures",
            "Rescores that failed since the last success, where the last one failed.",
            labels=["backlog"],
        )
        try:
            with self._database.engine.connect() as connection:
                for backlog, found in failing(connection).items():
                    family.add_metric([backlog], found.attempts)
        except SQLAlchemyError as error:
            _log.warning("the failures cannot be told of: %s", error)
            return
        yield family

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks no database."""
        return iter(())


def show_failing(registry: CollectorRegistry, database: Database) -> None:
    """Let the figures show which backlogs fail."""
    registry.register(FailingFigures(database))
