"""The receiver: verify the raw body, have it stored, and only then say 202.

A plain ASGI endpoint: no framework stands between the socket and the store, and
nothing in a body is read here but its signature. Few large bodies are in memory at
once; the others wait where they come from, for their senders are not read meanwhile.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

import orjson
from starlette.types import Message, Receive, Scope, Send

from webhooks.delivery import Delivery, read_delivery
from webhooks.errors import (
    BadSignatureError,
    DeliveryError,
    EncodedError,
    NotConfiguredError,
    StoreUnavailableError,
    TooLargeError,
    TooSlowError,
    UnknownSiteError,
)
from webhooks.signature import Checking

# Jira drops payloads above 25 MB itself.
LARGEST_BODY = 25 * 1024 * 1024
BODY_SECONDS = 15.0
# So many bodies above this size are held at once, from their first part that is above
# it until they are stored.
LARGE_BODY = 1024 * 1024
MOST_LARGE = 4

_JSON = (b"content-type", b"application/json")
_ACCEPTED = b'{"status":"accepted"}'


class Tally(Protocol):
    """Where the receiver counts what comes by."""

    def received(self, site: str, delivery: Delivery, *, new: bool) -> None:
        """Count a delivery that was stored, or was there already."""

    def rejected(self, site: str, code: str, reason: str) -> None:
        """Count a delivery that was turned away."""

    def disconnected(self) -> None:
        """Count a sender that left before its body was whole."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """An ASGI app for `POST /webhooks/jira/{site}`.

    `secrets` gives the active secrets of a site, newest first, `None` for a site that
    is not known; `accept` returns once the delivery is durable, saying whether it was
    new, or raises `StoreUnavailableError`.
    """

    secrets: Callable[[str], Awaitable[Sequence[bytes] | None]]
    accept: Callable[[Delivery], Awaitable[bool]]
    tally: Tally
    largest_body: int = LARGEST_BODY
    body_seconds: float = BODY_SECONDS

    _large: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MOST_LARGE), init=False
    )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        site = str(scope["path_params"]["site"])
        body = _Body(self._large, self.largest_body)
        try:
            if not await self._read(scope, receive, site, body):
                self.tally.disconnected()
                return
            delivery = _verified(site, scope["headers"], body)
            new = await self.accept(delivery)
        except DeliveryError as error:
            self.tally.rejected(site, error.code, str(error))
            # A sender that has left by now needs no answer.
            with contextlib.suppress(OSError):
                await _refuse(send, error)
            return
        finally:
            body.release()
        self.tally.received(site, delivery, new=new)
        with contextlib.suppress(OSError):
            await _answer(send, HTTPStatus.ACCEPTED, _ACCEPTED)

    async def _read(
        self, scope: Scope, receive: Receive, site: str, body: "_Body"
    ) -> bool:
        """Read the body, checking it on the way; False where its sender has left."""
        for name, value in scope["headers"]:
            if name == b"content-encoding" and value != b"identity":
                raise EncodedError("send the body as it is, without Content-Encoding")
            if name == b"content-length" and value.isdigit():
                body.refuse_above(int(value))
        body.expect(await self.secrets(site))
        try:
            async with asyncio.timeout(self.body_seconds):
                return await body.collect(receive)
        except TimeoutError:
            raise self._too_late(body) from None

    def _too_late(self, body: "_Body") -> DeliveryError:
        if body.waits:
            return StoreUnavailableError("too many large deliveries at once; try again")
        return TooSlowError(f"the body did not arrive within {self.body_seconds:g} s")


class _Body:
    """A body that comes in, hashed part by part; a large one holds a place."""

    def __init__(self, places: asyncio.Semaphore, largest: int) -> None:
        self.secrets: Sequence[bytes] | None = None
        self.checking = Checking(())
        self.waits = False
        self._places = places
        self._held = False
        self._largest = largest
        self._size = 0
        self._parts: list[bytes] = []

    def refuse_above(self, size: int) -> None:
        """Refuse a size that is too large."""
        if size > self._largest:
            raise TooLargeError(f"a body may have up to {self._largest} bytes")

    def expect(self, secrets: Sequence[bytes] | None) -> None:
        """Check what comes against these; none for a site that is not known."""
        self.secrets = secrets
        self.checking = Checking(secrets or ())

    async def collect(self, receive: Receive) -> bool:
        """Read to the end; False where the sender has left before."""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            await self._add(message)
            more = message.get("more_body", False)
        return True

    async def _add(self, message: Message) -> None:
        part = message.get("body", b"")
        self._size += len(part)
        self.refuse_above(self._size)
        if self._size > LARGE_BODY and not self._held:
            self.waits = True
            await self._places.acquire()
            self.waits, self._held = False, True
        self.checking.add(part)
        self._parts.append(part)

    def whole(self) -> bytes:
        """Hand the body over; its parts are forgotten."""
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def release(self) -> None:
        """Give the place back."""
        if self._held:
            self._places.release()
            self._held = False


def _verified(
    site: str, headers: Sequence[tuple[bytes, bytes]], body: _Body
) -> Delivery:
    """Take the delivery, if it was signed.

    Also without a site or a secret the body was hashed, so that timing tells nothing.
    """
    try:
        body.checking.verdict([v for k, v in headers if k == b"x-hub-signature"])
    except BadSignatureError:
        if body.secrets is None:
            raise UnknownSiteError("no such site") from None
        if not body.secrets:
            raise NotConfiguredError(
                "this site has no webhook secret yet; set one over "
                f"PUT /api/v1/sites/{site}"
            ) from None
        raise
    return read_delivery(site, dict(headers), body.whole(), body.checking.digest())


async def _refuse(send: Send, error: DeliveryError) -> None:
    status = HTTPStatus(error.status)
    detail = (
        "X-Hub-Signature must be one sha256=<hex> over the raw body, made with this "
        "site's secret"
        if isinstance(error, BadSignatureError)
        else str(error)
    )
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": error.status,
        "code": error.code,
        "detail": detail,
    }
    headers = [(b"content-type", b"application/problem+json")]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    await _answer(send, status, orjson.dumps(problem), headers)


async def _answer(
    send: Send,
    status: HTTPStatus,
    body: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (_JSON,),
) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": int(status),
            "headers": [*headers, length],
        }
    )
    await send({"type": "http.response.body", "body": body})
