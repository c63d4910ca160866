"""Each switch does what it says, over a real connection, and nothing else."""

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.faults.acting import ACTS
from connectors.sandbox.faults.fault import KINDS, FaultError, parse_fault, read_fault
from connectors.sandbox.serving import in_thread
from tests.connectors.sandbox.small_site import ANNA, BOT, COST, SEED
from tests.gates import gate
from tests.world import wait_for

ISSUE = "/rest/api/3/issue/SEA-1"
RANK = "/rest/agile/1.0/issue/rank"


class Site:
    """One running site for all of these tests; each switches what it needs."""

    def __init__(self, sandbox: Sandbox, client: httpx.Client) -> None:
        self.sandbox = sandbox
        self.client = client

    @contextmanager
    def __call__(
        self, *faults: dict[str, Any]
    ) -> Iterator[tuple[httpx.Client, Sandbox]]:
        body = {"faults": list(faults)}
        switched = self.client.put("/sandbox/faults", json=body)
        assert switched.status_code == 200, switched.text
        edited = self.sandbox.log.since(0)[-1:]
        self.began = edited[0]["number"] if edited else 0
        yield self.client, self.sandbox

    def puts(self) -> list[dict[str, Any]]:
        since = self.sandbox.log.since(self.began)
        return [one for one in since if one["method"] == "PUT"]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    sandbox = create_sandbox(SEED)
    with (
        in_thread(sandbox) as url,
        httpx.Client(base_url=url, auth=BOT, timeout=60.0) as client,
    ):
        yield Site(sandbox, client)


def cost(client: httpx.Client) -> float | None:
    client.delete("/sandbox/faults").raise_for_status()
    found: float | None = client.get(ISSUE).json()["fields"][COST]
    return found


def edit(client: httpx.Client, value: float) -> httpx.Response:
    return client.put(ISSUE, json={"fields": {COST: value}})


def two_values(client: httpx.Client) -> tuple[float, float]:
    """Give the value that stands, and another to write."""
    now: float = client.get(ISSUE).json()["fields"][COST]
    return now, now + 77


def test_every_kind_that_can_be_described_is_acted() -> None:
    assert {*ACTS, "latency"} == set(KINDS)


def test_latency_delays_and_adds_up(site: Site) -> None:
    late = {"kind": "latency", "seconds": 0.15}
    with site(late, {**late, "method": "PUT"}) as (client, sandbox):
        began = time.monotonic()
        _, after = two_values(client)
        read = time.monotonic() - began
        assert [one["struck"] for one in sandbox.faults.told()] == [1, 0]
        assert edit(client, after).status_code == 204
        wrote = time.monotonic() - began - read
        assert [one["struck"] for one in sandbox.faults.told()] == [2, 1]
    assert read >= 0.15
    assert wrote >= 0.3


def test_429_says_why_and_how_long(site: Site) -> None:
    fault = {"kind": "rate_limited", "reason": "jira-quota-tenant-based"}
    with site({**fault, "retry_after": 1847, "headers": {"X-RateLimit-Limit": 5}}) as (
        client,
        _,
    ):
        answer = client.get(ISSUE)
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Reason"] == "jira-quota-tenant-based"
    assert answer.headers["Retry-After"] == "1847"
    assert answer.headers["X-RateLimit-Limit"] == "5"


@pytest.mark.parametrize(
    ("wait", "said"),
    [(None, []), (["1", "soon"], ["1", "soon"]), (-5, ["-5"])],
    ids=["none", "two", "odd"],
)
def test_429_may_say_it_oddly(site: Site, wait: object, said: list[str]) -> None:
    fault = {"kind": "rate_limited", "reason": "", "retry_after": wait}
    with site(fault) as (client, _):
        answer = client.get(ISSUE)
    assert answer.headers.get_list("retry-after") == said
    assert "ratelimit-reason" not in answer.headers


@pytest.mark.parametrize("applied", [False, True])
def test_5xx_before_and_after_the_write(site: Site, *, applied: bool) -> None:
    fault = {"kind": "status", "status": 502, "applied": applied, "retry_after": 7}
    with site({**fault, "method": "PUT"}) as (client, _):
        before, after = two_values(client)
        answer = edit(client, after)
        assert (answer.status_code, answer.headers["Retry-After"]) == (502, "7")
        assert cost(client) == (after if applied else before)


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("at", ["start", "head", "body"])
def test_resets_around_the_write(site: Site, at: str, *, applied: bool) -> None:
    fault = {"kind": "reset", "at": at, "applied": applied, "method": "PUT"}
    with site(fault) as (client, _):
        before, after = two_values(client)
        with pytest.raises(httpx.ReadError):
            edit(client, after)
        assert cost(client) == (after if applied else before)
    wait_for(site.puts, seconds=10)
    assert [one["status"] for one in site.puts()] == [0]


