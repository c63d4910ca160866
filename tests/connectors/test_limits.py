"""Burst, per-issue and quota limits are three things, and no header is an error."""

import threading
import time
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Answer
from connectors.call import Said
from connectors.errors import PausedError, UnreachableError
from connectors.gate import Budget, Gate, Lanes, Manners, Pacer
from connectors.limits import (
    Headroom,
    OwnLimits,
    Pause,
    is_near,
    read_headroom,
    read_pause,
    scopes_of,
)
from connectors.patience import Patience
from connectors.verifying import write_fields_surely
from tests.connectors.line import Line, failing, get, over, post
from tests.connectors.rough import answer, cut, drip, reset, silence
from tests.connectors.timing import Timing
from tests.gates import gate

PROMISE = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
NOW = "Thu, 26 Nov 2026 08:47:00 GMT"
EDIT = Said("PUT", "/rest/api/3/issue/AB-1")
OTHER = Said("PUT", "/rest/api/3/issue/AB-2")
RANK = Said("PUT", "/rest/agile/1.0/issue/rank")
READ = Said("GET", "/rest/api/3/issue/AB-1")
PAGE = Said("PUT", "/api/v2/pages/7", "confluence")


def limited(said: Said, *headers: tuple[str, str]) -> Answer:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return Answer(said.method, said.path, 429, httpx.Headers(raw))


def answered(said: Said) -> Answer:
    return Answer(said.method, said.path, 204, httpx.Headers())


def paused(said: Said, *headers: tuple[str, str], attempt: int = 1) -> Pause:
    return read_pause(said, limited(said, *headers), attempt=attempt, jitter=0.5)


def put(line: Line, path: str = "/rest/api/3/issue/AB-1") -> Answer:
    return line.wire.call("PUT", path, body={})


# What a 429 concerns.


@pytest.mark.parametrize(
    ("reason", "waits", "goes_on"),
    [
        ("jira-burst-based", [EDIT, OTHER], [RANK, READ, PAGE]),
        ("jira-per-issue-on-write", [EDIT], [OTHER, RANK, READ, PAGE]),
        ("jira-quota-tenant-based", [EDIT, OTHER, RANK, READ], [PAGE]),
        ("jira-quota-global-based", [EDIT, OTHER, RANK, READ], [PAGE]),
        ("confluence-quota-global-based", [PAGE], [EDIT, RANK, READ]),
        ("jira-cost-based", [EDIT, OTHER], [RANK, READ]),
        ("", [EDIT, OTHER], [RANK, READ]),
    ],
)
def test_each_reason_holds_back_what_it_is_about(
    reason: str, waits: list[Said], goes_on: list[Said]
) -> None:
    limits = OwnLimits()
    limits.pause(paused(EDIT, ("RateLimit-Reason", reason), ("Retry-After", "9")))
    assert all(limits.paused(scopes_of(said)) for said in waits)
    assert not any(limits.paused(scopes_of(said)) for said in goes_on)


def test_j3_a_burst_limit_slows_one_endpoint_only() -> None:
    reason = "RateLimit-Reason: jira-burst-based"

    def ask(line: Line) -> None:
        put(line)
        after = list(line.waited)
        line.wire.call("PUT", RANK.path, body={})
        line.wire.call("GET", READ.path)
        assert line.waited == after  # none of these waited
        (pause,) = after
        assert 1.0 <= pause < 1.5

    line = over(answer(429, b"", "Retry-After: 1", reason), answer(200), ask=ask)
    assert [call.reason for call in line.calls] == ["jira-burst-based", "", "", ""]


def test_j4_a_limit_of_one_issue_leaves_the_others_alone() -> None:
    reason = "RateLimit-Reason: jira-per-issue-on-write"

    def ask(line: Line) -> None:
        with pytest.raises(UnreachableError) as caught:
            put(line)
        assert caught.value.retry_after is not None
        assert caught.value.retry_after >= 25.0
        assert not caught.value.sent
        with pytest.raises(PausedError, match="issue AB-1") as still:
            put(line)
        assert still.value.scope == "issue AB-1"
        put(line, OTHER.path)
        line.wire.call("PUT", RANK.path, body={})
        assert line.waited == []

    limit = answer(429, b"", "Retry-After: 25", reason)
    line = over(limit, answer(200), ask=ask)
    assert len(line.server.asked) == 3


