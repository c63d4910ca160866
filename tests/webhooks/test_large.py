"""Large bodies are taken whole, few at a time, and those that wait do not wait long."""

import asyncio
import hashlib
import hmac
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.webhooks.test_receiver import SECRET, Counts, secrets
from webhooks.body import LARGE_BODY, MOST_LARGE, Room
from webhooks.delivery import Delivery
from webhooks.receiver import LARGEST_BODY, Receiver

PART = b"0123456789abcdef" * 4096
PARTS = LARGEST_BODY // len(PART)


@dataclass
class SlowStore:
    """Takes its time, unless it is set free, and remembers how many it held at once."""

    seconds: float = 0.0
    held: int = 0
    most: int = 0
    hashes: list[bytes] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, delivery: Delivery) -> bool:
        self.held += 1
        self.most = max(self.most, self.held)
        self.changed.set()
        self.hashes.append(hashlib.sha256(delivery.body).digest())
        assert delivery.body_hash == self.hashes[-1]
        with suppress(TimeoutError):
            await asyncio.wait_for(self.free.wait(), self.seconds)
        self.held -= 1
        return True

    async def reaches(self, held: int) -> None:
        """Wait until so many are held at once."""
        while self.held < held:
            self.changed.clear()
            await self.changed.wait()


def signature(parts: Iterator[bytes]) -> bytes:
    mac = hmac.new(SECRET, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(part)
    return f"sha256={mac.hexdigest()}".encode()


def of_size(size: int) -> Iterator[bytes]:
    for _ in range(size // len(PART)):
        yield bytes(bytearray(PART))  # each in memory of its own
    if size % len(PART):
        yield PART[: size % len(PART)]


async def post(
    receiver: Receiver, size: int, *, headers: Sequence[tuple[bytes, bytes]] = ()
) -> int:
    """Send a body in parts, as a server would; answers the status."""
    signed = (b"x-hub-signature", signature(of_size(size)))
    scope = {
        "type": "http",
        "path_params": {"site": "acme"},
        "headers": [signed, *headers],
    }
    parts = of_size(size)
    left = size
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        nonlocal left
        await asyncio.sleep(0)
        part = next(parts)
        left -= len(part)
        return {"type": "http.request", "body": part, "more_body": left > 0}

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    await receiver(scope, receive, send)
    return statuses[0]


def test_r14_the_largest_body_is_taken_and_no_byte_more() -> None:
    store = SlowStore()
    receiver = Receiver(secrets, store.accept, Counts(), body_seconds=600)
    assert asyncio.run(post(receiver, LARGEST_BODY)) == 202
    whole = hashlib.sha256()
    for part in of_size(LARGEST_BODY):
        whole.update(part)
    assert store.hashes == [whole.digest()]
    assert asyncio.run(post(receiver, LARGEST_BODY + 1)) == 413
    assert asyncio.run(post(receiver, 40 * 1024 * 1024)) == 413
    lie = [(b"content-length", b"10")]
    assert asyncio.run(post(receiver, LARGEST_BODY + 1, headers=lie)) == 413
    assert len(store.hashes) == 1


def test_l4_ten_of_the_largest_at_once_are_all_taken_a_few_at_a_time() -> None:
    store = SlowStore(0.05)
    receiver = Receiver(secrets, store.accept, Counts(), body_seconds=600)

    async def run() -> list[int]:
        return await asyncio.gather(*(post(receiver, LARGEST_BODY) for _ in range(10)))

    tracemalloc.start()
    try:
        assert asyncio.run(run()) == [202] * 10
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 1 <= store.most <= MOST_LARGE
    # Those held, one more while it is put together, and what waits for a place.
    assert peak < (MOST_LARGE + 1) * LARGEST_BODY + 10 * 2 * LARGE_BODY


@pytest.mark.parametrize("size", [LARGE_BODY, 1000])
def test_small_bodies_do_not_wait_behind_large_ones(size: int) -> None:
    store = SlowStore(600)
    receiver = Receiver(secrets, store.accept, Counts(), body_seconds=60)

    async def run() -> tuple[list[int], int]:
        many = [post(receiver, LARGE_BODY + 1) for _ in range(MOST_LARGE)]
        large = asyncio.gather(*many)
        await store.reaches(MOST_LARGE)
        small = asyncio.create_task(post(receiver, size))
        await store.reaches(MOST_LARGE + 1)
        store.free.set()
        return await large, await small

    assert asyncio.run(run()) == ([202] * MOST_LARGE, 202)


def test_a_large_body_that_finds_no_place_in_time_is_to_come_again() -> None:
    store, counts, room = SlowStore(600), Counts(), Room()
    receiver = Receiver(secrets, store.accept, counts, body_seconds=60, room=room)
    hasty = Receiver(secrets, store.accept, counts, body_seconds=0.3, room=room)

    async def run() -> tuple[list[int], int, int]:
        many = [post(receiver, LARGE_BODY + 1) for _ in range(MOST_LARGE)]
        large = asyncio.gather(*many)
        await store.reaches(MOST_LARGE)
        late = await post(hasty, LARGE_BODY + 1)
        store.free.set()
        statuses = await large
        return statuses, late, await post(receiver, LARGE_BODY + 1)

    assert asyncio.run(run()) == ([202] * MOST_LARGE, 503, 202)
    assert [code for code, _ in counts.refused] == ["store_unavailable"]
