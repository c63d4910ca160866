"""What operators can watch: counters of deliveries, rescores and calls."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from connectors.call import Call
from webhooks.delivery import Delivery


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
        self._disconnects = Counter(
            "cd3_client_disconnects_total",
            "Senders that left before their body was whole",
            registry=registry,
        )

    def received(self, site: str, delivery: Delivery, *, new: bool) -> None:
        """Count a delivery that was stored, or was there already."""
        flow = delivery.flow if delivery.flow in {"Primary", "Secondary"} else ""
        self._received.labels(site, flow, str(delivery.retry > 0).lower()).inc()
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