@pytest.mark.parametrize("reason", ["global", "tenant"])
def test_j5_a_quota_stops_all_calls_until_it_is_full_again(reason: str) -> None:
    limit = answer(
        429, b"", "Retry-After: 1847", f"RateLimit-Reason: jira-quota-{reason}-based"
    )

    def ask(line: Line) -> None:
        failing(UnreachableError, f"quota-{reason}")(line)
        for call in (get, post, put):
            with pytest.raises(PausedError) as caught:
                call(line)
            assert caught.value.retry_after == pytest.approx(1847, abs=5)
            assert caught.value.scope == "jira"

    line = over(limit, answer(200), ask=ask)
    assert len(line.server.asked) == 1  # nothing else was sent
    assert line.waited == []  # and nobody sleeps: the worker is free


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("Retry-After", "1847")], 1847.0),
        ([("Date", NOW)], 780.0),  # 13 minutes to the full hour
        ([("Date", NOW), ("X-RateLimit-Reset", "2026-11-26T08:50:00Z")], 180.0),
        ([("Date", NOW), ("X-RateLimit-Reset", "soon")], 780.0),
        ([("Date", NOW), ("X-RateLimit-Reset", "2020-01-01T00:00Z")], 1.0),
        ([("Retry-After", "soon"), ("Date", NOW)], 780.0),
        ([], 3600.0),
    ],
)
def test_a_quota_without_a_word_ends_with_the_hour(
    headers: list[tuple[str, str]], seconds: float
) -> None:
    why = ("RateLimit-Reason", "jira-quota-global-based")
    assert paused(EDIT, why, *headers).seconds == seconds


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ([], 3.5, 6.5),
        (["Retry-After: -5"], 3.5, 6.5),
        (["Retry-After: soon"], 3.5, 6.5),
        (["Retry-After: 0"], 1.0, 1.3),
        (["Retry-After: 2", "Retry-After: 3"], 3.0, 3.9),
        (["Retry-After: 3", "Retry-After: soon"], 3.0, 3.9),
        ([f"Date: {NOW}", "Retry-After: Thu, 26 Nov 2026 08:47:04 GMT"], 4.0, 5.2),
    ],
)
def test_j6_odd_waits_are_bounded(
    headers: list[str], least: float, most: float
) -> None:
    line = over(answer(429, b"", *headers), answer(200), ask=put)
    (waited,) = line.waited
    assert least <= waited <= most
    assert len(line.server.asked) == 2


@pytest.mark.parametrize("wait", ["31", "99999"])
def test_j6_who_must_wait_long_goes_back_to_the_queue(wait: str) -> None:
    def ask(line: Line) -> None:
        began = time.monotonic()
        with pytest.raises(UnreachableError) as caught:
            put(line)
        assert time.monotonic() - began < gate(2, loosely=20)
        assert caught.value.retry_after is not None
        assert min(float(wait), 3600) <= caught.value.retry_after <= 3600

    line = over(answer(429, b"", f"Retry-After: {wait}"), ask=ask)
    assert line.waited == []
    assert len(line.server.asked) == 1


@pytest.mark.parametrize(
    ("reason", "asked", "least", "most", "doubtful"),
    [
        ("jira-cost-based", 99_999, 3600, 3600, True),
        ("jira-burst-based", 3601, 3600, 3600, True),
        ("jira-burst-based", 3599, 3599, 3600, False),
        ("jira-burst-based", 100, 100, 130, False),
        ("jira-per-issue-on-write", 99_999, 3600, 3600, False),
        ("jira-quota-tenant-based", 7200, 7200, 7200, False),
    ],
)
def test_j6_a_wait_that_is_no_quotas_is_an_hour_at_most(
    reason: str, asked: int, least: float, most: float, *, doubtful: bool
) -> None:
    why = ("RateLimit-Reason", reason)
    pause = paused(EDIT, why, ("Retry-After", str(asked)))
    assert least <= pause.seconds <= most
    assert pause.doubtful is doubtful


@pytest.mark.parametrize("asked", ["99999", "5"])
def test_j6_after_an_unbelievable_wait_one_call_tries(asked: str) -> None:
    timing = Timing()
    limits = OwnLimits(now=timing.now)
    gate = Gate(limits, Manners(), sleep=timing.sleep, now=timing.now)

    def turned_away(said: Said, seconds: str) -> None:
        gate.enter(said, longest=10)
        away = limited(said, ("Retry-After", seconds))
        gate.hold(said, away, attempt=1, jitter=0.0)
        gate.leave(said, away)

    def is_refused(said: Said) -> bool:
        try:
            gate.enter(said, longest=1)
        except PausedError:
            return True
        gate.leave(said, None)
        return False

    gate.enter(OTHER, longest=10)  # under way when the site says no
    turned_away(EDIT, "99999")
    gate.leave(OTHER, answered(OTHER))
    timing.pass_by(3590)
    assert is_refused(EDIT)
    assert not is_refused(RANK)
    timing.pass_by(11)
    gate.enter(EDIT, longest=10)
    assert is_refused(OTHER)  # one tries, the others wait for what comes of it
    away = limited(EDIT, ("Retry-After", asked))
    gate.hold(EDIT, away, attempt=1, jitter=0.0)
    gate.leave(EDIT, away)
    timing.pass_by(6)
    assert is_refused(OTHER) is (asked == "99999")  # another hour, or as long as told
    timing.pass_by(3600)
    gate.enter(EDIT, longest=10)
    gate.leave(EDIT, answered(EDIT))
    assert not is_refused(OTHER)
    assert not is_refused(EDIT)


