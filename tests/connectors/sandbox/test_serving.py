"""The site runs on a real port, notes its requests, and stops cleanly."""

import socket
import threading

import httpx
import pytest

from connectors.sandbox.app import create_sandbox
from connectors.sandbox.request_log import REMEMBERED, RequestLog
from connectors.sandbox.serving import free_port, in_thread, serve
from tests.connectors.sandbox.small_site import BEGIN, BOT, COST, SEED, small_site


def test_it_serves_on_a_free_port_and_leaves_it_free() -> None:
    sandbox = create_sandbox(SEED)
    with in_thread(sandbox) as url:
        assert (
            httpx.get(f"{url}/rest/api/3/serverInfo", timeout=60).json()["baseUrl"]
            == url
        )
    port = int(url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        names = {thread.name for thread in threading.enumerate()}
    assert not {name for name in names if name.startswith("sandbox")}


def test_a_taken_port_is_an_error() -> None:
    sandbox = create_sandbox(SEED)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            serve(sandbox, "127.0.0.1", port)
    assert free_port() != port
    sandbox.close()


def test_a_free_port_is_given_to_nobody_else_meanwhile() -> None:
    ports = {free_port() for _ in range(20)}
    assert len(ports) == 20
    with socket.create_server(("127.0.0.1", 0)) as by_the_system:
        assert max(ports) < by_the_system.getsockname()[1]


def test_many_at_once_are_served() -> None:
    sandbox = create_sandbox(SEED)
    with (
        in_thread(sandbox) as url,
        httpx.Client(base_url=url, auth=BOT, timeout=60) as client,
    ):

        def edit(number: int) -> None:
            for turn in range(10):
                body = {"fields": {COST: 10 * number + turn}}
                answer = client.put(f"/rest/api/3/issue/SEA-{number}", json=body)
                assert answer.status_code == 204

        threads = [threading.Thread(target=edit, args=(n,)) for n in range(1, 7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(150)
        costs = [
            client.get(f"/rest/api/3/issue/SEA-{n}").json()["fields"][COST]
            for n in range(1, 7)
        ]
    assert costs == [10 * n + 9 for n in range(1, 7)]


def test_requests_are_noted_with_who_and_what() -> None:
    with small_site() as (_, site):
        site.ask("GET", "/rest/api/3/issue/SEA-1", params={"fields": "summary"})
        site.ask("GET", "/rest/api/3/myself", ("bot@site.test", "wrong"))
        site.put("SEA-1", {COST: 1})
        noted = site.client.get("/sandbox/requests").json()["requests"]
        seen = [(n["method"], n["path"], n["account"], n["status"]) for n in noted]
        assert seen == [
            ("GET", "/rest/api/3/issue/SEA-1", "bot", 200),
            ("GET", "/rest/api/3/myself", "", 401),
            ("PUT", "/rest/api/3/issue/SEA-1", "bot", 204),
        ]
        assert noted[0]["query"] == "fields=summary"
        assert noted[2]["size"] == len('{"fields":{"customfield_10101":1}}')
        assert noted[0]["milliseconds"] > 0
        last = site.client.get("/sandbox/requests", params={"since": 2})
        assert last.json()["requests"] == noted[2:]


def test_the_log_is_emptied_and_numbers_go_on() -> None:
    with small_site() as (_, site):
        site.fields("SEA-1")
        assert site.client.post("/sandbox/requests/reset").status_code == 204
        assert site.client.get("/sandbox/requests").json()["requests"] == []
        site.fields("SEA-1")
        [noted] = site.client.get("/sandbox/requests").json()["requests"]
        assert noted["number"] == 2


def test_the_log_keeps_only_the_last() -> None:
    log = RequestLog(lambda: BEGIN)
    one = {"method": "GET", "path": "/", "query": "", "account": "", "status": 200}
    for _ in range(REMEMBERED + 3):
        log.add(**one, milliseconds=0.0, size=0, answered=0)
    kept = log.since(0)
    assert (len(kept), kept[0]["number"]) == (REMEMBERED, 4)
