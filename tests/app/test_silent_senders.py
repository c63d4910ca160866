"""Senders that say nothing, or their headers slowly, hold up no good delivery."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from bench.intake import fill
from tests.gates import gate
from tests.receiving import Service, assert_kept, named, send_all, service
from tests.world import wait_for

SILENT = 50
MOST_CONNECTIONS = 1_024
BEGUN = b"POST /webhooks/jira/bench HTTP/1.1\r\nhost: x\r\nx-hub-signature: sha"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """Have a receiver that a whole module's tests connect to."""
    folder = tmp_path_factory.mktemp("silent")
    url = f"sqlite:///{folder / 'cd3.db'}"
    fill(url)
    with service(folder, url) as one:
        one.start()
        yield one, url


@contextmanager
def connected(port: int, number: int, begun: bytes = b"") -> Iterator[None]:
    """Have so many connections that get no further, until the block ends."""
    with ExitStack() as stack:
        for _ in range(number):
            at = ("127.0.0.1", port)
            one = stack.enter_context(socket.create_connection(at, timeout=100))
            one.sendall(begun)
        yield


@contextmanager
def many_files(number: int) -> Iterator[None]:
    """Let this process open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY not in {soft, hard} and hard < number:
        pytest.skip(f"this process may not open {number} files")
    if soft != resource.RLIM_INFINITY and soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("begun", [b"", BEGUN], ids=["silent", "slow headers"])
def test_r16_who_says_nothing_holds_up_no_good_delivery(
    served: tuple[Service, str], begun: bytes
) -> None:
    one, url = served
    name = f"good-{len(begun)}"
    alone = send_all(one.port, named(f"{name}-alone", 300))
    with connected(one.port, SILENT, begun):
        began = time.monotonic()
        beside = send_all(one.port, named(name, 300))
        took = time.monotonic() - began
    assert alone.statuses == beside.statuses == {202: 300}
    assert took < gate(10, loosely=100)
    # At once: as quick as without them, and a slow machine's pauses.
    times, more = gate(3, loosely=10), gate(0.1, loosely=2)
    assert beside.percentile(0.5) < times * alone.percentile(0.5) + more
    assert_kept(url, beside)


def test_r16_the_silent_are_bounded_and_leave_no_trace(
    served: tuple[Service, str],
) -> None:
    one, url = served
    with many_files(2 * MOST_CONNECTIONS):
        files = one.open_files()
        with connected(one.port, MOST_CONNECTIONS - 40):
            full = send_all(one.port, named("nearly", 20), connections=5)
            assert full.statuses == {202: 20}
            with connected(one.port, 60):
                over = send_all(one.port, named("over", 20), connections=5)
                assert over.statuses == {503: 20}
    wait_for(lambda: one.open_files() <= files + 5, seconds=10)
    after = send_all(one.port, named("after", 20), connections=5)
    assert after.statuses == {202: 20}
    assert_kept(url, after)