def test_j6_a_gateway_that_says_nothing_is_left_alone_for_longer_each_time() -> None:
    waits = [paused(EDIT, attempt=n).seconds for n in (1, 2, 3, 4, 9)]
    assert waits == [5.0, 10.0, 20.0, 30.0, 30.0]
    asked: list[float | None] = []

    def ask(line: Line) -> None:
        with pytest.raises(UnreachableError) as caught:
            put(line)
        asked.append(caught.value.retry_after)

    line = over(answer(429), ask=ask)
    assert len(line.server.asked) <= 3
    assert sum(line.waited) <= 20
    assert asked[0] is not None
    assert asked[0] >= 7.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"q";r=9;t=60', [Headroom("q", 9, 60)]),
        ('"q";t=60;r=9, "other"', [Headroom("q", 9, 60), Headroom("other")]),
        ("q;r=x;t=", [Headroom("q")]),
        ('"q";r=-1', [Headroom("q")]),
        (";r=9", []),
        ("", []),
        (";;;,,,", []),
    ],
)
def test_j7_what_is_left_is_read_in_any_sequence(
    text: str, found: list[Headroom]
) -> None:
    for name in ("RateLimit", "Beta-RateLimit"):
        raw = httpx.Headers([(name.encode(), text.encode())])
        assert list(read_headroom(raw)) == found


ODD = st.lists(
    st.sampled_from(["r=", "t=", ";", ",", '"', "q", "9", "=", " ", "true", "\\", "é"])
    | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=4),
    max_size=12,
).map("".join)
NAMES = st.sampled_from(
    [
        "RateLimit",
        "Beta-RateLimit",
        "Beta-RateLimit-Policy",
        "RateLimit-Reason",
        "X-RateLimit-Reset",
        "X-RateLimit-NearLimit",
        "Retry-After",
        "Date",
    ]
)


@given(st.lists(st.tuples(NAMES, ODD), max_size=6))
def test_j7_no_header_is_an_exception(headers: list[tuple[str, str]]) -> None:
    raw = [(name.encode(), text.encode("latin-1")) for name, text in headers]
    got = Answer("PUT", EDIT.path, 429, httpx.Headers(raw))
    pause = read_pause(EDIT, got, attempt=1, jitter=0.5)
    assert 0 < pause.seconds <= 1.3 * 86_400
    assert isinstance(is_near(got.headers), bool)
    assert all(room.policy for room in read_headroom(got.headers))


def test_j7_odd_headers_go_over_the_wire() -> None:
    odd = ['RateLimit: ;r=, "x";t=q', "X-RateLimit-NearLimit: TRUE", "RateLimit: é"]
    line = over(answer(200, b"[1]", *odd), ask=lambda line: get(line).json())
    assert line.calls[0].near


# Attempts.


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_j1_a_short_outage_is_tried_through_with_jitter(status: int) -> None:
    line = over(answer(status), answer(status), answer(200, b"[1]"), ask=get)
    assert len(line.server.asked) == 3
    assert line.waited == [0.5, 1.0]  # half of 1 and 2, for the jitter is 0.5
    assert [call.attempt for call in line.calls] == [1, 2, 3]


def test_j1_a_longer_one_is_the_queues() -> None:
    line = over(answer(503), ask=failing(UnreachableError, "503"))
    assert len(line.server.asked) == 3
    assert sum(line.waited) < 20


def test_j2_a_503_that_asks_for_time_gets_it() -> None:
    line = over(answer(503, b"", "Retry-After: 7"), answer(200, b"[1]"), ask=get)
    (waited,) = line.waited
    assert waited >= 7


def set_field(line: Line) -> None:
    """Set a field of an issue, as the clients do."""
    path, wire = "/rest/api/3/issue/AB-1", line.wire
    write_fields_surely(
        "AB-1",
        {"customfield_1": 1.0},
        put=lambda: wire.call("PUT", path, body={"fields": {"customfield_1": 1.0}}),
        read=lambda: wire.call("GET", path).json()["fields"],
        rest=wire.rest,
    )