@pytest.mark.parametrize("at", ["start", "head", "body"])
def test_a_connection_closed_too_early(site: Site, at: str) -> None:
    with (
        site({"kind": "cut", "at": at}) as (client, _),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        client.get(ISSUE)


def test_silence_lasts_until_the_caller_gives_up(site: Site) -> None:
    with site({"kind": "silence"}) as (client, _):
        with pytest.raises(httpx.ReadTimeout):
            client.get(ISSUE, timeout=httpx.Timeout(60.0, read=0.3))
        # Others are served meanwhile, and the site can still be switched.
        client.delete("/sandbox/faults").raise_for_status()
        assert client.get(ISSUE).status_code == 200


@pytest.mark.parametrize("at", ["head", "body"])
def test_a_drip_never_pauses_for_long_and_never_ends(site: Site, at: str) -> None:
    with site({"kind": "drip", "at": at, "every": 0.05}) as (client, _):
        url = client.base_url
        pause = gate(0.5, loosely=20)
        connection = http.client.HTTPConnection(url.host, url.port or 80, timeout=pause)
        connection.connect()
        connection.sock.sendall(f"GET {ISSUE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        began, drops = time.monotonic(), 0
        while time.monotonic() - began < 0.8 or drops <= 8:
            assert connection.sock.recv(1000)
            drops += 1
        connection.close()


@pytest.mark.parametrize("kind", ["garbage", "two_lengths", "long_header"])
def test_what_is_no_http(site: Site, kind: str) -> None:
    with site({"kind": kind}) as (client, _), pytest.raises(httpx.RemoteProtocolError):
        client.get(ISSUE)


def test_half_an_answer_looks_whole_until_it_is_read(site: Site) -> None:
    with site({"kind": "half_json", "applied": True, "method": "PUT"}) as (client, _):
        _, after = two_values(client)
        answer = edit(client, after)
        assert answer.status_code == 200
        with pytest.raises(ValueError, match="Unterminated"):
            answer.json()
        assert cost(client) == after


def test_empty_and_login_pages_say_200(site: Site) -> None:
    with site({"kind": "empty", "times": 1}, {"kind": "page"}) as (client, _):
        empty, page = client.get(ISSUE), client.get(ISSUE)
    assert (empty.status_code, empty.content) == (200, b"")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_a_redirect_points_where_nobody_should_go(site: Site) -> None:
    with site({"kind": "redirect"}) as (client, _):
        answer = client.get(ISSUE)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http://169.254.169.254/")


def test_a_bomb_is_small_on_the_way(site: Site) -> None:
    with site({"kind": "bomb", "megabytes": 3}) as (client, _):
        answer = client.get(ISSUE)
    assert len(answer.content) == 3 * 1024 * 1024
    assert int(answer.headers["content-length"]) < 10_000


def test_bad_gzip_does_not_unpack(site: Site) -> None:
    with site({"kind": "bad_gzip"}) as (client, _), pytest.raises(httpx.DecodingError):
        client.get(ISSUE)


def test_an_expired_token_is_refused_in_the_words_of_each_part(site: Site) -> None:
    fault = {"kind": "expired", "account": BOT[0]}
    with site(fault) as (client, _):
        jira, wiki = client.get(ISSUE), client.get("/wiki/api/v2/spaces")
        other = client.get(ISSUE, auth=ANNA)
    assert (jira.status_code, wiki.status_code, other.status_code) == (401, 401, 200)
    assert "errorMessages" in jira.json()
    assert "errors" in wiki.json()


def test_a_missing_scope_is_told_as_the_gateway_tells_it(site: Site) -> None:
    fault = {"kind": "scope", "account": BOT[0], "path": "/rest/agile/*"}
    with site(fault) as (client, _):
        lacks, well = client.put(RANK, json={}), client.get(ISSUE)
    assert (lacks.status_code, well.status_code) == (401, 200)
    told = {"code": 401, "message": "Unauthorized; scope does not match"}
    assert lacks.json() == told


def test_an_ended_token_may_be_answered_as_anybody_is(site: Site) -> None:
    search = {"jql": "project = SEA", "maxResults": 5}
    with site({"kind": "anonymous"}) as (client, _):
        found = client.post("/rest/api/3/search/jql", json=search)
        fields = client.get("/rest/api/3/field")
        me, wrote = client.get("/rest/api/3/myself"), edit(client, 1)
    assert (found.status_code, found.json()["issues"]) == (200, [])
    assert (fields.status_code, fields.json()) == (200, [])
    assert (me.status_code, wrote.status_code) == (401, 401)
    for answer in (found, fields, me, wrote):
        assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"


def test_207_names_each_and_ranks_the_rest(site: Site) -> None:
    body = {"issues": ["SEA-5", "SEA-4", "SEA-3"], "rankBeforeIssue": "SEA-1"}
    with site({"kind": "partial", "keys": ["SEA-4"]}) as (client, sandbox):
        answer = client.put(RANK, json=body)
        assert answer.status_code == 207
        entries = {one["issueKey"]: one for one in answer.json()["entries"]}
        assert {key: one["status"] for key, one in entries.items()} == {
            "SEA-5": 200,
            "SEA-4": 400,
            "SEA-3": 200,
        }
        assert entries["SEA-4"]["errors"]
        search = {"jql": "project = SEA ORDER BY Rank ASC", "fields": ["summary"]}
        found = client.post("/rest/api/3/search/jql", json=search).json()["issues"]
    order = [one["key"] for one in found]
    assert order[:3] == ["SEA-5", "SEA-3", "SEA-1"]
    assert order.index("SEA-4") > 2
    assert sandbox.faults.told()[0]["struck"] == 1


def test_207_of_a_call_without_the_unlucky_is_none(site: Site) -> None:
    body = {"issues": ["SEA-5"], "rankBeforeIssue": "SEA-1"}
    with site({"kind": "partial", "keys": ["SEA-4"]}) as (client, _):
        assert client.put(RANK, json=body).status_code == 204


def test_a_fault_strikes_whom_it_says_and_as_often(site: Site) -> None:
    fault = {"kind": "status", "method": "get", "path": "*/issue/SEA-*"}
    with site({**fault, "skip": 1, "times": 2, "account": "bot"}) as (client, _):
        seen = [client.get(ISSUE).status_code for _ in range(5)]
        assert seen == [200, 503, 503, 200, 200]
        assert client.get("/rest/api/3/myself").status_code == 200
        (told,) = client.get("/sandbox/faults").json()["faults"]
    assert (told["met"], told["struck"]) == (5, 2)


def test_a_share_is_the_same_in_every_run(site: Site) -> None:
    runs = []
    for _ in range(2):
        with site({"kind": "status", "share": 0.3}) as (client, _):
            runs.append([client.get(ISSUE).status_code for _ in range(40)])
    assert runs[0] == runs[1]
    assert 4 <= runs[0].count(503) <= 20


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"kind": "fire"}, "no fault is called 'fire', only latency"),
        ({"kind": "latency", "second": 1}, "latency has no 'second', only method"),
        ({"kind": "latency", "seconds": -1}, "from 0 to 600"),
        ({"kind": "latency", "seconds": True}, "from 0 to 600"),
        ({"kind": "reset", "at": "tail"}, "one of start, head, body"),
        ({"kind": "reset", "applied": "yes"}, "true or false"),
        ({"kind": "status", "times": -1}, "no less than 0"),
        ({"kind": "status", "times": 1.5}, "a whole number"),
        ({"kind": "status", "share": 0}, "above 0"),
        ({"kind": "status", "status": "503"}, "a whole number"),
        ({"kind": "partial", "keys": "AB-1"}, "a list"),
        ({"kind": "rate_limited", "headers": []}, "an object"),
        ({"kind": "rate_limited", "reason": 1}, "a text"),
        ("latency", "an object with a kind"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_in_words(raw: object, words: str) -> None:
    with pytest.raises(FaultError, match=words):
        read_fault(raw)


def test_a_slip_changes_nothing(site: Site) -> None:
    with site({"kind": "empty"}) as (client, _):
        slips: list[object] = [{"faults": [{"kind": "fire"}]}, {"fault": []}, []]
        for body in slips:
            answer = client.put("/sandbox/faults", json=body)
            assert answer.status_code == 400
            assert answer.json()["error"]
        assert client.put("/sandbox/faults", content=b"{").status_code == 400
        (told,) = client.get("/sandbox/faults").json()["faults"]
    assert told["kind"] == "empty"


def test_a_fault_is_told_on_a_command_line() -> None:
    told = parse_fault("reset, applied=true,times=2,path=/rest/*,share=0.5")
    assert told == {
        "kind": "reset",
        "applied": True,
        "times": 2,
        "path": "/rest/*",
        "share": 0.5,
    }
    assert parse_fault("partial,keys=A-1 A-2")["keys"] == ["A-1", "A-2"]
    with pytest.raises(FaultError, match="no name=value"):
        parse_fault("reset,applied")
