"""Bodies that are not whole yet have a bounded room; the slowest of them make way."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.gates import PATIENCE
from tests.webhooks.test_large import PART, SlowStore, post
from tests.webhooks.test_receiver import Counts, secrets
from webhooks.body import LARGE_BODY, Room
from webhooks.receiver import Receiver

SIZE = len(PART)
FITS = 10
FLOOD = 40


def receiving(room: Room, store: SlowStore, **more: Any) -> tuple[Receiver, Counts]:
    counts = Counts()
    return Receiver(secrets, store.accept, counts, room=room, **more), counts


async def unending(receiver: Receiver, *, sent: asyncio.Event) -> dict[str, Any]:
    """Send one part, signed as nobody signs, and then nothing; answers the answer."""
    scope = {
        "type": "http",
        "path_params": {"site": "acme"},
        "headers": [(b"x-hub-signature", b"sha256=" + b"0" * 64)],
    }
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if sent.is_set():
            await asyncio.sleep(3600)
        sent.set()
        return {"type": "http.request", "body": PART, "more_body": True}

    async def send(message: Any) -> None:
        answers.append(message)

    await receiver(scope, receive, send)
    return answers[0]


async def flood(receiver: Receiver, number: int) -> list[asyncio.Task[dict[str, Any]]]:
    """Begin so many bodies that never end, one after another."""
    begun = []
    for _ in range(number):
        sent = asyncio.Event()
        begun.append(asyncio.create_task(unending(receiver, sent=sent)))
        await sent.wait()
    return begun


async def until(happened: Callable[[], bool]) -> None:
    """Let the others go on until it happens."""
    async with asyncio.timeout(10 * PATIENCE):
        while not happened():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


def test_a_flood_makes_way_and_holds_up_nobody() -> None:
    receiver, counts = receiving(Room(FITS * SIZE), SlowStore())

    async def run() -> tuple[list[bool], list[int], list[bool], dict[str, Any]]:
        begun = await flood(receiver, FLOOD)
        answer = await begun[FLOOD - FITS - 1]
        before = [one.done() for one in begun]
        good = [await post(receiver, 3 * SIZE) for _ in range(20)]
        await until(lambda: sum(one.done() for one in begun) >= FLOOD - FITS + 2)
        after = [one.done() for one in begun]
        for one in begun:
            one.cancel()
        return before, good, after, answer

    before, good, after, answer = asyncio.run(run())
    assert before == [True] * (FLOOD - FITS) + [False] * FITS  # who began first
    assert good == [202] * 20  # one after another they need room for two parts
    assert after == [True] * (FLOOD - FITS + 2) + [False] * (FITS - 2)
    assert answer["status"] == 503
    assert (b"retry-after", b"60") in answer["headers"]
    told = Counter(code for code, _ in counts.refused)
    assert told == {"store_unavailable": FLOOD - FITS + 2}


def test_what_waits_for_a_large_ones_place_makes_way_too() -> None:
    store = SlowStore(600)
    receiver, counts = receiving(Room(3 * LARGE_BODY, 1), store, body_seconds=60)

    async def run() -> list[int]:
        first = asyncio.create_task(post(receiver, LARGE_BODY + 1))
        await store.reaches(1)
        late = asyncio.gather(*(post(receiver, LARGE_BODY + 1) for _ in range(4)))
        await until(lambda: len(counts.refused) == 2)
        store.free.set()
        return [*await late, await first]

    statuses = asyncio.run(run())
    assert sorted(statuses) == [202] * 3 + [503] * 2
    assert {reason for _, reason in counts.refused} == {
        "too many unfinished deliveries; try again"
    }


@pytest.mark.parametrize(("size", "status"), [(SIZE, 202), (SIZE + 1, 503)])
def test_what_is_whole_in_its_first_part_needs_no_room(size: int, status: int) -> None:
    receiver, _ = receiving(Room(0), SlowStore())
    assert asyncio.run(post(receiver, size)) == status


def test_room_is_given_back_however_a_body_ends() -> None:
    room, largest = Room(3 * SIZE), {"largest_body": 3 * SIZE}
    receiver, counts = receiving(room, SlowStore(), **largest)
    hasty, others = receiving(room, SlowStore(), body_seconds=0.2, **largest)

    async def run() -> list[int]:
        statuses = []
        for _ in range(2):
            [late] = await flood(hasty, 1)
            statuses.append((await late)["status"])
            statuses.append(await post(receiver, 3 * SIZE + 1))
            statuses.append(await post(receiver, 3 * SIZE))
        return statuses

    assert asyncio.run(run()) == [408, 413, 202] * 2
    refused = {code for code, _ in counts.refused + others.refused}
    assert "store_unavailable" not in refused
