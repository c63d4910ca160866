"""Count the requests that were answered, and time them."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Requests:
    """The two figures about requests; labels stay few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter(
            "cd3_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "cd3_http_request_seconds",
            "How long answers took.",
            ("route",),
            registry=registry,
        )
        # To find a child by its labels takes longer than to count.
        self._found: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; `route` is a pattern, never what was asked for."""
        key = (method, route, status)
        if key not in self._found:
            count = self._count.labels(method, route, str(status))
            self._found[key] = (count, self._seconds.labels(route))
        count, times = self._found[key]
        count.inc()
        times.observe(seconds)
