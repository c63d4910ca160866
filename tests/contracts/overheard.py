"""Every request that leaves the product in a test is a known one, checked as it goes.

Known is what `used.py` lists and a document (or our own short list) has; method, path,
query and body are held against that. What the product of this process says is heard on
its wires; what one in another process says, where it arrives at a pretend site.
"""

import re
import threading
from collections.abc import Iterator
from typing import Final

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.contracts.check import CLOUD, DATA_CENTER, find, request_faults, within
from tests.contracts.used import USED
from tests.contracts.wrapper import request_of

_US: Final = "cd3/"
# A site may stand below a path of its own.
_BELOW: Final = re.compile(r"^(?:/[^/]+)*?(?=/(?:ex|rest|wiki|oauth|_edge)/)")
_KNOWN: Final = {
    CLOUD: USED["cloud"],
    DATA_CENTER: USED["datacenter-9"] | USED["datacenter-10"],
}
# Servers that are no Jira, but trouble: what is said to them is made up.
ROUGH: Final[set[int]] = set()


class Faults:
    """What was said and is not known, since somebody last looked."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._lock = threading.Lock()

    def hear(self, request: httpx.Request) -> None:
        """Check a request, and keep what is wrong with it."""
        if request.url.port in ROUGH:
            return
        request.read()
        if fault := fault_of(request):
            with self._lock:
                self._found.append(fault)

    def take(self) -> list[str]:
        """Give what was found, and forget it."""
        with self._lock:
            found, self._found = self._found, []
        return found


FAULTS: Final = Faults()


class Overheard:
    """Stands before a pretend site that a product in another process speaks to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass all on; check it where it is ours and whole."""
        if scope["type"] != "http" or not _is_ours(scope):
            await self._app(scope, receive, send)
            return
        asked = bytearray()
        whole = False

        async def listening() -> Message:
            nonlocal whole
            message = await receive()
            asked.extend(message.get("body", b""))
            whole |= message["type"] == "http.request" and not message.get("more_body")
            return message

        await self._app(scope, listening, send)
        if whole:
            FAULTS.hear(request_of(scope, bytes(asked)))


def fault_of(request: httpx.Request) -> str:
    """Say what is wrong with a request; nothing where some kind of site knows it."""
    path, _, query = request.url.raw_path.decode().partition("?")
    told: list[str] = []
    for kind, inner in _readings(_BELOW.sub("", path, count=1)):
        operation = find(request.method, inner, kind)
        if operation is None or operation.name not in _KNOWN[kind]:
            continue
        raw = f"{inner}?{query}" if query else inner
        url = request.url.copy_with(raw_path=raw.encode())
        bare = httpx.Request(
            request.method, url, headers=request.headers, content=request.content
        )
        faults = list(request_faults(operation, bare))
        if not faults:
            return ""
        told += faults
    why = "; ".join(told) or "the product is not known to say this"
    return f"{request.method} {path}: {why}"


def _readings(path: str) -> Iterator[tuple[str, str]]:
    """Read a path as either kind of site would; Confluence may have no `/wiki`."""
    yield CLOUD, within(path, CLOUD)
    yield DATA_CENTER, path
    if path.startswith(("/rest/api/content", "/rest/api/space")):
        yield DATA_CENTER, f"/wiki{path}"


def _is_ours(scope: Scope) -> bool:
    said = dict(scope["headers"]).get(b"user-agent", b"").decode("latin-1")
    return bool(said.startswith(_US))
