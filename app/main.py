"""Put the app together from its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.api import (
    audit,
    authorization,
    backlogs,
    checks,
    deliveries,
    held,
    items,
    keys,
    live,
    mappings,
    probes,
    rankings,
    reference,
    sites,
    what_ifs,
)
from app.api.door import ROUTE, Door
from app.api.parts import Parts
from app.api.problems import Problem, answer_errors
from app.api.requests import Requests
from app.api.shield import Shield

_DESCRIPTION: Final = (
    "CD3 keeps a Jira backlog in the order that loses the least by waiting. "
    "Send a key as `Authorization: Bearer cd3_…`. Errors are problem+json (RFC 9457). "
    "Lists go on with `cursor`; changes need the `ETag` that was read as `If-Match`."
)


class _Service(FastAPI):
    """Lets deliveries in by their own door, and all else by the way of the API."""

    door: Door | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.door is not None and self.door.fits(scope):
            await self.door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(parts: Parts) -> FastAPI:
    """Make the app: REST, probes, the receiver if given, and what runs beside."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with parts.beside():
            yield

    app = _Service(
        title="CD3",
        version=version("cd3"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,  # ours stand behind a key
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.parts = parts
    requests = Requests(parts.registry)
    app.include_router(probes.router)
    app.include_router(reference.router)
    app.include_router(_rest())
    if parts.receiver is not None:
        app.router.routes.append(Route(ROUTE, parts.receiver, methods=["POST"]))
        app.door = Door(parts.receiver, requests)
    app.add_middleware(Shield, requests=requests)
    answer_errors(app)
    probes.count_books(parts.registry, parts)
    return app


def _rest() -> APIRouter:
    problems = {"model": Problem, "description": "What went wrong"}
    rest = APIRouter(prefix="/api/v1", responses={"default": problems})
    for module in (
        sites,
        authorization,
        checks,
        live,
        held,
        backlogs,
        mappings,
        rankings,
        items,
        what_ifs,
        deliveries,
        audit,
        keys,
    ):
        rest.include_router(module.router)
    return rest


def _operation_id(route: APIRoute) -> str:
    return route.name
