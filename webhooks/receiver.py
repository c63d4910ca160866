"""The receiver: verify the raw body, have it stored, and only then say 202.

A plain ASGI endpoint: no framework stands between the socket and the store, and
nothing in a body is read here but its signature. What is not whole yet takes a bounded
part of the memory (`webhooks.body`): few large bodies are there at once, and the others
wait where they come from, for their senders are not read meanwhile.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

import orjson
from starlette.types import Receive, Scope, Send

from webhooks.body import Body, Room
from webhooks.delivery import Delivery, read_delivery
from webhooks.errors import (
    BadSignatureError,
    DeliveryError,
    EncodedError,
    NotConfiguredError,
    TooSlowError,
    UnknownSiteError,
)
from webhooks.proof import Shown
from webhooks.signature import Checking

# Jira drops payloads above 25 MB itself.
LARGEST_BODY = 25 * 1024 * 1024
BODY_SECONDS = 15.0

_ACCEPTED = b'{"status":"accepted"}'
_ACCEPTED_HEADERS = (
    (b"content-type", b"application/json"),
    (b"content-length", str(len(_ACCEPTED)).encode()),
)


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
    """An ASGI app for `POST /webhooks/jira/{site}`, perhaps with a token behind it.

    `secrets` gives the active secrets of a site, newest first, `Shown` where it cannot
    sign, `None` for a site that is not known; `accept` returns once the delivery is
    durable, saying whether it was new, or raises `StoreUnavailableError`.
    """

    secrets: Callable[[str], Awaitable[Sequence[bytes] | Shown | None]]
    accept: Callable[[Delivery], Awaitable[bool]]
    tally: Tally
    largest_body: int = LARGEST_BODY
    body_seconds: float = BODY_SECONDS
    room: Room = field(default_factory=Room)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        site = str(scope["path_params"]["site"])
        headers = scope["headers"]
        known = dict(headers)
        body = Body(self.room, self.largest_body)
        try:
            _refuse_early(known, body)
            shown, signing = _apart(await self.secrets(site))
            checking = Checking(signing or ())
            if not await self._collect(body, receive, checking):
                self.tally.disconnected()
                return
            if shown and signing and b"x-hub-signature" not in known:
                shown.verdict(headers, scope["path_params"].get("token", ""))
            else:
                _verify(site, headers, checking, signing)
            delivery = read_delivery(site, known, body.whole(), checking.digest())
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
            await _answer(send, 202, _ACCEPTED_HEADERS, _ACCEPTED)

    async def _collect(self, body: Body, receive: Receive, checking: Checking) -> bool:
        """Read the body, checking it on the way; False where its sender has left."""
        try:
            async with asyncio.timeout(self.body_seconds) as until:
                return await body.collect(receive, checking, until)
        except TimeoutError:
            seconds = f"{self.body_seconds:g} s"
            late = TooSlowError(f"the body did not arrive within {seconds}")
            raise body.why_not() or late from None


def _apart(
    secrets: Sequence[bytes] | Shown | None,
) -> tuple[Shown | None, Sequence[bytes] | None]:
    """Tell what may be shown from what signs; what is shown signs as well."""
    if isinstance(secrets, Shown):
        return secrets, secrets.secrets
    return None, secrets


def _refuse_early(headers: Mapping[bytes, bytes], body: Body) -> None:
    """Refuse what the headers alone tell, before anything is read."""
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise EncodedError("send the body as it is, without Content-Encoding")
    length = headers.get(b"content-length", b"")
    if length.isdigit():
        body.refuse_above(int(length))


def _verify(
    site: str,
    headers: Sequence[tuple[bytes, bytes]],
    checking: Checking,
    secrets: Sequence[bytes] | None,
) -> None:
    """Refuse a body that was not signed.

    Also without a site or a secret the body was hashed, so that timing tells nothing.
    """
    try:
        checking.verdict([v for k, v in headers if k == b"x-hub-signature"])
    except BadSignatureError:
        if secrets is None:
            raise UnknownSiteError("no such site") from None
        if not secrets:
            raise NotConfiguredError(
                "this site has no webhook secret yet; set one over "
                f"PUT /api/v1/sites/{site}"
            ) from None
        raise


async def _refuse(send: Send, error: DeliveryError) -> None:
    status = HTTPStatus(error.status)
    detail = (
        "X-Hub-Signature must be one sha256=<hex> over the raw body, made with this "
        "site's secret; where the site's webhook_proof says so, the secret itself"
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
    body = orjson.dumps(problem)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    await _answer(send, error.status, headers, body)


async def _answer(
    send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
