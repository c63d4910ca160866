"""What each kind of fault does to a request."""

import asyncio
import gzip
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox.faults.fault import Fault
from connectors.sandbox.faults.line import Line

_MEGABYTE: Final = 1024 * 1024
_DRIP_SECONDS: Final = 600.0
_PAGE: Final = b"<!DOCTYPE html><html><head><title>Log in</title></head></html>"
_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
# All answers that are spoiled promise more than they hold.
_PROMISE: Final = b"content-length: 1000\r\n\r\n"
_NOT_SIGNED_IN: Final = (b"x-seraph-loginreason", b"AUTHENTICATED_FAILED")
# What anybody finds on a site that shows nothing to anybody, by the path's end.
_NOTHING: Final = {
    "/search/jql": b'{"issues":[],"isLast":true}',
    "/search": b'{"startAt":0,"maxResults":50,"total":0,"issues":[]}',
    "/issue/bulkfetch": b'{"issues":[],"issueErrors":[]}',
    "/changelog/bulkfetch": b'{"issueChangeLogs":[]}',
    "/field": b"[]",
    "/issueLinkType": b'{"issueLinkTypes":[]}',
    "/mypermissions": b'{"permissions":{}}',
}
_STARTS: Final = {"start": b"", "head": _HEAD, "body": _HEAD + _PROMISE + b'{"a":'}


