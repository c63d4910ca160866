"""Answer those who watch the service: alive, ready, figures, version."""

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from app.api.parts import Parts, TheParts
from app.books.answering import within
from app.books.schema import schema_amiss

_log = logging.getLogger(__name__)

router = APIRouter(tags=["probes"])

PROBES: Final = ("/livez", "/readyz", "/metrics", "/version")
_OK: Final = "ok"
# Who asks has little patience, and asks again.
PROBE_SECONDS: Final = 5.0


class Readiness(BaseModel):
    """Whether the service can do its work, and what is amiss where it can't."""

    status: str
    checks: dict[str, str]


class Version(BaseModel):
    """Which version runs."""

    version: str


@router.get("/livez")
def show_liveness() -> dict[str, str]:
    """Say that the process answers; asks nothing of anybody."""
    return {"status": _OK}


@router.get("/readyz", responses={HTTPStatus.SERVICE_UNAVAILABLE: {"model": Readiness}})
def show_readiness(parts: TheParts, response: Response) -> Readiness:
    """Say whether the books can be read, the schema is ours, and all else is well."""
    checks = {"database": _check_database(parts)}
    for name, check in parts.checks.items():
        checks[name] = check() or _OK
    ready = all(outcome == _OK for outcome in checks.values())
    if not ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(status="ready" if ready else "not ready", checks=checks)


def _check_database(parts: Parts) -> str:
    try:
        with within(PROBE_SECONDS):
            amiss = schema_amiss(parts.database)
    except SQLAlchemyError as error:
        _log.warning("the database does not answer: %s", error)
        return "the database does not answer"
    return f"the {amiss.what}; {amiss.mend}" if amiss else _OK


@router.get("/metrics")
def show_metrics(parts: TheParts) -> Response:
    """Show the figures, for Prometheus."""
    return Response(
        generate_latest(parts.registry),
        media_type="text/plain; version=0.0.4; charset=utf-8",
    )


@router.get("/version")
def show_version() -> Version:
    """Say which version runs."""
    return Version(version=version("cd3"))


class BooksFigures(Collector):
    """Counts what lies in the books, each time that somebody looks."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Count the deliveries; nothing where the books do not answer."""
        parts = self._parts
        try:
            with within(PROBE_SECONDS), parts.database.reading() as session:
                counts = parts.received.count_by_state(session)
                dead = parts.received.count_dead(session)
                waiting = parts.received.backlogged(session)
        except SQLAlchemyError as error:
            _log.warning("the deliveries cannot be counted: %s", error)
            return
        waited = parts.now() - waiting.oldest if waiting.oldest else timedelta()
        yield _by_label("deliveries", "Deliveries in the books.", "state", counts)
        yield _by_label("dead_letters", "Deliveries that are dead.", "reason", dead)
        yield GaugeMetricFamily(
            "cd3_inbox_pending",
            "Deliveries that nobody has read yet.",
            value=waiting.pending,
        )
        yield GaugeMetricFamily(
            "cd3_inbox_oldest_pending_age_seconds",
            "How long the oldest of them has waited; 0 where there is none.",
            value=max(waited.total_seconds(), 0),
        )

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks no database."""
        return iter(())


def _by_label(
    name: str, help_: str, label: str, counts: Mapping[str, int]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"cd3_{name}", help_, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def count_books(registry: CollectorRegistry, parts: Parts) -> None:
    """Let the figures show what lies in the books."""
    registry.register(BooksFigures(parts))
