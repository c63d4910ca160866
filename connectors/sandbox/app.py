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
from connectors.sandbox.datacenter.routing import routes as data_center_routes
from connectors.sandbox.deliveries import WAITS, Deliveries
from connectors.sandbox.faults.board import Switchboard
from connectors.sandbox.faults.keeping import KeepLimits, limit_routes
from connectors.sandbox.faults.layer import Misbehave
from connectors.sandbox.faults.layer import routes as fault_routes
from connectors.sandbox.faults.limits import RateLimits
from connectors.sandbox.flavour import CLOUD, Flavour
from connectors.sandbox.gateway import Gateway
from connectors.sandbox.jira.routing import routes as jira_routes
from connectors.sandbox.oauth import routes as oauth_routes
from connectors.sandbox.request_log import LogRequests, RequestLog
from connectors.sandbox.seed import plant, restore
from connectors.sandbox.state import Site
from connectors.sandbox.web.routes import routes as web_routes


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running pretend site: application, state, post room, log, switches."""

    app: Starlette
    state: Site
    deliveries: Deliveries
    log: RequestLog
    faults: Switchboard
    limits: RateLimits

    def settle(self, seconds: float = 60.0) -> bool:
        """Wait until all webhooks are out; say whether that came true."""
        return self.deliveries.settle(seconds)

    def close(self) -> None:
        """Stop sending and keep the state."""
        self.deliveries.close()
        with self.state.lock:
            self.state.save()


def create_sandbox(  # noqa: PLR0913 - a site has these
    seed: Mapping[str, Any],
    *,
    state_file: Path | None = None,
    url: str = "http://127.0.0.1:8401",
    retry_waits: Sequence[float] = WAITS,
    flavour: Flavour = CLOUD,
    now: Clock = wall_clock,
) -> Sandbox:
    """Make a site from a seed, or from its state file where that already exists.

    A Data Center sends each webhook once: `retry_waits` are the Cloud's.
    """
    site = Site(flavour=flavour, url=url, now=now, state_file=state_file)
    site.accounts.by_names = not flavour.is_cloud
    kept = _kept(state_file)
    if kept is None:
        plant(site, seed)
        site.wiki = WikiStore(site.spaces)
    else:
        restore(site, kept)
        site.wiki = WikiStore.from_json(kept["wiki"])
    waits = retry_waits if flavour.is_cloud else ()
    deliveries = Deliveries(waits=waits, flavour=flavour, now=now)
    log = RequestLog(now)
    site.post_room, site.log = deliveries, log
    site.save()
    faults, limits = Switchboard(), RateLimits()
    layers = [
        Middleware(Gateway, site=site),
        Middleware(LogRequests, log=log, who=site.signed_in),
        Middleware(KeepLimits, limits=limits, who=site.signed_in, now=now),
        Middleware(Misbehave, switchboard=faults, who=site.signed_in),
    ]
    switches = [*fault_routes(faults), *limit_routes(limits)]
    routes = [*_routes(site, deliveries, log), *switches]
    app = Starlette(routes=routes, middleware=layers)
    return Sandbox(app, site, deliveries, log, faults, limits)


def _kept(state_file: Path | None) -> Any:
    if state_file is None or not state_file.exists():
        return None
    try:
        return orjson.loads(state_file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise SeedError(
            f"{state_file} is no state file of a sandbox; name another or delete it"
        ) from error


def _cloud(site: Site) -> list[Route]:
    return [*jira_routes(site), *wiki_routes(site)]


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
        *(_cloud(site) if site.flavour.is_cloud else data_center_routes(site)),
        *web_routes(site),
        *oauth_routes(site.oauth, site),
        Route("/sandbox/requests", requests, methods=["GET"]),
        Route("/sandbox/requests/reset", reset, methods=["POST"]),
        Route("/sandbox/webhooks", webhooks, methods=["GET"]),
    ]
