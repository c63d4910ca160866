"""The pretend site as one application: Jira, Confluence, the web view, and a log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.answers import SeedError
from connectors.sandbox.clock import Clock, wall_clock
from connectors.sandbox.confluence.routes import routes as wiki_routes
from connectors.sandbox.confluence.store import WikiStore
from connectors.sandbox.deliveries import WAITS, Deliveries
from connectors.sandbox.jira.routing import routes as jira_routes
from connectors.sandbox.request_log import LogRequests, RequestLog
from connectors.sandbox.seed import plant, restore
from connectors.sandbox.state import Site
from connectors.sandbox.web.routes import routes as web_routes


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running pretend site: its application, its state, its post room, its log."""

    app: Starlette
    state: Site
    deliveries: Deliveries
    log: RequestLog

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until all webhooks are out; say whether that came true."""
        return self.deliveries.settle(seconds)

    def close(self) -> None:
        """Stop sending and keep the state."""
        self.deliveries.close()
        with self.state.lock:
            self.state.save()


def create_sandbox(
    seed: Mapping[str, Any],
    *,
    state_file: Path | None = None,
    url: str = "http://127.0.0.1:8401",
    retry_waits: Sequence[float] = WAITS,
    now: Clock = wall_clock,
) -> Sandbox:
    """Make a site from a seed, or from its state file where that already exists."""
    site = Site(url=url, now=now, state_file=state_file)
    kept = _kept(state_file)
    if kept is None:
        plant(site, seed)
        site.wiki = WikiStore(site.spaces)
    else:
        restore(site, kept)
        site.wiki = WikiStore.from_json(kept["wiki"])
    deliveries = Deliveries(waits=retry_waits, now=now)
    log = RequestLog(now)
    site.post_room, site.log = deliveries, log
    site.save()
    layers = [Middleware(LogRequests, log=log, accounts=site.accounts)]
    app = Starlette(routes=_routes(site, deliveries, log), middleware=layers)
    return Sandbox(app, site, deliveries, log)


def _kept(state_file: Path | None) -> Any:
    if state_file is None or not state_file.exists():
        return None
    try:
        return orjson.loads(state_file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise SeedError(
            f"{state_file} is no state file of a sandbox; name another or delete it"
        ) from error


def _routes(site: Site, deliveries: Deliveries, log: RequestLog) -> list[BaseRoute]:
    async def requests(request: Request) -> Response:
        since = request.query_params.get("since", "0")
        number = int(since) if since.isdigit() else 0
        return JSONResponse({"requests": log.since(number)})

    async def reset(_request: Request) -> Response:
        log.reset()
        return Response(status_code=204)

    async def webhooks(_request: Request) -> Response:
        return JSONResponse({"deliveries": deliveries.told()})

    return [
        *jira_routes(site),
        *wiki_routes(site),
        *web_routes(site),
        Route("/sandbox/requests", requests, methods=["GET"]),
        Route("/sandbox/requests/reset", reset, methods=["POST"]),
        Route("/sandbox/webhooks", webhooks, methods=["GET"]),
    ]
