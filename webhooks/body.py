"""A body on its way in, and the room that all unfinished ones have together."""

import asyncio

from starlette.types import Receive

from webhooks.errors import DeliveryError, StoreUnavailableError, TooLargeError
from webhooks.signature import Checking

# So many bodies above this size are held at once, from their first part that is above
# it until they are stored.
LARGE_BODY = 1024 * 1024
MOST_LARGE = 4
# What all others may take together until they are whole.
MOST_UNFINISHED = 64 * 1024 * 1024


class Room:
    """What unfinished bodies may take of the memory: bytes for all, places for a few.

    Where the bytes do not suffice, whoever began first makes way: a body that is sent
    in good faith takes moments, and one that is never to end must not be in its way.
    """

    def __init__(
        self, most_bytes: int = MOST_UNFINISHED, most_large: int = MOST_LARGE
    ) -> None:
        self._left = most_bytes
        self._places = asyncio.Semaphore(most_large)
        self._taken: dict[Body, int] = {}  # by when they began

    def take(self, body: "Body", size: int) -> None:
        """Take so many bytes more, perhaps from others."""
        self._taken[body] = self._taken.get(body, 0) + size
        self._left -= size
        while self._left < 0:
            first = next(iter(self._taken))
            self.give_back(first)
            first.make_way()

    def give_back(self, body: "Body") -> None:
        """Give back all bytes that a body took."""
        self._left += self._taken.pop(body, 0)

    async def take_place(self) -> None:
        """Wait for a large body's place."""
        await self._places.acquire()

    def give_place_back(self) -> None:
        """Let another large body in."""
        self._places.release()


class Body:
    """A body that comes in, hashed part by part; a large one holds a place.

    One that is whole in its first part, as small ones are, never asks for room.
    """

    def __init__(self, room: Room, largest: int) -> None:
        self._room = room
        self._largest = largest
        self._until: asyncio.Timeout | None = None
        self._waits = False
        self._held = False
        self._made_way = False
        self._size = 0
        self._parts: list[bytes] = []

    def refuse_above(self, size: int) -> None:
        """Refuse a size that is too large."""
        if size > self._largest:
            raise TooLargeError(f"a body may have up to {self._largest} bytes")

    async def collect(
        self, receive: Receive, checking: Checking, until: asyncio.Timeout
    ) -> bool:
        """Read to the end; False where the sender has left before.

        `until` is the time it has, as the caller holds it: to make way is to have none.
        """
        more = True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return False
                part = message.get("body", b"")
                self._size += len(part)
                self.refuse_above(self._size)
                more = message.get("more_body", False)
                if not self._held and (more or self._size > LARGE_BODY):
                    await self._find_room(len(part), until)
                checking.add(part)
                self._parts.append(part)
        finally:
            self._room.give_back(self)
        return True

    async def _find_room(self, size: int, until: asyncio.Timeout) -> None:
        self._until = until
        if not self._made_way:
            self._room.take(self, size)
        if self._made_way:
            raise TimeoutError
        if self._size > LARGE_BODY:
            self._waits = True
            await self._room.take_place()
            self._waits, self._held = False, True
            self._room.give_back(self)

    def make_way(self) -> None:
        """Have no more time for the rest."""
        self._made_way = True
        if self._until is not None and not self._until.expired():
            self._until.reschedule(0)

    def why_not(self) -> DeliveryError | None:
        """Say why it has ended before its time, where it is for our want of room."""
        if self._made_way:
            return StoreUnavailableError("too many unfinished deliveries; try again")
        if self._waits:
            return StoreUnavailableError("too many large deliveries at once; try again")
        return None

    def whole(self) -> bytes:
        """Hand the body over; its parts are forgotten."""
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def release(self) -> None:
        """Give the place back."""
        if self._held:
            self._room.give_place_back()
            self._held = False
