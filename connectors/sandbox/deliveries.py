"""Webhooks on their way: a few threads, retries with waits, and a memory of the last.

Jira itself waits 5 to 15 minutes between tries; here the waits are an argument, so
that nobody has to.
"""

import hashlib
import heapq
import hmac
import itertools
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

import httpx

from connectors.sandbox.clock import Clock, stamp, wall_clock
from connectors.sandbox.events import Envelope
from connectors.sandbox.flavour import CLOUD, Flavour

RETRIED: Final = frozenset({408, 409, 425, 429})
WAITS: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
MOST_WAITING: Final = 10_000
REMEMBERED: Final = 200
THREADS: Final = 8
CLOSES_WITHIN: Final = 5.0
MOST_WORDS: Final = 500

State = Literal["waiting", "delivered", "retrying", "failed", "dropped"]


@dataclass(slots=True)
class Delivery:
    """One delivery and how far it has come."""

    number: int
    identifier: str
    webhook: int
    url: str
    event: str
    key: str
    size: int
    created: str
    state: State = "waiting"
    attempts: int = 0
    status: int | None = None
    error: str = ""
    milliseconds: float = 0.0
    body: bytes = field(default=b"", repr=False)
    secret: str = field(default="", repr=False)

    def told(self) -> dict[str, Any]:
        """Tell all but the body and the secret."""
        told = asdict(self)
        del told["body"], told["secret"]
        return told


def sign(body: bytes, secret: str) -> str:
    """Sign a body as `X-Hub-Signature` has it."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def headers_of(delivery: Delivery, flavour: Flavour = CLOUD) -> dict[str, str]:
    """Write the headers that Jira sends; no retry header the first time.

    A Data Center names no delivery: only the Cloud's have an identifier.
    """
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    if flavour.is_cloud:
        headers["User-Agent"] = "Atlassian Webhook HTTP Client"
        headers["X-Atlassian-Webhook-Identifier"] = delivery.identifier
        headers["X-Atlassian-Webhook-Flow"] = "Primary"
    else:
        headers["User-Agent"] = f"Atlassian HttpClient / JIRA-{flavour.version}"
    if delivery.attempts > 1:
        headers["X-Atlassian-Webhook-Retry"] = str(delivery.attempts - 1)
    if delivery.secret:
        headers["X-Hub-Signature"] = sign(delivery.body, delivery.secret)
    return headers


class Deliveries:
    """The post room: takes envelopes, brings them out, tries again."""

    def __init__(
        self,
        *,
        waits: Sequence[float] = WAITS,
        timeout: float = 20.0,
        threads: int = THREADS,
        flavour: Flavour = CLOUD,
        now: Clock = wall_clock,
    ) -> None:
        """Open the room; threads begin with the first envelope."""
        self.last: deque[Delivery] = deque(maxlen=REMEMBERED)
        self.waits = tuple(waits)
        self._timeout = httpx.Timeout(timeout, connect=min(5.0, timeout))
        self._most = threads
        self._flavour = flavour
        self._now = now
        self._ready = threading.Condition()
        self._due: list[tuple[float, int, Delivery]] = []
        self._going = 0
        self._numbers = itertools.count(1)
        self._threads: list[threading.Thread] = []
        self._client: httpx.Client | None = None
        self._closed = False

    def send(self, envelope: Envelope) -> None:
        """Take an envelope and return at once."""
        delivery = Delivery(
            number=next(self._numbers),
            identifier=str(uuid.uuid4()),
            webhook=envelope.webhook,
            url=envelope.url,
            event=envelope.event,
            key=envelope.key,
            size=len(envelope.body),
            created=stamp(self._now()),
            body=envelope.body,
            secret=envelope.secret,
        )
        self.last.append(delivery)
        with self._ready:
            if self._closed or len(self._due) >= MOST_WAITING:
                delivery.state = "dropped"
                delivery.error = "the site stopped, or too many were waiting"
                return
            self._begin()
            self._put(delivery, 0.0)

    def told(self) -> list[dict[str, Any]]:
        """Tell of the last deliveries, oldest first."""
        return [delivery.told() for delivery in list(self.last)]

    def settle(self, seconds: float) -> bool:
        """Wait until nothing is on its way any more; say whether that came true."""
        with self._ready:
            return self._ready.wait_for(
                lambda: not self._due and not self._going, timeout=seconds
            )

    def close(self) -> None:
        """Stop; what still waits is given up."""
        with self._ready:
            self._closed = True
            self._due.clear()
            self._ready.notify_all()
        until = time.monotonic() + CLOSES_WITHIN
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
        if self._client is not None:
            self._client.close()

    def _begin(self) -> None:
        if self._client is None:
            limits = httpx.Limits(max_connections=self._most)
            # The demo's receiver is on this machine: no proxy of the environment's.
            self._client = httpx.Client(
                timeout=self._timeout, limits=limits, trust_env=False
            )
        if len(self._threads) < self._most and len(self._due) >= len(self._threads):
            name = f"sandbox-webhooks-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _put(self, delivery: Delivery, wait: float) -> None:
        due = time.monotonic() + wait
        heapq.heappush(self._due, (due, delivery.number, delivery))
        self._ready.notify_all()

    def _work(self) -> None:
        while (delivery := self._take()) is not None:
            again = self._try(delivery)
            with self._ready:
                self._going -= 1
                if again and not self._closed:
                    self._put(delivery, self.waits[delivery.attempts - 1])
                self._ready.notify_all()

    def _take(self) -> Delivery | None:
        with self._ready:
            while not self._closed:
                if not self._due:
                    self._ready.wait()
                    continue
                wait = self._due[0][0] - time.monotonic()
                if wait <= 0:
                    self._going += 1
                    return heapq.heappop(self._due)[2]
                self._ready.wait(timeout=wait)
        return None

    def _try(self, delivery: Delivery) -> bool:
        """Try once; say whether to try again."""
        delivery.attempts += 1
        began = time.perf_counter()
        delivery.status, delivery.error = self._post(delivery)
        delivery.milliseconds = round(1000 * (time.perf_counter() - began), 1)
        status = delivery.status
        if status is not None and httpx.codes.is_success(status):
            delivery.state = "delivered"
            return False
        again = (
            status is None or status in RETRIED or httpx.codes.is_server_error(status)
        )
        again = again and delivery.attempts <= len(self.waits)
        delivery.state = "retrying" if again else "failed"
        return again

    def _post(self, delivery: Delivery) -> tuple[int | None, str]:
        if self._client is None:
            return None, "the site stopped"
        headers, body = headers_of(delivery, self._flavour), delivery.body
        try:
            with self._client.stream(
                "POST", delivery.url, content=body, headers=headers
            ) as answer:
                # No more is read than the first words: a short answer whole, so that
                # the connection serves again.
                said = _first_words(answer)
                return answer.status_code, "" if answer.is_success else said
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError) as error:
            # RuntimeError: the client was closed under us while the site stopped.
            return None, f"{type(error).__name__}: {error}"


def _first_words(answer: httpx.Response) -> str:
    first = next(answer.iter_bytes(chunk_size=MOST_WORDS), b"")
    return first.decode("utf-8", "replace")
