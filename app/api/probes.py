"""Answer those who watch the service: alive, ready, figures, version."""

import logging
from collections.abc import Iterator
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
from app.books.database import schema_is_current

_log = logging.getLogger(__name__)

router = APIRouter(tags=["probes"])

PROBES: Final = ("/livez", "/readyz", "/metrics", "/version")
_OK: Final = "ok"


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
        current = schema_is_current(parts.database)
    except SQLAlchemyError as error:
        _log.warning("the database does not answer: %s", error)
        return "the database does not answer"
    return _OK if current else "the schema is not current; run: cd3 migrate"


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
        """Count the deliveries by state; nothing where the books do not answer."""
        family = GaugeMetricFamily(
            "cd3_deliveries", "Deliveries in the books, by state.", labels=["state"]
        )
        try:
            with self._parts.database.reading() as session:
                counts = self._parts.received.count_by_state(session)
        except SQLAlchemyError as error:
            _log.warning("the deliveries cannot be counted: %s", error)
            return
        for state, count in counts.items():
            family.add_metric([state], count)
        yield family

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks no database."""
        return iter(())


def count_books(registry: CollectorRegistry, parts: Parts) -> None:
    """Let the figures show what lies in the books."""
    registry.register(BooksFigures(parts))
