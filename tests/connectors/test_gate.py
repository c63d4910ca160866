"""Who stands in line before a site hears what it asks for meanwhile."""

import socket
import threading
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.call import Said
from connectors.errors import PausedError, UnreachableError
from connectors.gate import Gate, Manners
from connectors.limits import OwnLimits, Pause
from connectors.patience import Patience
from connectors.wire import Wire
from tests.connectors.line import access_to
from tests.connectors.rough import Behaviour, answer, rough_server
from tests.connectors.timing import Timing
from tests.gates import PATIENCE

RANK = Said("PUT", "/rest/agile/1.0/issue/rank")


class Watched(OwnLimits):
    """Counts who has looked, and takes its time to note a pause."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = threading.Semaphore(0)

    def paused(self, scopes: Collection[str]) -> Pause | None:
        found = super().paused(scopes)
        self.looked.release()
        return found

    def pause(self, pause: Pause) -> None:
        time.sleep(0.05)
        super().pause(pause)


QUOTA = answer(
    429, b"", "Retry-After: 1800", "RateLimit-Reason: jira-quota-tenant-based"
)


@pytest.mark.parametrize("first", [QUOTA, answer(503)], ids=["quota", "circuit"])
def test_who_waits_for_a_lane_hears_what_came_meanwhile(first: Behaviour) -> None:
    limits, all_wait = Watched(), threading.Event()

    def answered_late(connection: socket.socket) -> None:
        all_wait.wait(10 * PATIENCE)
        first(connection)

    def call(wire: Wire) -> UnreachableError | None:
        try:
            wire.call("GET", "/rest/api/3/issue/AB-1")
        except UnreachableError as error:
            return error
        return None

    manners = Manners(most_at_once=1, failures=1)
    with (
        rough_server(answered_late, answer(200)) as server,
        Wire(
            access_to(server),
            patience=Patience(attempts=1),
            limits=limits,
            manners=manners,
        ) as wire,
        ThreadPoolExecutor(7) as pool,
    ):
        calls = [pool.submit(call, wire) for _ in range(7)]
        for _ in range(7 + 1):  # the first looked twice, for it has the lane
            assert limits.looked.acquire(timeout=10 * PATIENCE)
        all_wait.set()
        errors = [one.result(20 * PATIENCE) for one in calls]
        assert wire.gate.lanes.enter(0)  # none of them kept the lane
    assert len(server.asked) == 1
    assert sum(isinstance(error, PausedError) for error in errors) >= 6
    assert None not in errors


@pytest.mark.parametrize(("seconds", "goes"), [(3.0, True), (1800.0, False)])
def test_a_pause_that_begins_while_a_turn_is_awaited_is_kept(
    seconds: float, *, goes: bool
) -> None:
    timing = Timing()
    limits = OwnLimits(now=timing.now)
    free: list[bool] = []

    def sleep(slept: float) -> None:
        if not free:  # the first sleep is for the turn
            limits.pause(Pause("jira", slept + seconds))
        free.append(gate.lanes.enter(0))  # who sleeps is in nobody's way
        gate.lanes.leave(well=None)
        timing.sleep(slept)

    manners = Manners(writes_per_second=1, most_at_once=1)
    gate = Gate(limits, manners, sleep=sleep, now=timing.now)
    gate.enter(RANK, longest=10)
    gate.leave(RANK, None)
    if goes:
        gate.enter(RANK, longest=10)
        gate.leave(RANK, None)
        assert timing.now() - 1_000.0 == pytest.approx(0.8 + seconds, abs=0.3)
    else:
        with pytest.raises(PausedError, match="1800 s more") as caught:
            gate.enter(RANK, longest=10)
        assert caught.value.scope == "jira"
        assert timing.now() - 1_000.0 == pytest.approx(0.8)
    assert all(free)
    assert gate.lanes.enter(0)
