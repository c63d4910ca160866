"""Many deliveries at once are all taken in time, and the process stays small.

The senders share the machine, so their own slowness counts as the receiver's. What it
can do at most is `bench.intake`'s to tell.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.deliveries import SECRET, SITE
from bench.intake import fill
from tests.gates import PATIENCE, gate
from tests.postgres import new_database
from tests.receiving import (
    Heard,
    Service,
    named,
    send_all,
    service,
    stored,
    under_load,
)
from tests.starting import CD3
from tests.world import wait_for
from webhooks.receiver import LARGEST_BODY
from webhooks.signature import sign

MEGABYTE = 1024 * 1024
SITES = (SITE, *(f"site-{number}" for number in range(9)))
BURST = int(os.environ.get("CD3_TEST_BURST", "1000"))
STEADY_SECONDS = float(os.environ.get("CD3_TEST_STEADY_SECONDS", "3"))
SITES_SECONDS = float(os.environ.get("CD3_TEST_SITES_SECONDS", "3"))
# A little more than has to be taken each second.
OFFERED = 320


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def taken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, str]]:
    """Serve books with ten sites."""
    folder = tmp_path_factory.mktemp("load")
    if request.param == "sqlite":
        yield from served(folder, f"sqlite:///{folder / 'cd3.db'}")
    else:
        with new_database(request.getfixturevalue("postgres_server")) as url:
            yield from served(folder, url)


def served(folder: Path, url: str) -> Iterator[tuple[Service, str]]:
    fill(url, *SITES)
    with service(folder, url) as one:
        one.start()
        yield one, url


def test_l1_long_bodies_at_a_steady_rate(taken: tuple[Service, str]) -> None:
    one, url = taken
    number = round(STEADY_SECONDS * OFFERED)
    coming = list(named("l1", number, size=20 * 1024))  # made before the clock runs
    began = time.monotonic()
    heard = send_all(one.port, iter(coming), per_second=OFFERED)
    rate = number / (time.monotonic() - began)
    assert heard.statuses == {202: number}
    assert rate >= gate(300, loosely=5)
    assert heard.percentile(0.99) <= gate(0.25, loosely=25)
    assert heard.percentile(0.999) <= gate(1, loosely=50)
    assert set(heard.acked) <= set(stored(url))


def test_l2_a_bulk_edit_comes_in_at_once(taken: tuple[Service, str]) -> None:
    one, url = taken
    before = len(stored(url))
    coming = list(named("l2", BURST))
    began = time.monotonic()
    heard = send_all(one.port, iter(coming))
    assert time.monotonic() - began <= gate(15, loosely=150)
    assert heard.statuses == {202: BURST}
    assert heard.percentile(0.99) <= gate(1, loosely=50)
    assert len(stored(url)) == before + BURST


def test_l3_ten_sites_send_at_once(taken: tuple[Service, str]) -> None:
    one, url = taken
    wanted = {f"l3-{site}" for site in SITES}
    with under_load(one.port, "l3", connections=300, sites=SITES) as heard:
        time.sleep(SITES_SECONDS)
        wait_for(lambda: senders(heard) == wanted, seconds=30)
    assert set(heard.statuses) == {202}
    assert heard.unanswered == 0
    assert heard.percentile(0.99) <= gate(2, loosely=60)
    kept = stored(url)
    assert set(heard.acked) <= set(kept)
    assert senders(heard) == wanted


def senders(heard: Heard) -> set[str]:
    return {name.rpartition("-")[0] for name in list(heard.acked)}


def test_l4_ten_of_the_largest_leave_memory_and_small_ones_alone(
    taken: tuple[Service, str],
) -> None:
    one, _ = taken
    assert one.stop() == 0
    one.start(str(CD3), "serve")  # with the worker that reads them inside
    left, heard = list(large_ones(10)), Counter[int]()

    def send() -> None:
        # A slow machine has no place for some in time: they come again, as Jira's do.
        for _ in range(round(gate(1, loosely=10))):
            told = send_all(one.port, iter(left), connections=10)
            heard.update(told.statuses)
            left[:] = [each for each in left if each[0] not in told.acked]

    thread = threading.Thread(target=send)
    thread.start()
    small = send_all(one.port, named("l4-small", 100), connections=5, per_second=50)
    thread.join(120 * PATIENCE)
    assert heard[202] == 10
    assert set(heard) <= {202, 408, 503}
    assert left == []
    assert small.statuses == {202: 100}
    assert small.percentile(0.99) <= gate(1, loosely=50)
    wait_for(lambda: one.figures()["cd3_inbox_pending"] == 0, seconds=120)
    assert one.resident(most=True) <= 768 * MEGABYTE


def large_ones(number: int) -> Iterator[tuple[str, bytes]]:
    """Make deliveries of the largest size, each unlike the others.

    By turns a long text, and the many small objects that take most time and memory.
    """
    for each in range(number):
        body = b'{"webhookEvent":"none","number":%d,"long":' % each
        room = LARGEST_BODY - len(body) - len(b"[{}]}")
        if each % 2:
            body += b'"%s"}' % (b"0" * room)
        else:
            body += b"[%s{}]}" % (b'{"a":{}},' * (room // 9))
        head = (
            f"POST /webhooks/jira/{SITE} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"x-hub-signature: {sign(body, secret=SECRET)}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        yield f"large-{each}", head.encode() + body
