"""Stands before one site: lets calls through at its pace, and none while it is paused.

What must be shared by all workers lies in `Limits`; how many calls run at once, and
how much is tried again, is each process's own matter.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connectors.answer import Answer
from connectors.call import Said
from connectors.errors import PausedError, UnreachableError
from connectors.limits import (
    Limits,
    Pause,
    endpoint_scope,
    is_near,
    read_pause,
    scopes_of,
)

_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Manners:
    """How we treat a site; times in seconds.

    After `failures` in a row nobody calls for `opened` seconds, then twice as long, up
    to `opened_longest`; then one tries. `most_at_once` calls run at most.
    """

    writes_per_second: float = 30.0
    most_at_once: int = 8
    failures: int = 5
    opened: float = 30.0
    opened_longest: float = 300.0
    probe: float = 35.0


class Lanes:
    """How many calls run at once: one more for 20 that went well, half after trouble.

    Additive increase, multiplicative decrease (Chiu & Jain 1989).
    """

    def __init__(self, most: int) -> None:
        self._free = threading.Condition()
        self._most = float(most)
        self.width = max(1.0, most / 2)
        self._running = 0

    def enter(self, seconds: float) -> bool:
        """Take a lane; false where none was free in time."""
        with self._free:
            got = self._free.wait_for(
                lambda: self._running < max(1, int(self.width)), seconds
            )
            self._running += got
            return got

    def leave(self, *, well: bool | None) -> None:
        """Give the lane back, and say how it went; `None` proves nothing."""
        with self._free:
            self._running -= 1
            if well:
                self.width = min(self._most, self.width + 1 / 20)
            elif well is False:
                self.width = max(1.0, self.width / 2)
            self._free.notify_all()


@dataclass(slots=True)
class _Block:
    """Turns that are ours: the time of the next, and how many are left."""

    next: float
    left: int
    size: int


class Pacer:
    """Keeps writes apart, however many workers there are.

    Turns are taken from the shared limits in blocks: one for a single write, more
    while writing goes on, a quarter of a second's worth at most.
    """

    def __init__(self, limits: Limits, rate: float, now: Callable[[], float]) -> None:
        self._limits = limits
        self._rate = rate
        self._now = now
        self._lock = threading.Lock()
        self._blocks: dict[str, _Block] = {}

    def turn(self, scope: str) -> float:
        """Take a turn; answer in how many seconds it is."""
        with self._lock:
            now = self._now()
            block = self._blocks.get(scope)
            # What was not used in its time has gone by.
            fresh = block is not None and now - block.next < 0.5  # noqa: PLR2004 - seconds
            if block is None or not fresh or not block.left:
                size = min(block.size * 2, self._most) if block and fresh else 1
                wait = self._limits.reserve(scope, count=size, rate=self._rate)
                block = _Block(self._now() + wait, size, size)
                self._blocks[scope] = block
            at = block.next
            block.next += 1 / self._rate
            block.left -= 1
            return max(0.0, at - now)

    @property
    def _most(self) -> int:
        return max(1, int(self._rate / 4))


class Budget:
    """Lets a tenth of the calls be tried again, and a few more at the beginning.

    Else all callers together would triple the load on a site that is down.
    """

    def __init__(self, share: float = 0.1, most: float = 10.0) -> None:
        self._lock = threading.Lock()
        self._share = share
        self._most = most
        self._left = most

    def earn(self) -> None:
        """Count a call."""
        with self._lock:
            self._left = min(self._most, self._left + self._share)

    def spend(self) -> bool:
        """Take a repetition; false where there is none left."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True


