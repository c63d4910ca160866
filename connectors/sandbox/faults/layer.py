"""The layer before the site that lets things go wrong, and its own switches."""

import asyncio

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.faults.acting import ACTS, Turn
from connectors.sandbox.faults.board import Switchboard
from connectors.sandbox.faults.fault import FaultError
from connectors.sandbox.request_log import Who, is_own_view


class Misbehave:
    """Lets requests suffer the faults that are switched on."""

    def __init__(self, app: ASGIApp, *, switchboard: Switchboard, who: Who) -> None:
        """Stand before an application."""
        self._app = app
        self._switchboard = switchboard
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, late, or spoil it."""
        if scope["type"] != "http" or is_own_view(scope["path"]):
            await self._app(scope, receive, send)
            return
        delay, fault = self._switchboard.strike(
            scope["method"], scope["path"], self._names(scope)
        )
        if delay:
            await asyncio.sleep(delay)
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await ACTS[fault.kind](Turn(self._app, scope, receive, send, fault))

    def _names(self, scope: Scope) -> tuple[str, ...]:
        account = self._who(scope)
        return (account.account_id, account.email) if account else ()


def routes(switchboard: Switchboard) -> list[Route]:
    """Mount the switches; they need no sign-in and exist only here."""

    async def show(_request: Request) -> Response:
        return JSONResponse({"faults": switchboard.told()})

    async def switch(request: Request) -> Response:
        try:
            body = orjson.loads(await request.body())
            faults = body.get("faults") if isinstance(body, dict) else None
            if not isinstance(faults, list) or set(body) != {"faults"}:
                raise FaultError('the body is {"faults": [{"kind": …}, …]}')  # noqa: TRY301 - told below
            switchboard.switch(faults)
        except (orjson.JSONDecodeError, FaultError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"faults": switchboard.told()})

    async def clear(_request: Request) -> Response:
        switchboard.switch([])
        return Response(status_code=204)

    return [
        Route("/sandbox/faults", show, methods=["GET"]),
        Route("/sandbox/faults", switch, methods=["PUT"]),
        Route("/sandbox/faults", clear, methods=["DELETE"]),
    ]
