"""Whatever a server does, a call ends, in time, with an answer or an error of ours."""

import gzip
import socket
import time
import zlib
from base64 import b64encode
from pathlib import Path

import pytest

from connectors.answer import Answer
from connectors.asking import asking
from connectors.call import Call
from connectors.errors import RefusedError, UnreachableError
from connectors.jira import Jira
from connectors.patience import Patience
from connectors.wire import USER_AGENT, Wire
from tests.connectors.line import CALM, Line, access_to, failing, get, over, post
from tests.connectors.rough import (
    Behaviour,
    RoughServer,
    answer,
    cut,
    drip,
    reset,
    rough_server,
    silence,
)
from tests.connectors.timing import Timing
from tests.gates import gate

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"


def test_a_call_says_who_asks_and_who_we_are() -> None:
    line = over(answer(200, b'{"ok": true}'), ask=lambda line: get(line).json())
    (asked,) = line.server.asked
    assert asked.startswith(b"GET /site/rest/api/3/myself HTTP/1.1\r\n")
    signed = b64encode(b"cd3@harbour.example:cd3-token")
    assert b"Authorization: Basic " + signed in asked
    assert USER_AGENT.startswith("cd3/0.")
    assert f"User-Agent: {USER_AGENT}".encode() in asked


@pytest.mark.parametrize(
    "behaviour",
    [
        drip(HEAD + b"\r\n", b" ", every=0.1),
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", every=0.1),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 C\r\n\r\n", every=0.1),
    ],
    ids=["body", "header", "endless 100"],
)
def test_an_answer_that_drips_ends(behaviour: Behaviour) -> None:
    patience = Patience(read=0.4, attempt=0.5, attempts=1)
    began = time.monotonic()
    over(behaviour, ask=failing(UnreachableError, "GET"), patience=patience)
    assert time.monotonic() - began < gate(3, loosely=30)


def test_silence_ends() -> None:
    once = Patience(read=0.2, attempt=60.0, get=60.0, attempts=1)
    began = time.monotonic()
    over(silence, ask=failing(UnreachableError, "GET"), patience=once)
    assert time.monotonic() - began < gate(3, loosely=30)


@pytest.mark.parametrize(
    "behaviour",
    [
        cut(b""),
        cut(HEAD[:40]),
        cut(HEAD + b"\r\n{"),
        cut(b"nonsense\r\n\r\n"),
        cut(HEAD + b"X: " + b"y" * 200_000),
        reset(HEAD + b"\r\n{"),
        reset(b""),
        answer(200, b"no gzip", "Content-Encoding: gzip"),
    ],
)
def test_a_broken_answer_to_a_read_is_asked_for_again(behaviour: Behaviour) -> None:
    line = over(behaviour, answer(200, b"[1]"), ask=lambda line: check(get(line), [1]))
    assert len(line.server.asked) == 2
    assert [call.status for call in line.calls] == [0, 200]


def check(got: Answer, wanted: object) -> None:
    assert got.json() == wanted


def test_attempts_are_bounded_and_waits_grow() -> None:
    line = over(answer(503), ask=failing(UnreachableError, "GET .*myself → 503"))
    assert len(line.server.asked) == 3
    assert line.waited == [0.5, 1.0]  # half of 1 and 2: the jitter is 0.5


def test_all_attempts_together_are_bounded() -> None:
    quick = Patience(whole=1.0)
    line = over(answer(503), ask=failing(UnreachableError, "503"), patience=quick)
    assert len(line.server.asked) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_of_unknown_outcome_is_not_repeated(status: int) -> None:
    line = over(answer(status), ask=failing(UnreachableError, "POST", post))
    assert len(line.server.asked) == 1


def test_a_write_that_may_be_repeated_is() -> None:
    line = over(
        reset(b""),
        answer(204, b""),
        ask=lambda line: line.wire.call("POST", "/x", body={}, repeatable=True),
    )
    assert len(line.server.asked) == 2


def test_a_write_that_was_turned_away_is_repeated() -> None:
    line = over(answer(429, b"", "Retry-After: 3"), answer(201, b"{}"), ask=post)
    assert len(line.server.asked) == 2
    (waited,) = line.waited
    assert waited >= 3
    assert line.server.asked[0] == line.server.asked[1]


def test_whoever_asks_is_asked_before_each_attempt_at_a_write() -> None:
    asked: list[str] = []

    def question() -> None:
        asked.append("may we?")
        if len(asked) == 2:
            raise PermissionError

    def ask(line: Line) -> None:
        with asking(question):
            get(line)
            assert not asked
            with pytest.raises(PermissionError):
                post(line)
        post(line)  # whoever comes after asks for nothing, and finds the lane free

    turned_away = answer(429, b"", "Retry-After: 3")
    line = over(answer(200), turned_away, answer(201, b"{}"), ask=ask)
    assert asked == ["may we?", "may we?"]
    assert [call.status for call in line.calls] == [200, 429, 201]


