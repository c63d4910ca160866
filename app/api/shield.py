"""Stand around the whole app: request ids, headers, body limit, the last resort."""

import logging
import time
import uuid
from http import HTTPStatus
from typing import Final

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import ProblemError, render, unexpected
from app.api.requests import Requests

_log = logging.getLogger(__name__)

MOST_BODY_BYTES: Final = 64 * 1024
# The receiver has limits of its own, which it needs: Jira's deliveries are large.
RECEIVER: Final = "/webhooks/"

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Shield:
    """Wraps the app; each request gets an id, each answer its headers."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = uuid.uuid4().hex
        began = time.perf_counter()
        answer = _Answer(scope, send)
        try:
            await self._answer(scope, receive, answer)
        finally:
            route, method = _labels(scope)
            seconds = time.perf_counter() - began
            self._requests.answered(method, route, answer.status, seconds)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            if not scope["path"].startswith(RECEIVER):
                _refuse_large(scope)
                receive = _limited(receive)
            await self._app(scope, receive, answer.send)
        except ProblemError as problem:
            await render(scope, problem)(scope, receive, answer.send)
        except Exception:
            request_id = scope["state"]["request_id"]
            _log.exception("request %s ended in an unexpected error", request_id)
            if answer.status:  # too late to say so; the connection will break
                raise
            await render(scope, unexpected())(scope, receive, answer.send)


def _labels(scope: Scope) -> tuple[str, str]:
    """Name the route, never what was asked for: labels must stay few."""
    if scope["path"].startswith(RECEIVER):
        return f"{RECEIVER}jira/{{site}}", "POST"
    if scope.get("route") is None:
        return "unmatched", "any"
    return scope["route"].path, scope["method"]


class _Answer:
    """Adds the headers to an answer, and remembers its status."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.status = 0
        self._request_id: str = scope["state"]["request_id"]
        self._send = send

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = self._request_id
        await self._send(message)


def _refuse_large(scope: Scope) -> None:
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdigit() or int(length) > MOST_BODY_BYTES:
        raise ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "request_entity_too_large",
            f"A body may have {MOST_BODY_BYTES} bytes at most.",
        )


def _limited(receive: Receive) -> Receive:
    """Count what comes without saying its length beforehand."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BODY_BYTES:
            # FastAPI lets only this kind through while it reads a body.
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return counted