@dataclass(frozen=True, slots=True)
class Turn:
    """One request that a fault has struck."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    fault: Fault

    async def answer(self, response: Response) -> None:
        """Answer this in the place of what the site would say."""
        await self.settle()
        await response(self.scope, self.receive, self.send)

    async def line(self) -> Line:
        """Take over the connection."""
        line = Line(self.scope, self.receive)
        await self.settle()
        return line

    async def settle(self) -> None:
        """Carry the request out where the fault comes after it; else read it only."""
        if self.fault.told.get("applied"):
            await self.carry_out(self.receive)
        else:
            while (await self.receive()).get("more_body"):
                pass

    async def carry_out(self, receive: Receive) -> "Heard":
        """Let the site do what it is asked, and keep its answer back."""
        heard = Heard()
        await self.app(self.scope, receive, heard)
        return heard


@dataclass(slots=True)
class Heard:
    """An answer that nobody else heard."""

    status: int = 0
    body: bytearray = field(default_factory=bytearray)

    async def __call__(self, message: Message) -> None:
        """Take in a part of it."""
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


async def _rate_limited(turn: Turn) -> None:
    told = turn.fault.told
    response = _refusal(429, "Rate limit exceeded.")
    if told["reason"]:
        response.headers["RateLimit-Reason"] = told["reason"]
    _ask_to_wait(response, told["retry_after"])
    for name, value in told["headers"].items():
        response.headers.append(str(name), str(value))
    await turn.answer(response)


async def _status(turn: Turn) -> None:
    response = _refusal(turn.fault.told["status"], "It does not work just now.")
    _ask_to_wait(response, turn.fault.told["retry_after"])
    await turn.answer(response)


def _refusal(status: int, words: str) -> Response:
    body = orjson.dumps({"errorMessages": [words], "errors": {}})
    return Response(body, status, media_type="application/json;charset=UTF-8")


def _ask_to_wait(response: Response, wait: object) -> None:
    """Say it as it was told: a number, a text, or several."""
    for one in wait if isinstance(wait, list) else [wait]:
        if one is not None:
            response.headers.append("Retry-After", str(one))


async def _expired(turn: Turn) -> None:
    """Forget who asks: the site then refuses in its own words."""
    named = turn.scope["headers"]
    kept = [pair for pair in named if pair[0] != b"authorization"]
    await turn.app({**turn.scope, "headers": kept}, turn.receive, turn.send)


async def _scope(turn: Turn) -> None:
    """Refuse as the gateway does whom a scope is missing for this."""
    said = {"code": 401, "message": "Unauthorized; scope does not match"}
    await turn.answer(Response(orjson.dumps(said), 401, media_type="application/json"))


async def _anonymous(turn: Turn) -> None:
    """Answer as to anybody: reads that are open to all find nothing, all else is 401.

    So does Jira Cloud with an API token that has ended.
    """

    async def say(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], _NOT_SIGNED_IN]}
        await turn.send(message)

    path = turn.scope["path"]
    found = next((body for end, body in _NOTHING.items() if path.endswith(end)), None)
    unsigned = replace(turn, send=say)
    if found is None:
        await _expired(unsigned)
    else:
        await unsigned.answer(Response(found, media_type="application/json"))


async def _partial(turn: Turn) -> None:
    """Rank all but some issues, and tell of each."""
    body = b""
    more = True
    while more:
        message = await turn.receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    asked = _object(body)
    keys = [str(one) for one in asked.get("issues") or []]
    unlucky = set(turn.fault.told["keys"] or keys[1::2])
    rest = orjson.dumps({**asked, "issues": [k for k in keys if k not in unlucky]})
    if not unlucky & set(keys):
        rest = body
    told = [{"type": "http.request", "body": rest, "more_body": False}]

    async def again() -> Message:
        return told.pop() if told else await turn.receive()

    scope = {**turn.scope, "headers": _with_length(turn.scope, len(rest))}
    if rest is body:
        await turn.app(scope, again, turn.send)
        return
    done = 204
    if set(keys) - unlucky:
        heard = Heard()
        await turn.app(scope, again, heard)
        done = heard.status
    entries = [_entry(key, 400 if key in unlucky else done) for key in keys]
    response = Response(
        orjson.dumps({"entries": entries}), 207, media_type="application/json"
    )
    await response(turn.scope, turn.receive, turn.send)


def _entry(key: str, status: int) -> dict[str, Any]:
    fine = status == 204  # noqa: PLR2004 - as rank answers
    errors = [] if fine else ["The issue could not be ranked."]
    name = {"issueId": int(key)} if key.isdigit() else {"issueKey": key}
    return {**name, "status": 200 if fine else status, "errors": errors}


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _with_length(scope: Scope, length: int) -> list[tuple[bytes, bytes]]:
    kept = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
    return [*kept, (b"content-length", str(length).encode())]


async def _reset(turn: Turn) -> None:
    line = await turn.line()
    line.write(_STARTS[turn.fault.told["at"]])
    await line.reset()


async def _cut(turn: Turn) -> None:
    line = await turn.line()
    line.write(_STARTS[turn.fault.told["at"]])
    await line.end()


async def _silence(turn: Turn) -> None:
    line = await turn.line()
    await line.listen(turn.fault.told["seconds"])
    await line.end()


async def _drip(turn: Turn) -> None:
    line = await turn.line()
    at = turn.fault.told["at"]
    line.write(_HEAD + (_PROMISE if at == "body" else b"x-slow: "))
    ends = time.monotonic() + _DRIP_SECONDS
    while line.open and time.monotonic() < ends:
        line.write(b" " if at == "body" else b"x")
        await asyncio.sleep(turn.fault.told["every"])
    await line.end()


def _writing(raw: bytes) -> Callable[[Turn], Awaitable[None]]:
    async def act(turn: Turn) -> None:
        line = await turn.line()
        line.write(raw)
        await line.end()

    return act


def _answering(status: int, body: bytes, kind: str, **headers: str) -> "Act":
    async def act(turn: Turn) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await turn.answer(Response(body, status, named, media_type=kind))

    return act


async def _redirect(turn: Turn) -> None:
    await turn.answer(Response(b"", 302, {"location": turn.fault.told["location"]}))


async def _bomb(turn: Turn) -> None:
    blanks = gzip.compress(b" " * (turn.fault.told["megabytes"] * _MEGABYTE))
    packed = {"content-encoding": "gzip"}
    await turn.answer(Response(blanks, 200, packed, media_type="application/json"))


Act = Callable[[Turn], Awaitable[None]]

ACTS: Final[Mapping[str, Act]] = {
    "rate_limited": _rate_limited,
    "status": _status,
    "expired": _expired,
    "scope": _scope,
    "anonymous": _anonymous,
    "partial": _partial,
    "reset": _reset,
    "cut": _cut,
    "silence": _silence,
    "drip": _drip,
    "garbage": _writing(b"SMTP 250 pleased to meet you\r\n\r\n"),
    "two_lengths": _writing(
        _HEAD + b"content-length: 2\r\ncontent-length: 4\r\n\r\n{}{}"
    ),
    "long_header": _writing(_HEAD + b"x-long: " + b"y" * 200_000 + b"\r\n\r\n{}"),
    "half_json": _writing(_HEAD + b'\r\n{"key": "HAR'),
    "empty": _answering(200, b"", "application/json"),
    "page": _answering(200, _PAGE, "text/html"),
    "redirect": _redirect,
    "bomb": _bomb,
    "bad_gzip": _answering(200, b"{}", "application/json", content_encoding="gzip"),
}