def verbs(line: Line) -> list[bytes]:
    return [asked.partition(b" ")[0] for asked in line.server.asked]


def test_j2_a_write_is_neither_looked_up_nor_repeated_before_that_time() -> None:
    line = over(
        answer(503, b"", "Retry-After: 7"),
        answer(200, b'{"fields": {"customfield_1": 0}}'),
        answer(204, b""),
        ask=set_field,
    )
    assert verbs(line) == [b"PUT", b"GET", b"PUT"]
    (waited,) = line.waited
    assert waited >= 7


def test_j2_a_write_that_is_to_wait_for_long_goes_back_to_the_queue() -> None:
    def ask(line: Line) -> None:
        with pytest.raises(UnreachableError) as caught:
            set_field(line)
        assert caught.value.retry_after == 120
        assert caught.value.sent  # so whoever comes back looks it up first

    line = over(answer(503, b"", "Retry-After: 120"), ask=ask)
    assert (verbs(line), line.waited) == ([b"PUT"], [])


def test_few_repetitions_are_left_when_all_fails() -> None:
    def ask(line: Line) -> None:
        for number in range(40):
            with pytest.raises(UnreachableError):
                line.wire.call("GET", f"/rest/api/3/issue/AB-{number}")

    # 500s about single issues open no circuit, so this is the budget's doing.
    line = over(answer(500), ask=ask)
    assert len(line.server.asked) <= 40 + 10 + 4


def test_a_budget_is_earned_by_calls() -> None:
    budget = Budget(share=0.5, most=2.0)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()


# Time-outs and the circuit.


@pytest.mark.parametrize(
    ("behaviour", "method"),
    [
        (silence, "GET"),
        (
            drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b" ", every=0.1),
            "GET",
        ),
        (silence, "PUT"),
    ],
    ids=["silence", "drip", "write"],
)
def test_j9_every_call_ends(behaviour: Callable[[object], None], method: str) -> None:
    patience = Patience(read=0.5, attempt=0.8, get=0.4, attempts=1)
    began = time.monotonic()
    over(
        behaviour,
        ask=failing(
            UnreachableError,
            method,
            lambda line: line.wire.call(method, "/rest/api/3/issue/AB-1"),
        ),
        patience=patience,
    )
    assert time.monotonic() - began < gate(3, loosely=30)


def test_j9_the_deadlines_are_as_agreed() -> None:
    patience = Patience()
    assert patience.deadline("GET") == 10
    assert patience.deadline("PUT") == patience.deadline("POST") == 30
    assert (patience.attempts, patience.whole) == (3, 20)


@pytest.mark.parametrize(
    "behaviour", [answer(503), reset(b""), cut(b"")], ids=["503", "reset", "cut"]
)
def test_j9_after_five_failures_nobody_calls(
    behaviour: Callable[[object], None],
) -> None:
    def ask(line: Line) -> None:
        failing(UnreachableError, "GET")(line)
        failing(UnreachableError, "GET")(line)
        with pytest.raises(PausedError, match="5 times in a row") as caught:
            get(line)
        assert caught.value.retry_after == pytest.approx(30, abs=3)

    line = over(behaviour, ask=ask)
    assert len(line.server.asked) == 5


def test_j9_the_other_product_goes_on() -> None:
    def ask(line: Line) -> None:
        failing(UnreachableError, "GET")(line)
        failing(UnreachableError, "GET")(line)
        wiki = line.wire.access.confluence_url
        with pytest.raises(UnreachableError, match="503"):
            line.wire.call("GET", "/api/v2/pages/1", base=wiki)

    line = over(answer(503), ask=ask)
    assert len(line.server.asked) > 5
    assert line.calls[-1].product == "confluence"


def opening(timing: Timing, manners: Manners | None = None) -> Gate:
    limits = OwnLimits(now=timing.now)
    return Gate(limits, manners or Manners(), sleep=timing.sleep, now=timing.now)


def fail(gate: Gate, said: Said = RANK) -> None:
    gate.enter(said, longest=10)
    gate.leave(said, UnreachableError("down"))


def succeed(gate: Gate, said: Said = RANK) -> None:
    gate.enter(said, longest=10)
    gate.leave(said, Answer(said.method, said.path, 200, httpx.Headers()))


def refused_for(gate: Gate, *, longest: float = 10) -> float:
    with pytest.raises(PausedError) as caught:
        gate.enter(READ, longest=longest)
    assert caught.value.retry_after is not None
    return round(caught.value.retry_after)


