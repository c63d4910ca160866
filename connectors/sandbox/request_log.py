"""Which requests reached the site: the last few thousand, numbered."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox.accounts import Account
from connectors.sandbox.clock import Clock, stamp

REMEMBERED: Final = 5000
# Says whose credentials a request has.
Who = Callable[[Scope], Account | None]
UNLOGGED: Final = ("/sandbox/", "/ui/", "/static/")


@dataclass(frozen=True, slots=True)
class Logged:
    """One request and its answer; sizes in bytes."""

    number: int
    at: str
    method: str
    path: str
    query: str
    account: str
    status: int
    milliseconds: float
    size: int
    answered: int


class RequestLog:
    """A ring of the last requests."""

    def __init__(self, now: Clock) -> None:
        """Begin empty."""
        self._now = now
        self._lock = threading.Lock()
        self._last: deque[Logged] = deque(maxlen=REMEMBERED)
        self._count = 0

    def add(self, **seen: Any) -> None:
        """Note a request."""
        with self._lock:
            self._count += 1
            self._last.append(Logged(number=self._count, at=stamp(self._now()), **seen))

    def since(self, number: int) -> list[dict[str, Any]]:
        """Give all noted requests after a number, oldest first."""
        with self._lock:
            return [asdict(one) for one in self._last if one.number > number]

    def reset(self) -> None:
        """Forget all; numbers go on."""
        with self._lock:
            self._last.clear()


def is_own_view(path: str) -> bool:
    """Say whether a path is one of the sandbox's own, which no Atlassian site has."""
    return path == "/" or path.startswith(UNLOGGED)


class LogRequests:
    """The layer that notes requests, except those of the sandbox's own views."""

    def __init__(self, app: ASGIApp, *, log: RequestLog, who: Who) -> None:
        """Stand before an application."""
        self._app = app
        self._log = log
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note what became of it."""
        if scope["type"] != "http" or is_own_view(scope["path"]):
            await self._app(scope, receive, send)
            return
        # Status 0: nothing was answered by the rules, a fault took the connection.
        seen = {"status": 0, "size": 0, "answered": 0}

        async def receive_and_count() -> Message:
            message = await receive()
            seen["size"] += len(message.get("body", b""))
            return message

        async def send_and_count(message: Message) -> None:
            seen["status"] = message.get("status", seen["status"])
            seen["answered"] += len(message.get("body", b""))
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive_and_count, send_and_count)
        except Exception:
            seen["status"] = 500
            raise
        finally:
            self._note(scope, seen, 1000 * (time.perf_counter() - began))

    def _note(self, scope: Scope, seen: dict[str, int], milliseconds: float) -> None:
        account = self._who(scope)
        self._log.add(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            account=account.account_id if account else "",
            milliseconds=round(milliseconds, 2),
            **seen,
        )
