"""Put the app together from its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route

from app.api import (
    audit,
    backlogs,
    deliveries,
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
from app.api.parts import Parts
from app.api.problems import Problem, answer_errors
from app.api.shield import Shield

RECEIVER_PATH: Final = "/webhooks/jira/{site}"
_DESCRIPTION: Final = (
    "CD3 keeps a Jira backlog in the order that loses the least by waiting. "
    "Send a key as `Authorization: Bearer cd3_…`. Errors are problem+json (RFC 9457). "
    "Lists go on with `cursor`; changes need the `ETag` that was read as `If-Match`."
)


def create_app(parts: Parts) -> FastAPI:
    """Make the app: REST, probes, the receiver if given, and what runs beside."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with parts.beside():
            yield

    app = FastAPI(
        title="CD3",
        version=version("cd3"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,  # ours stand behind a key
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.parts = parts
    app.include_router(probes.router)
    app.include_router(reference.router)
    app.include_router(_rest())
    if parts.receiver is not None:
        app.router.routes.append(Route(RECEIVER_PATH, parts.receiver, methods=["POST"]))
    app.add_middleware(Shield, registry=parts.registry)
    answer_errors(app)
    probes.count_books(parts.registry, parts)
    return app


def _rest() -> APIRouter:
    problems = {"model": Problem, "description": "What went wrong"}
    rest = APIRouter(prefix="/api/v1", responses={"default": problems})
    for module in (
        sites,
        live,
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
