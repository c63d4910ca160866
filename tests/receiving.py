"""A real receiver in a process of its own, and senders that remember what it said.

The senders do as Jira does: many connections at once, the next request after the last
one's answer, a new connection where one broke. Whoever was told 202 must be in the
store, whatever happened meanwhile.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
from sqlalchemy import select

from app.books.database import Database
from app.books.tables import DeliveryRow
from bench.deliveries import SITE, requests
from bench.intake_apps import SECRET_KEY
from connectors.sandbox.serving import free_port
from tests.gates import PATIENCE
from tests.starting import CD3, Started
from tests.world import wait_for

# Uvicorn's own words of a request that ended badly.
TRACEBACK = "Traceback (most recent call last)"
ANSWER_SECONDS = 30.0 * PATIENCE


class Service:
    """`cd3 serve --no-worker`, or another command, on books that are there."""

    def __init__(self, folder: Path, url: str, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CD3_")},
            "CD3_DATABASE_URL": url,
            "CD3_SECRET_KEY": SECRET_KEY,
            "CD3_PORT": str(self.port),
            "CD3_LOG_LEVEL": "warning",
            **settings,
        }
        self._log = folder / f"log-{self.port}"
        self._process: Started | None = None

    @property
    def process(self) -> Started:
        assert self._process is not None
        return self._process

    def start(self, *command: str) -> float:
        """Start it and wait until it is ready; answers how long that took."""
        began = time.monotonic()
        self.begin(*command)
        wait_for(lambda: self.ready() == 200 or self.process.poll(), seconds=90)
        return time.monotonic() - began

    def begin(self, *command: str) -> None:
        """Start it and do not wait."""
        whole = command or (str(CD3), "serve", "--no-worker")
        self._process = Started(whole, env=self.environment, says=(None, self._log))

    def ready(self) -> int:
        """Ask whether it is ready; 0 where nobody answers."""
        try:
            answer = httpx.get(f"{self.address}/readyz", trust_env=False, timeout=60)
        except httpx.TransportError:
            return 0
        return answer.status_code

    def figures(self) -> dict[str, float]:
        """Read the figures, by name and labels."""
        text = httpx.get(f"{self.address}/metrics", trust_env=False, timeout=60).text
        lines = (line.rpartition(" ") for line in text.splitlines() if line[:1] != "#")
        return {name: float(value) for name, _, value in lines if name}

    def said(self) -> str:
        """Read what it wrote to stderr."""
        return self._log.read_text()

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20 * PATIENCE)

    def stop(self, *, seconds: float = 30) -> int:
        """End it in good order; answers its exit code."""
        self.process.terminate()
        return self.process.wait(seconds * PATIENCE)

    def resident(self, *, most: bool = False) -> int:
        """Give its memory in bytes, now or at most."""
        wanted = "VmHWM:" if most else "VmRSS:"
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(x.split()[1]) for x in status if x.startswith(wanted)) * 1024

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))


@contextmanager
def service(folder: Path, url: str, **settings: str) -> Iterator[Service]:
    """Have a receiver that is not started yet; it ends with the block."""
    one = Service(folder, url, **settings)
    try:
        yield one
    finally:
        with suppress(AssertionError):  # it was never started
            if one.process.poll() is None:
                one.kill()


@dataclass
class Heard:
    """What the senders were told."""

    acked: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    seconds: list[float] = field(default_factory=list)
    retry_after: set[str] = field(default_factory=set)

    def percentile(self, part: float) -> float:
        """Give the time within which that part was answered."""
        return sorted(self.seconds)[int(len(self.seconds) * part)]


class Senders:
    """Connections that send one delivery after another, until told or out of them."""

    def __init__(
        self,
        port: int,
        coming: Iterator[tuple[str, bytes]],
        per_second: float = float("inf"),
    ) -> None:
        self.heard = Heard()
        self._began = time.monotonic()
        self._pause = 1 / per_second
        self._sent = 0
        self.stopped = False
        self._port = port
        self._coming = coming

    async def run(self, connections: int) -> None:
        """Send over so many connections at once."""
        await asyncio.gather(*(self._connection() for _ in range(connections)))

    async def _connection(self) -> None:
        waiting = next(self._coming, None)
        while waiting and not self.stopped:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.05)  # nobody is there: it comes again
                continue
            try:
                while waiting and not self.stopped:
                    name, request = waiting
                    waiting = next(self._coming, None)
                    await self._keep_pace()
                    await self._ask(reader, writer, name, request)
            except (OSError, EOFError):
                self.heard.unanswered += 1
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    async def _keep_pace(self) -> None:
        self._sent += 1
        due = self._began + self._sent * self._pause
        if due > time.monotonic():
            await asyncio.sleep(due - time.monotonic())

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        name: str,
        request: bytes,
    ) -> None:
        began = time.monotonic()
        writer.write(request)
        async with asyncio.timeout(ANSWER_SECONDS):
            await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            headers = dict(
                line.split(": ", 1) for line in head.split("\r\n")[1:] if line
            )
            await reader.readexactly(int(headers["content-length"]))
        status = int(head.split()[1])
        self.heard.seconds.append(time.monotonic() - began)
        self.heard.statuses[status] += 1
        if status == 202:
            self.heard.acked.append(name)
        elif "retry-after" in headers:
            self.heard.retry_after.add(headers["retry-after"])
        if headers.get("connection") == "close":
            raise EOFError


def named(
    name: str, number: int = 1_000_000, *, size: int = 2048, sites: Sequence[str] = ()
) -> Iterator[tuple[str, bytes]]:
    """Make deliveries with their identifiers, from one site or several in turns."""
    streams = [
        requests(f"{name}-{site}", number, size=size, site=site)
        for site in sites or (SITE,)
    ]
    names = list(sites or (SITE,))
    for each, which in zip(range(number), count(), strict=False):
        turn = which % len(streams)
        request = next(streams[turn])
        yield f"{name}-{names[turn]}-{each // len(streams)}", request


def send_all(
    port: int,
    coming: Iterator[tuple[str, bytes]],
    *,
    connections: int = 30,
    per_second: float = float("inf"),
) -> Heard:
    """Send all of them, and tell what was heard."""
    senders = Senders(port, coming, per_second)
    asyncio.run(senders.run(connections))
    return senders.heard


@contextmanager
def under_load(
    port: int, name: str, *, connections: int = 30, sites: Sequence[str] = ()
) -> Iterator[Heard]:
    """Send without an end while the block runs."""
    senders = Senders(port, named(name, sites=sites))
    thread = threading.Thread(target=lambda: asyncio.run(senders.run(connections)))
    thread.start()
    try:
        yield senders.heard
    finally:
        senders.stopped = True
        thread.join(60 * PATIENCE)
        assert not thread.is_alive()


def stored(url: str) -> list[str]:
    """List what is in the store, by identifier."""
    database = Database(url)
    with database.engine.connect() as connection:
        found = list(connection.scalars(select(DeliveryRow.identifier)))
    database.close()
    return found


def assert_kept(url: str, heard: Heard) -> None:
    """See that whoever was told 202 is in the store, once."""
    kept = stored(url)
    assert set(heard.acked) - set(kept) == set()
    assert len(kept) == len(set(kept))


PYTHON = sys.executable
