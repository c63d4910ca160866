"""What operators can watch: counters of deliveries, rescores and calls."""

import logging
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from app.books.workers import Workers
from connectors.call import Call
from webhooks.delivery import Delivery

_log = logging.getLogger(__name__)


class WebhookTally:
    """Counts deliveries; site ids are few, issue keys never become labels."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._received = Counter(
            "cd3_webhook_received_total",
            "Verified deliveries that are in the books",
            ["site", "flow", "retry"],
            registry=registry,
        )
        self._duplicates = Counter(
            "cd3_webhook_duplicates_total",
            "Verified deliveries that were in the books already",
            ["site"],
            registry=registry,
        )
        self._rejected = Counter(
            "cd3_webhook_rejected_total",
            "Deliveries that were turned away",
            ["code", "reason"],
            registry=registry,
        )
        # To find a child by its labels takes longer than to count.
        self._found: dict[tuple[str, str, bool], Counter] = {}
        self._disconnects = Counter(
            "cd3_client_disconnects_total",
            "Senders that left before their body was whole",
            registry=registry,
        )

    def received(self, site: str, delivery: Delivery, *, new: bool) -> None:
        """Count a delivery that was stored, or was there already."""
        flow = delivery.flow if delivery.flow in {"Primary", "Secondary"} else ""
        key = (site, flow, delivery.retry > 0)
        if key not in self._found:
            again = str(delivery.retry > 0).lower()
            self._found[key] = self._received.labels(site, flow, again)
        self._found[key].inc()
        if not new:
            self._duplicates.labels(site).inc()

    def rejected(self, site: str, code: str, reason: str) -> None:
        """Count a delivery that was turned away; anybody may send an unknown site."""
        del site
        self._rejected.labels(code, reason if code == "bad_signature" else "").inc()

    def disconnected(self) -> None:
        """Count a sender that left before its body was whole."""
        self._disconnects.inc()


class CallTally:
    """Counts and times calls to Atlassian."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "cd3_jira_request_duration_seconds",
            "Calls to Atlassian",
            ["method", "endpoint", "status"],
            registry=registry,
        )

    def __call__(self, call: Call) -> None:
        """Count one call."""
        self._seconds.labels(call.method, call.template, str(call.status)).observe(
            call.seconds
        )


class WorkerFigures(Collector):
    """Counts the workers that give signs of life, each time that somebody looks."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Count the living; nothing where the books do not answer."""
        family = GaugeMetricFamily(
            "cd3_workers_alive", "Workers that gave a sign of life within the lease."
        )
        try:
            family.add_metric([], len(self._workers.alive()))
        except SQLAlchemyError as error:
            _log.warning("the workers cannot be counted: %s", error)
            return
        yield family

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks no database."""
        return iter(())


def count_workers(registry: CollectorRegistry, workers: Workers) -> None:
    """Let the figures show how many workers live."""
    registry.register(WorkerFigures(workers))
