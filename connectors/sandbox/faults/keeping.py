"""The layer that keeps the site's rate limits, and their own switch."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox.clock import Clock
from connectors.sandbox.faults.fault import FaultError
from connectors.sandbox.faults.limits import RateLimits, endpoint_of, issue_of
from connectors.sandbox.request_log import Who, is_own_view


class KeepLimits:
    """Turns away with 429 what is above a limit."""

    def __init__(
        self, app: ASGIApp, *, limits: RateLimits, who: Who, now: Clock
    ) -> None:
        """Stand before an application."""
        self._app = app
        self._limits = limits
        self._who = who
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through where the limits allow it."""
        if scope["type"] != "http" or is_own_view(scope["path"]):
            await self._app(scope, receive, send)
            return
        account, now = self._who(scope), self._now()
        verdict = self._limits.judge(
            scope["method"],
            endpoint_of(scope["path"]),
            issue=issue_of(scope["path"]),
            account=account.account_id if account else "",
            now=now,
            at=now.timestamp(),  # so that who holds the site's clock holds these, too
        )
        headers = verdict.headers(now)
        if verdict.reason:
            body = {"errorMessages": ["Rate limit exceeded."], "errors": {}}
            await JSONResponse(body, 429, headers)(scope, receive, send)
        else:
            await self._app(scope, receive, _adding(headers, send))


def _adding(headers: Mapping[str, str], send: Send) -> Send:
    if not headers:
        return send

    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return add


def limit_routes(limits: RateLimits) -> list[Route]:
    """Mount the switch of the limits; it needs no sign-in and exists only here."""

    def told() -> Response:
        return JSONResponse({"limits": limits.told()})

    async def show(_request: Request) -> Response:
        return told()

    async def switch(request: Request) -> Response:
        try:
            figures: Any = orjson.loads(await request.body())
            if not isinstance(figures, dict):
                raise FaultError('the body is {"PUT": 50, …}; {} means as Jira')  # noqa: TRY301 - told below
            limits.switch(figures)
        except (orjson.JSONDecodeError, FaultError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return told()

    async def clear(_request: Request) -> Response:
        limits.switch(None)
        return Response(status_code=204)

    return [
        Route("/sandbox/limits", show, methods=["GET"]),
        Route("/sandbox/limits", switch, methods=["PUT"]),
        Route("/sandbox/limits", clear, methods=["DELETE"]),
    ]
