"""What operators can watch: counters of deliveries, rescores and calls."""

import logging
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.books.bars import Bars
from app.books.database import Database
from app.books.held import HeldWrites
from app.books.limits import Standing, standing
from app.books.sites import Sites
from app.books.tokens import token_times
from app.books.workers import Workers
from app.expiry import ending, ends_at
from connectors.call import Call
from connectors.limits import KNOWN_REASONS, PRODUCTS
from webhooks.delivery import Delivery

_log = logging.getLogger(__name__)

MOST_SITES = 1_000

TOO_MANY = 429


class WebhookTally:
    """Counts deliveries; site ids are few, issue keys never become labels.

    What Jira sends again is rare, and says that it had no answer: that is logged too.
    """

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
        if delivery.retry:
            which = (site, delivery.retry, delivery.identifier)
            _log.info("%s: retry %d of delivery %r", *which)
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
    """Counts and times calls to Atlassian; paths are patterns, without ids."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter(
            "cd3_jira_requests_total",
            "Calls to Atlassian; status class 0 where no answer came",
            ["product", "endpoint", "method", "status_class"],
            registry=registry,
        )
        self._seconds = Histogram(
            "cd3_jira_request_duration_seconds",
            "How long a call to Atlassian takes, without the wait before it",
            ["product", "endpoint", "method"],
            registry=registry,
        )
        self._limited = Counter(
            "cd3_jira_rate_limited_total",
            "Calls that Atlassian turned away with 429, by its reason",
            ["reason"],
            registry=registry,
        )
        self._near = Counter(
            "cd3_jira_near_limit_total",
            "Answers that warned of less than a fifth left",
            ["product"],
            registry=registry,
        )

    def __call__(self, _site: str, call: Call) -> None:
        """Count one attempt."""
        where = (call.product, call.template, call.method)
        kind = f"{call.status // 100}xx" if call.status else "0"
        self._count.labels(*where, kind).inc()
        self._seconds.labels(*where).observe(call.seconds)
        if call.status == TOO_MANY:
            known = call.reason if call.reason in KNOWN_REASONS else "other"
            self._limited.labels(known if call.reason else "none").inc()
        if call.near:
            self._near.labels(call.product).inc()


class LimitFigures(Collector):
    """Shows what of a site waits, each time that somebody looks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Tell the pauses and circuits; nothing where the books do not answer."""
        paused = GaugeMetricFamily(
            "cd3_jira_paused_until_timestamp_seconds",
            "Until when calls to a product of a site wait, where they do: all, or "
            "those to an endpoint; of issues whose writes wait the last.",
            labels=["site", "product", "endpoint"],
        )
        circuits = GaugeMetricFamily(
            "cd3_circuit_state",
            "1 where a product of a site failed so often that nobody calls it.",
            labels=["site", "product"],
        )
        held = GaugeMetricFamily(
            "cd3_held_writes",
            "Issues that could not be written: waiting, or dead.",
            labels=["site", "state"],
        )
        try:
            for key, count in HeldWrites(self._database).count().items():
                held.add_metric(key, count)
            found = standing(self._database)
            for one in found:
                if one.opened and one.scope in PRODUCTS:
                    circuits.add_metric([one.site, one.scope], 1)
            for labels, until in _paused(found).items():
                paused.add_metric(labels, until)
        except SQLAlchemyError as error:
            _log.warning("the limits cannot be told: %s", error)
            return
        yield paused
        yield circuits
        yield held

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks no database."""
        return iter(())


def _paused(found: Iterable[Standing]) -> dict[tuple[str, str, str], float]:
    """Tell until when what waits, by site, product and endpoint; issues together."""
    paused: dict[tuple[str, str, str], float] = {}
    for one in found:
        product, _, endpoint = one.scope.partition(" ")
        if not one.is_told:
            continue
        if product not in PRODUCTS:  # an issue's: too many for labels
            product, endpoint = "jira", "issues"
        key = (one.site, product, endpoint)
        paused[key] = max(paused.get(key, 0.0), one.until)
    return paused


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


class SiteFigures(Collector):
    """Shows which sites are stopped and when their credentials end."""

    def __init__(self, database: Database, sites: Sites) -> None:
        self._database = database
        self._sites = sites

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Tell of each site; nothing where the books do not answer."""
        stopped = GaugeMetricFamily(
            "cd3_site_stopped",
            "1 where a site does not let us in: its work is kept until it does.",
            labels=["site", "state"],
        )
        expiry = GaugeMetricFamily(
            "cd3_token_expiry_timestamp_seconds",
            "When a site's credential ends, where that is known.",
            labels=["site"],
        )
        warned = GaugeMetricFamily(
            "cd3_token_expiry_within_days",
            "30, 7 or 1 where a site's credential ends within so many days, 0 where it "
            "has ended.",
            labels=["site"],
        )
        broken = GaugeMetricFamily(
            "cd3_mapping_broken",
            "Mapped fields that Jira does not let us set, by backlog.",
            labels=["backlog"],
        )
        blocked = GaugeMetricFamily(
            "cd3_backlog_blocked",
            "Projects in which a right is gone, by backlog.",
            labels=["backlog"],
        )
        try:
            with self._database.reading() as session:
                for backlog, (fields, projects) in Bars().count(session).items():
                    broken.add_metric([backlog], fields)
                    blocked.add_metric([backlog], projects)
                for site in self._sites.list(session, limit=MOST_SITES):
                    if site.state != "ok":
                        stopped.add_metric([site.id, site.state], 1)
                    at = ends_at(site, token_times(session, site.id))
                    if at is not None:
                        expiry.add_metric([site.id], at.timestamp())
                    if soon := ending(at, now=clock.now()):
                        warned.add_metric([site.id], soon.within)
        except SQLAlchemyError as error:
            _log.warning("the sites cannot be told: %s", error)
            return
        yield stopped
        yield expiry
        yield warned
        yield broken
        yield blocked

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks no database."""
        return iter(())


def show_sites(registry: CollectorRegistry, database: Database, sites: Sites) -> None:
    """Let the figures show how the sites treat us."""
    registry.register(SiteFigures(database, sites))


def show_limits(registry: CollectorRegistry, database: Database) -> None:
    """Let the figures show what of a site waits."""
    registry.register(LimitFigures(database))


def count_workers(registry: CollectorRegistry, workers: Workers) -> None:
    """Let the figures show how many workers live."""
    registry.register(WorkerFigures(workers))
