"""Behind a real server, what a sender says of its body's length counts for nothing."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from tests.gates import PATIENCE
from tests.webhooks.test_receiver import SECRET, Counts, Store, secrets
from webhooks.receiver import LARGEST_BODY, Receiver
from webhooks.signature import sign

BODY = b"x" * LARGEST_BODY
SLOW = 200


class Served:
    """A receiver on a port."""

    def __init__(self, body_seconds: float) -> None:
        self.store, self.counts = Store(), Counts()
        receiver = Receiver(
            secrets, self.store.accept, self.counts, body_seconds=body_seconds
        )

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await receiver({**scope, "path_params": {"site": "acme"}}, receive, send)

        config = uvicorn.Config(
            app, log_level="error", lifespan="off", loop="uvloop", http="httptools"
        )
        self.server = uvicorn.Server(config)
        self.listener = socket.create_server(("127.0.0.1", 0))

    def send(self, headers: str, body: bytes, *, leave: bool = False) -> str:
        """Send a body as it is; answers the first line of the answer."""
        port = self.listener.getsockname()[1]
        head = f"POST / HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
            connection.sendall(head)
            try:
                connection.sendall(body)
            except OSError:
                return "hung up"  # refused before all of it was read
            if leave:
                return ""
            return connection.makefile("rb").readline().decode().strip()


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """Serve; a body has a minute, or what the test gives it."""
    one = Served(getattr(request, "param", 60.0))
    thread = threading.Thread(target=one.server.run, args=([one.listener],))
    thread.start()
    until = time.monotonic() + 10 * PATIENCE
    while not one.server.started and time.monotonic() < until:
        time.sleep(0.01)
    yield one
    one.server.should_exit = True
    thread.join(10 * PATIENCE)
    one.listener.close()


def signed(body: bytes, *more: str) -> str:
    return "\r\n".join([f"x-hub-signature: {sign(body, secret=SECRET)}", *more])


def test_r14_the_largest_body_is_taken_over_the_wire(served: Served) -> None:
    length = f"content-length: {len(BODY)}"
    assert served.send(signed(BODY, length), BODY) == "HTTP/1.1 202 Accepted"
    assert [one.body == BODY for one in served.store.seen] == [True]


def test_r14_without_a_length_it_is_counted_all_the_same(served: Served) -> None:
    part = b"x" * 1_000_000
    chunks = b"%x\r\n%s\r\n" % (len(part), part) * 40 + b"0\r\n\r\n"
    chunked = "transfer-encoding: chunked"
    answer = served.send(signed(BODY, chunked), chunks)
    assert answer.startswith("HTTP/1.1 413") or answer == "hung up"
    assert [code for code, _ in served.counts.refused] == ["too_large"]
    assert served.store.seen == []


def test_r14_a_length_that_lies_stores_nothing(served: Served) -> None:
    body = b"x" * 2_000
    short = served.send(signed(body, "content-length: 1000"), body)
    assert short.startswith("HTTP/1.1 40")
    served.send(signed(body, "content-length: 3000"), body, leave=True)
    until = time.monotonic() + 5 * PATIENCE
    while not served.counts.left and time.monotonic() < until:
        time.sleep(0.01)
    assert served.counts.left == 1
    assert served.store.seen == []


def test_r14_a_packed_body_is_never_unpacked(served: Served) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    packed = ("content-encoding: gzip", f"content-length: {len(bomb)}")
    assert served.send(signed(bomb, *packed), bomb).startswith("HTTP/1.1 415")
    assert served.store.seen == []


@pytest.mark.parametrize("served", [5.0], indirect=True)
def test_r15_slow_bodies_are_cut_off_and_hold_up_nobody(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    address = ("127.0.0.1", served.listener.getsockname()[1])
    head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nx"
    with ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(address, timeout=120))
            for _ in range(SLOW)
        ]
        for one in slow:
            one.sendall(head)
        body = b"quick"
        quick = served.send(signed(body, f"content-length: {len(body)}"), body)
        assert quick == "HTTP/1.1 202 Accepted"
        assert len(served.counts.refused) < SLOW  # of whom none was waited for
        for one in slow:
            assert one.recv(100).startswith(b"HTTP/1.1 408")
    assert served.counts.refused == [("too_slow", served.counts.refused[0][1])] * SLOW
    assert len(caplog.records) <= SLOW


def test_r17_senders_that_leave_leave_no_traceback(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        served.send(signed(b"x", "content-length: 100"), b"x", leave=True)
    until = time.monotonic() + 10 * PATIENCE
    while served.counts.left < 20 and time.monotonic() < until:
        time.sleep(0.01)
    assert served.counts.left == 20
    assert caplog.records == []