class Gate:
    """The way in to one site, for all threads of this process."""

    def __init__(
        self,
        limits: Limits,
        manners: Manners,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._manners = manners
        self._sleep = sleep
        self._now = now
        self._pacer = Pacer(limits, manners.writes_per_second, now)
        self.lanes = Lanes(manners.most_at_once)
        self.budget = Budget()
        self._failures: dict[str, int] = {}
        self._lock = threading.Lock()

    def enter(self, said: Said, *, longest: float) -> None:
        """Wait for leave to call; who would wait for longer comes back another time.

        What the site asks for while we stand in line is meant for us too: with a lane
        in hand we look again. Nobody sleeps in a lane: it is given back for others.
        """
        ends = self._now() + longest
        while True:
            self._sit_out(said, ends)
            if not said.is_read:
                self._keep_pace(said, ends)
            self._check_circuits(said)
            if not self.lanes.enter(max(0.0, ends - self._now())):
                raise PausedError(
                    f"{said.words}: too many calls to the site are under way.", longest
                )
            if self._may_go(said):
                return

    def _may_go(self, said: Said) -> bool:
        """Look again from within a lane; it is given back unless we may go."""
        may = False
        try:
            if self._limits.paused(scopes_of(said)) is None:
                self._check_circuits(said, probing=True)
                may = True
        finally:
            if not may:
                self.lanes.leave(well=None)
        return may

    def leave(self, said: Said, outcome: Answer | UnreachableError | None) -> None:
        """Give the way back, and say what came; `None` where we ourselves broke off.

        A 429 is held first, and failures are counted: whoever is next in the lane looks
        at both.
        """
        limited = isinstance(outcome, Answer) and outcome.status == _TOO_MANY
        failed = _failed(said, outcome)
        near = isinstance(outcome, Answer) and is_near(outcome.headers)
        unproven = outcome is None or (near and not (failed or limited))
        try:
            if outcome is not None:
                self._count(said.product, failed=failed)
                if not (failed or limited):
                    self._mend(endpoint_scope(said))
        finally:
            self.lanes.leave(well=None if unproven else not (limited or failed))

    def hold(self, said: Said, answer: Answer, *, attempt: int, jitter: float) -> Pause:
        """Take a 429 to heart: what it concerns waits, in all workers."""
        pause = read_pause(said, answer, attempt=attempt, jitter=jitter)
        self._limits.pause(pause)
        if pause.doubtful:
            self._limits.trip(pause.scope, first=pause.seconds, longest=pause.seconds)
        else:
            self._mend(endpoint_scope(said))
        return pause

    def _sit_out(self, said: Said, ends: float) -> None:
        """Sleep through short pauses, also through one that begins meanwhile."""
        while pause := self._limits.paused(scopes_of(said)):
            if self._now() + pause.seconds > ends:
                reason = f" ({pause.reason})" if pause.reason else ""
                raise PausedError(
                    f"{said.words}: not called, the site asked us to leave "
                    f"{pause.scope} alone for {pause.seconds:.0f} s more{reason}.",
                    pause.seconds,
                    scope=pause.scope,
                )
            self._sleep(pause.seconds)

    def _keep_pace(self, said: Said, ends: float) -> None:
        seconds = self._pacer.turn(endpoint_scope(said))
        if self._now() + seconds > ends:
            raise PausedError(
                f"{said.words}: not called, its turn is in {seconds:.0f} s only.",
                seconds,
            )
        if seconds > 0:
            self._sleep(seconds)

    def _check_circuits(self, said: Said, *, probing: bool = False) -> None:
        """Raise while a circuit is open; `probing`, be the one who tries it again."""
        failed = f"failed {self._manners.failures} times in a row"
        self._check(said.product, failed, probing=probing)
        asked = "is to be left alone for longer than can be believed"
        self._check(endpoint_scope(said), asked, probing=probing)

    def _check(self, scope: str, why: str, *, probing: bool) -> None:
        found = self._limits.tripped(scope)
        if found is None:
            return
        if found.seconds > 0 or (probing and not self._claim(scope)):
            left = max(found.seconds, 1.0)
            raise PausedError(
                f"{scope} {why}; the next try is in {left:.0f} s.", left, scope=scope
            )

    def _claim(self, scope: str) -> bool:
        return self._limits.claim_probe(scope, seconds=self._manners.probe)

    def _mend(self, endpoint: str) -> None:
        """Let all call an endpoint again; what was called before proves nothing."""
        found = self._limits.tripped(endpoint)
        if found is not None and found.seconds <= 0:
            self._limits.mend(endpoint)

    def _count(self, product: str, *, failed: bool) -> None:
        manners = self._manners
        with self._lock:
            before = self._failures.get(product, 0)
            self._failures[product] = count = before + 1 if failed else 0
        tripped = self._limits.tripped(product)
        if failed and (tripped or count >= manners.failures):
            if tripped is None or tripped.seconds <= 0:
                self._limits.trip(
                    product, first=manners.opened, longest=manners.opened_longest
                )
        elif not failed and tripped:
            self._limits.mend(product)


def _failed(said: Said, outcome: Answer | UnreachableError | None) -> bool:
    """Say whether the site itself seems to be in trouble.

    A 500 about one issue is that issue's trouble: it must not stop the others.
    """
    if outcome is None:
        return False
    if isinstance(outcome, UnreachableError):
        return True
    if outcome.status == _SERVER_ERROR and said.issue:
        return False
    return outcome.status >= _SERVER_ERROR
