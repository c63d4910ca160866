"""A request's connection itself: to write nonsense on it, and to break it.

An application cannot do that by the rules of ASGI; the server's protocol puts the
transport beside each request.
"""

import asyncio
import os
import socket
import struct
from contextlib import suppress
from typing import Final

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_KEY: Final = "transport"
# How long a broken connection may take to be noticed as such.
_GONE_SECONDS: Final = 2.0


class BreakableProtocol(HttpToolsProtocol):
    """The server's protocol, which shows its transport to the application."""

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Begin a connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _KEY: transport}


class NoLineError(RuntimeError):
    """The fault needs a real connection: serve the sandbox on a port."""


class Line:
    """The connection that one request came by."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        """Find the transport."""
        transport = scope.get("state", {}).get(_KEY)
        if transport is None:
            raise NoLineError(str(NoLineError.__doc__))
        self._transport: asyncio.Transport = transport
        self._receive = receive

    @property
    def open(self) -> bool:
        """Say whether the other end is still there."""
        return not self._transport.is_closing()

    def write(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self._transport.write(raw)

    async def listen(self, seconds: float) -> None:
        """Wait until the other end goes, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass

    async def end(self) -> None:
        """Close politely, after what was written."""
        self._transport.close()
        await self.listen(_GONE_SECONDS)

    async def reset(self) -> None:
        """Break off: the other end sees a reset."""
        # Let go what was written before, or the reset overtakes it.
        await asyncio.sleep(0.02)
        number = self._transport.get_extra_info("socket").fileno()
        with socket.socket(fileno=os.dup(number)) as same:
            linger = struct.pack("ii", 1, 0)
            same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()
        await self.listen(_GONE_SECONDS)
