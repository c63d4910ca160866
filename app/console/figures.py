"""Show a process's figures on a port of its own, for Prometheus."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from app.console.trouble import CONFIGURATION, CommandError


@contextmanager
def shown_figures(registry: CollectorRegistry, host: str, port: int) -> Iterator[None]:
    """Answer at /metrics until the block ends; it asks nobody for a key."""
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise CommandError(
            f"the figures cannot be shown at {host}:{port}: {error.strerror or error}",
            hint="give another --metrics-port, or CD3_WORKER_METRICS_HOST of this host",
            code=CONFIGURATION,
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
