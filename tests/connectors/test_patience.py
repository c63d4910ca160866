"""How long we wait, and whether at all, follows from what the site said."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Answer
from connectors.errors import PausedError, UnreachableError
from connectors.limits import read_retry_after
from connectors.patience import Patience, next_wait

NOW = "Mon, 23 Nov 2026 08:00:00 GMT"
PATIENCE = Patience()


def said(status: int, *headers: tuple[str, str]) -> Answer:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return Answer("PUT", "/x", status, httpx.Headers(raw))


def wait(
    outcome: Answer | UnreachableError,
    *,
    attempt: int = 1,
    repeatable: bool = True,
    jitter: float = 0.5,
) -> float | None:
    return next_wait(
        outcome,
        attempt=attempt,
        repeatable=repeatable,
        patience=PATIENCE,
        jitter=jitter,
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("2.5", 2.5),
        ("0", 0.0),
        ("99999999", 86400.0),
        ("Mon, 23 Nov 2026 08:00:25 GMT", 25.0),
        ("Mon, 23 Nov 2026 09:00:25 +0100", 25.0),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("\N{ARABIC-INDIC DIGIT THREE}", None),
        ("Mon, 23 Nov 99999999999999999999 08:00:00 GMT", None),
        ("Mon, 99 Nov 2026 08:00:25 GMT", None),
    ],
)
def test_reads_retry_after(value: str, seconds: float | None) -> None:
    answer = said(429, ("Retry-After", value), ("Date", NOW))
    assert read_retry_after(answer.headers) == seconds


def test_of_several_values_the_longest_counts() -> None:
    several = said(
        429, ("Retry-After", "3"), ("Retry-After", "soon"), ("Retry-After", "9")
    )
    assert read_retry_after(several.headers) == 9.0


def test_a_date_without_a_date_to_measure_it_by_counts_as_none() -> None:
    assert read_retry_after(said(429, ("Retry-After", NOW)).headers) is None


PIECES = st.sampled_from(
    ["Mon,", "23", "Nov", "2026", "08:00:00", "GMT", "+0100", "-0000", "99:99", ":"]
)
DATES = st.lists(PIECES | st.text(max_size=4), max_size=8).map(" ".join)


@given(DATES, DATES)
def test_no_header_is_an_error(value: str, date: str) -> None:
    raw = [(b"Retry-After", value.encode()), (b"Date", date.encode())]
    found = read_retry_after(httpx.Headers(raw))
    assert found is None or 0 <= found <= 86400


@pytest.mark.parametrize(
    "status", [200, 204, 302, 400, 401, 403, 404, 409, 410, 413, 422]
)
def test_an_answer_to_leave_it_at(status: int) -> None:
    assert wait(said(status)) is None


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
def test_only_what_may_be_repeated_is_tried_again(status: int) -> None:
    assert wait(said(status)) is not None
    assert wait(said(status), repeatable=False) is None


def test_what_was_turned_away_or_never_sent_may_always_be_tried_again() -> None:
    assert wait(said(429), repeatable=False) is not None
    assert wait(UnreachableError("", sent=False), repeatable=False) is not None
    assert wait(UnreachableError(""), repeatable=False) is None
    assert wait(UnreachableError("")) is not None


def test_the_third_attempt_is_the_last() -> None:
    for outcome in (said(503), said(429), UnreachableError("", sent=False)):
        assert wait(outcome, attempt=2) is not None
        assert wait(outcome, attempt=3) is None


def test_the_site_is_left_alone_for_as_long_as_it_asks() -> None:
    for jitter in (0.0, 0.3, 1.0):
        waited = wait(said(503, ("Retry-After", "7")), jitter=jitter)
        assert waited is not None
        assert 7.0 <= waited <= 10.0


def test_who_asks_for_longer_than_a_thread_should_sleep_gets_no_second_try() -> None:
    for status in (429, 503):
        assert wait(said(status, ("Retry-After", "10"))) is not None
        assert wait(said(status, ("Retry-After", "11"))) is None


def test_after_a_429_it_is_the_gate_that_waits() -> None:
    assert wait(said(429, ("Retry-After", "3"))) == 0.0


def test_what_was_not_even_called_is_not_tried_again_at_once() -> None:
    assert wait(PausedError("later", 0.5)) is None


@given(st.integers(1, 2), st.floats(0, 1))
def test_no_wait_is_longer_than_agreed(attempt: int, jitter: float) -> None:
    for outcome in (said(429), said(500), said(503, ("Retry-After", "9"))):
        waited = wait(outcome, attempt=attempt, jitter=jitter)
        assert waited is not None
        assert 0 <= waited <= PATIENCE.longest_wait


@given(st.integers(1, 2))
def test_jitter_is_full(attempt: int) -> None:
    longest = wait(said(500), attempt=attempt, jitter=1.0)
    assert wait(said(500), attempt=attempt, jitter=0.0) == 0.0
    assert longest == {1: 1.0, 2: 2.0}[attempt]