def test_j9_a_circuit_stays_open_for_longer_each_time() -> None:
    timing = Timing()
    gate = opening(timing)
    for _ in range(5):
        fail(gate)
    opened = []
    for _ in range(6):
        opened.append(refused_for(gate))
        timing.pass_by(opened[-1] + 1)
        fail(gate)  # the one who tries fails too
    assert opened == [30, 60, 120, 240, 300, 300]


def test_j9_one_tries_and_mends_it_for_all() -> None:
    timing = Timing()
    gate = opening(timing)
    for _ in range(5):
        fail(gate)
    timing.pass_by(31)
    gate.enter(RANK, longest=10)  # the one who tries, in the only lane
    for _ in range(3):
        refused_for(gate, longest=0.05)
    gate.leave(RANK, Answer("PUT", RANK.path, 204, httpx.Headers()))
    succeed(gate, READ)
    fail(gate)  # one failure opens nothing
    succeed(gate, READ)


def test_j9_successes_in_between_keep_it_closed() -> None:
    gate = opening(Timing())
    for _ in range(10):
        for _ in range(4):
            fail(gate)
        succeed(gate)


def test_a_poisoned_issue_stops_nobody() -> None:
    gate = opening(Timing())
    for _ in range(20):
        gate.enter(EDIT, longest=10)
        gate.leave(EDIT, Answer("PUT", EDIT.path, 500, httpx.Headers()))
    succeed(gate, OTHER)


# Pace and lanes.


def test_writes_keep_their_pace_and_reads_need_none() -> None:
    timing = Timing()
    gate = opening(timing, Manners(writes_per_second=30))
    began = timing.now()
    for _ in range(300):
        succeed(gate, EDIT)
    took = timing.now() - began
    assert 300 / 30 - 0.5 <= took <= 300 / 30 + 0.5
    for _ in range(100):
        succeed(gate, READ)
    assert timing.now() - began == took


def test_two_pacers_share_one_pace() -> None:
    timing = Timing()
    limits = OwnLimits(now=timing.now)
    pacers = [Pacer(limits, 30, timing.now) for _ in range(2)]
    turns = sorted(
        timing.now() + pacer.turn("x") for _ in range(60) for pacer in pacers
    )
    for first, later in zip(turns, turns[60:], strict=False):
        assert later - first >= 60 / 30 - 0.5


def test_a_single_write_waits_for_nobody() -> None:
    timing = Timing()
    pacer = Pacer(OwnLimits(now=timing.now), 30, timing.now)
    for _ in range(5):
        assert pacer.turn("x") == 0.0
        timing.pass_by(5)


def test_lanes_widen_slowly_and_narrow_fast() -> None:
    lanes = Lanes(8)
    assert lanes.width == 4

    def go(*, well: bool | None) -> None:
        assert lanes.enter(1)
        lanes.leave(well=well)

    for _ in range(20):
        go(well=True)
    assert lanes.width == pytest.approx(5)
    go(well=False)
    assert lanes.width == pytest.approx(2.5)
    go(well=None)
    assert lanes.width == pytest.approx(2.5)
    for _ in range(10):
        go(well=False)
    assert lanes.width == 1
    for _ in range(200):
        go(well=True)
    assert lanes.width == 8


@pytest.mark.parametrize(
    ("status", "near", "width"),
    [
        (204, False, 6),  # one more for 20 that went well
        (204, True, 4),  # less than a fifth is left: no reason to grow
        (429, False, 1),
        (429, True, 1),  # as the warning comes with it
        (503, True, 1),
    ],
)
def test_calls_at_once_grow_only_where_no_limit_is_near(
    status: int, width: int, *, near: bool
) -> None:
    limits = OwnLimits()
    gate = Gate(limits, Manners(failures=100), sleep=lambda _: None)
    headers = httpx.Headers({"X-RateLimit-NearLimit": "true"} if near else {})
    for _ in range(40):
        gate.enter(READ, longest=1)
        gate.leave(READ, Answer(READ.method, READ.path, status, headers))
    assert gate.lanes.width == pytest.approx(width)


def test_no_more_run_at_once_than_there_are_lanes() -> None:
    lanes = Lanes(4)  # begins with two
    running, most = 0, 0
    lock = threading.Lock()

    def run() -> None:
        nonlocal running, most
        assert lanes.enter(60)
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        lanes.leave(well=None)

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == 2
    assert lanes.enter(0)
    assert lanes.enter(0)
    assert not lanes.enter(0.01)
