"""An ASGI application whose whole traffic is held against the contract."""

from dataclasses import dataclass, field

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.contracts.check import CLOUD, check_exchange


@dataclass(slots=True)
class Checked:
    """Wrap an application; each exchange is checked once its answer is whole.

    A fault is raised where the caller can see it (Starlette's `TestClient` and
    httpx's `ASGITransport` pass it on). `seen` holds the operations met so far.
    """

    app: ASGIApp
    seen: set[str] = field(default_factory=set)
    kind: str = CLOUD

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the exchange through, then check it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked, answered = bytearray(), bytearray()
        start: list[Message] = []

        async def listening() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
            answered.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, listening, telling)
        if start:
            request = request_of(scope, bytes(asked))
            answer = httpx.Response(
                start[0]["status"],
                headers=_plain(start[0].get("headers", [])),
                content=bytes(answered),
            )
            self.seen.add(check_exchange(request, answer, self.kind))


def request_of(scope: Scope, body: bytes) -> httpx.Request:
    """Write what came to an application as the request that it was."""
    query = scope.get("query_string", b"").decode()
    path = (scope.get("raw_path") or scope["path"].encode()).decode().partition("?")[0]
    address = f"http://site.test{path}" + (f"?{query}" if query else "")
    return httpx.Request(
        scope["method"], address, headers=_plain(scope["headers"]), content=body
    )


def _plain(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Leave out what the copy of a body no longer is."""
    told = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in headers
    ]
    return [
        (name, value)
        for name, value in told
        if name.lower() not in ("content-length", "content-encoding", "host")
    ]