@pytest.mark.made_up
def test_a_write_that_was_never_sent_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    free = RoughServer([], port=port)
    timing, calls = Timing(), list[Call]()
    with Wire(
        access_to(free),
        sleep=timing.sleep,
        now=timing.now,
        patience=CALM,
        observe=calls.append,
    ) as wire:
        with pytest.raises(UnreachableError, match="no connection") as caught:
            wire.call("POST", "/rest/api/3/issue", body={})
        assert not caught.value.sent
    assert [call.attempt for call in calls] == [1, 2, 3]


def test_a_long_wait_is_the_callers() -> None:
    told: list[float | None] = []

    def ask(line: Line) -> None:
        with pytest.raises(UnreachableError, match="jira-quota-tenant-based") as caught:
            get(line)
        told.append(caught.value.retry_after)

    reason = "RateLimit-Reason: jira-quota-tenant-based"
    line = over(answer(429, b"", "Retry-After: 1847", reason), ask=ask)
    assert told == [1847.0]
    assert line.waited == []


def test_redirects_are_not_followed() -> None:
    bait = "Location: http://169.254.169.254/latest/meta-data/"
    line = over(
        answer(302, b"", bait), ask=failing(RefusedError, "redirects are not followed")
    )
    assert len(line.server.asked) == 1


def test_a_login_page_is_no_answer() -> None:
    page = answer(200, b"<html>Log in</html>", "Content-Type: text/html;charset=UTF-8")
    over(page, ask=failing(RefusedError, "web page"))
    over(
        page,
        ask=failing(RefusedError, "web page", lambda line: Jira(line.wire).myself()),
    )


def test_half_an_answer_without_a_length_is_no_answer() -> None:
    half = cut(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[1, 2")
    over(half, ask=failing(UnreachableError, "cut off", lambda line: get(line).json()))


def test_how_long_and_how_large_a_call_may_be_is_what_the_docs_say() -> None:
    page, limits = Path(__file__).parents[2] / "docs" / "operating.md", Patience()
    assert (
        f"{limits.connect:.0f} seconds to connect, {limits.read:.0f} for a byte, "
        f"{limits.get:.0f} for a whole GET and {limits.attempt:.0f} for anything else, "
        f"{limits.most_bytes // 1_000_000} MB unpacked"
    ) in page.read_text(encoding="utf-8")


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused() -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    assert len(bomb) < 20_000
    line = over(
        answer(200, bomb, "Content-Encoding: gzip"),
        ask=failing(RefusedError, "larger than 1000000 bytes"),
    )
    assert len(line.server.asked) == 1


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd"])
def test_only_plain_packings_are_unpacked(packing: str) -> None:
    body = gzip.compress(gzip.compress(b"{}"))
    over(
        answer(200, body, f"Content-Encoding: {packing}"),
        ask=failing(RefusedError, "packed"),
    )


def test_gzip_and_deflate_are_unpacked() -> None:
    for packed, name in (
        (gzip.compress(b"[1]"), "gzip"),
        (zlib.compress(b"[1]"), "deflate"),
    ):
        over(
            answer(200, packed, f"Content-Encoding: {name}"),
            ask=lambda line: check(get(line), [1]),
        )


def test_no_cookie_is_kept() -> None:
    def twice(line: Line) -> None:
        get(line)
        get(line)

    line = over(answer(200, b"{}", "Set-Cookie: JSESSIONID=1; Path=/"), ask=twice)
    assert all(b"cookie" not in asked.lower() for asked in line.server.asked)


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with rough_server(answer(200, b'{"from": "proxy"}')) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.host}")
        line = over(answer(200, b"{}"), ask=lambda line: check(get(line), {}))
        assert proxy.asked == []
    assert len(line.server.asked) == 1


def test_the_token_goes_to_its_own_site_only() -> None:
    def ask(line: Line) -> None:
        for path in ("/../other", "/../site2/x", "@evil.example/", "\\evil", "/a b"):
            with pytest.raises(RefusedError, match="not called"):
                line.wire.call("GET", path)
        with pytest.raises(RefusedError, match="not called"):
            line.wire.call("GET", "/x", base="https://api.atlassian.com/ex/jira/1")

    line = over(answer(200), ask=ask)
    assert line.server.asked == []


def test_the_token_is_in_no_text() -> None:
    access = access_to(RoughServer([], port=1))
    assert "cd3-token" not in repr(access)
    assert "cd3-token" not in str(access)


def test_a_query_is_in_no_error_and_no_count() -> None:
    line = over(
        answer(400, b'{"errorMessages": ["no"]}'),
        ask=failing(
            RefusedError,
            r"^GET /rest/api/3/issue/AB-1 → 400: no$",
            lambda line: line.wire.call("GET", "/rest/api/3/issue/AB-1?jql=secret"),
        ),
    )
    assert [call.template for call in line.calls] == ["/rest/api/3/issue/{}"]
    assert line.calls[0].seconds >= 0


def test_what_is_no_number_is_never_sent() -> None:
    def ask(line: Line) -> None:
        with pytest.raises(ValueError, match="JSON compliant"):
            line.wire.call("POST", "/x", body={"score": float("nan")})

    assert over(answer(200), ask=ask).server.asked == []
