"""The door by which deliveries come in: before middleware, routing and validation.

They are nearly all that comes in, and need nothing of these but the headers of every
answer, the figures, and the last resort.
"""

import logging
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import render, unexpected
from app.api.requests import Requests
from app.api.shield import HEADERS, RECEIVER

_log = logging.getLogger(__name__)

PATH: Final = f"{RECEIVER}jira/"
ROUTE: Final = f"{PATH}{{site}}"
_HEADERS: Final = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]


class Door:
    """An ASGI app around the receiver, for the scopes that fit."""

    def __init__(self, receiver: ASGIApp, requests: Requests) -> None:
        self._receiver = receiver
        self._requests = requests

    def fits(self, scope: Scope) -> bool:
        """Tell whether this is a delivery; anything odd about it goes the long way."""
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            return False
        site, slash, token = scope["path"][len(PATH) :].partition("/")
        whole = site != "" and "/" not in token and (token != "") == (slash != "")
        return scope["method"] == "POST" and whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery, whatever happens inside."""
        site, _, token = scope["path"][len(PATH) :].partition("/")
        scope["path_params"] = {"site": site, "token": token}
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        try:
            await self._receiver(scope, receive, answer)
        except Exception:
            _log.exception("a delivery ended in an unexpected error")
            if status:  # too late to say so; the connection will break
                raise
            await render(scope, unexpected())(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - began
            self._requests.answered("POST", ROUTE, status, seconds)
