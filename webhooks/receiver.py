"""The receiver: verify the raw body, have it stored, and only then say 202.

A plain ASGI endpoint: no framework stands between the socket and the store, and
nothing in a body is read here but its signature.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

import orjson
from starlette.types import Receive, Scope, Send

from webhooks.delivery import Delivery, read_delivery
from webhooks.errors import (
    BadSignatureError,
    DeliveryError,
    EncodedError,
    NotConfiguredError,
    TooLargeError,
    TooSlowError,
    UnknownSiteError,
)
from webhooks.signature import verify

# Jira drops payloads above 25 MB itself.
LARGEST_BODY = 25 * 1024 * 1024
BODY_SECONDS = 15.0


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        site = str(scope["path_params"]["site"])
        try:
            body = await self._read(scope, receive)
            if body is None:
                self.tally.disconnected()
                return
            delivery = await self._verified(site, scope, body)
            new = await self.accept(delivery)
        except DeliveryError as error:
            self.tally.rejected(site, error.code, str(error))
            # A sender that has left by now needs no answer.
            with contextlib.suppress(OSError):
                await _refuse(send, error)
            return
        self.tally.received(site, delivery, new=new)
        with contextlib.suppress(OSError):
            await _answer(send, HTTPStatus.ACCEPTED, b'{"status":"accepted"}')

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise EncodedError("send the body as it is, without Content-Encoding")
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self.largest_body:
            raise TooLargeError(f"a body may have up to {self.largest_body} bytes")
        try:
            async with asyncio.timeout(self.body_seconds):
                return await self._collect(receive)
        except TimeoutError:
            raise TooSlowError(
                f"the body did not arrive within {self.body_seconds:g} s"
            ) from None

    async def _collect(self, receive: Receive) -> bytes | None:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self.largest_body:
                raise TooLargeError(f"a body may have up to {self.largest_body} bytes")
            chunks.append(chunk)
            if not message.get("more_body", False):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _verified(self, site: str, scope: Scope, body: bytes) -> Delivery:
        secrets = await self.secrets(site)
        signatures = [v for k, v in scope["headers"] if k == b"x-hub-signature"]
        try:
            # Also without a site or a secret, so that timing tells nothing.
            verify(body, signatures, secrets=secrets or ())
        except BadSignatureError:
            if secrets is None:
                raise UnknownSiteError("no such site") from None
            if not secrets:
                raise NotConfiguredError(
                    "this site has no webhook secret yet; set one over "
                    f"PUT /api/v1/sites/{site}"
                ) from None
            raise
        return read_delivery(site, dict(scope["headers"]), body)


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
    headers: Sequence[tuple[bytes, bytes]] = ((b"content-type", b"application/json"),),
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
