"""Send deliveries over many connections at once and time each answer.

`python -m bench.load PORT NAME COUNT SECONDS [CONNECTIONS] [BYTES]` prints one JSON
object. Every connection sends its next request once the last one is answered; all of
it goes to 127.0.0.1, and ends with the count or the time, whichever comes first.
"""

import asyncio
import gc
import json
import sys
from collections import deque
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Final, cast

import uvloop

from bench.deliveries import BODY_BYTES, requests

CONNECTIONS: Final = 64
# So many are sent before the clock starts: what is cold at first warms up on them.
WARMING: Final = 640
ANSWER_SECONDS: Final = 60.0

Found = dict[str, Any]


class Load:
    """What is left to send, and what came back."""

    def __init__(self, prepared: list[bytes], seconds: float) -> None:
        self.left = deque(prepared)
        self.seconds = seconds
        self.times: list[float] = []
        self.refused = 0
        self.answered = 0
        self.began = 0.0
        self.ended = 0.0
        self.until = perf_counter() + ANSWER_SECONDS

    def next(self, now: float) -> bytes | None:
        """Hand out the next request while there is one, and time for it."""
        if self.answered == WARMING:
            self.began, self.until = now, now + self.seconds
        return self.left.popleft() if self.left and now < self.until else None

    def heard(self, taken: float, now: float, *, good: bool) -> None:
        """Count an answer."""
        self.answered += 1
        self.refused += not good
        if self.began:
            self.times.append(taken)
            self.ended = now

    def found(self) -> Found:
        """Say how many were accepted a second, and how long that took each."""
        parts = quantiles(self.times, n=1000)
        return {
            "per_second": (len(self.times) - self.refused) / (self.ended - self.began),
            "p50_ms": median(self.times) * 1e3,
            "p99_ms": parts[989] * 1e3,
            "most_ms": max(self.times) * 1e3,
            "refused": self.refused,
        }


class Sender(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, load: Load, done: asyncio.Future[None]) -> None:
        self._load = load
        self._done = done
        self._sent = 0.0
        self._got = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        # uvloop's transports do what asyncio's do, and are none.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._send(perf_counter())

    def data_received(self, data: bytes) -> None:
        """Take an answer once it is whole."""
        self._got += data
        head, ended, body = self._got.partition(b"\r\n\r\n")
        if not ended or len(body) < _length(head):
            return
        self._got = b""
        now = perf_counter()
        self._load.heard(now - self._sent, now, good=head.startswith(b"HTTP/1.1 20"))
        self._send(now)

    def connection_lost(self, exc: Exception | None) -> None:
        """End; a connection that breaks is an error of the bench."""
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server hung up"))

    def _send(self, now: float) -> None:
        request = self._load.next(now)
        if self._transport is None:
            return
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._sent = now
        self._transport.write(request)


def _length(head: bytes) -> int:
    found = head.lower().partition(b"content-length: ")[2]
    return int(found.partition(b"\r\n")[0])


async def send(port: int, load: Load, connections: int) -> Found:
    """Open the connections and wait until all have ended."""
    loop = asyncio.get_running_loop()
    ends: list[asyncio.Future[None]] = [
        loop.create_future() for _ in range(connections)
    ]
    async with asyncio.timeout(2 * ANSWER_SECONDS + load.seconds):
        for done in ends:
            await loop.create_connection(
                lambda done=done: Sender(load, done),  # type: ignore[misc] # mypy: a default in a lambda
                "127.0.0.1",
                port,
            )
        await asyncio.gather(*ends)
    return load.found()


def main() -> None:
    """Prepare the requests, send them, print what came back."""
    port, name, count, seconds, *more = sys.argv[1:]
    connections, size = [*map(int, more), CONNECTIONS, BODY_BYTES][:2]
    prepared = list(requests(name, int(count) + WARMING, size=size))
    gc.freeze()
    gc.disable()
    load = Load(prepared, float(seconds))
    print(json.dumps(uvloop.run(send(int(port), load, connections))))


if __name__ == "__main__":
    main()
