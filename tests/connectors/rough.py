"""A tiny real server on loopback that behaves as badly as it is told to."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.contracts.overheard import ROUGH

Behaviour = Callable[[socket.socket], None]
CRLF = b"\r\n"


@dataclass
class RoughServer:
    """Answers one connection after another by its script; the last entry repeats."""

    script: Sequence[Behaviour]
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextlib.contextmanager
def rough_server(*script: Behaviour) -> Iterator[RoughServer]:
    server = RoughServer(script)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server.port = listener.getsockname()[1]
        ROUGH.add(server.port)
        thread = threading.Thread(target=_serve, args=(server, listener, ended))
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            thread.join(timeout=100)
            ROUGH.discard(server.port)


def _serve(
    server: RoughServer, listener: socket.socket, ended: threading.Event
) -> None:
    while not ended.is_set():
        try:
            connection, _address = listener.accept()
        except TimeoutError:
            continue
        with connection:
            connection.settimeout(90)
            number = min(len(server.asked), len(server.script) - 1)
            # A client that gave up is what most of these tests are about.
            with contextlib.suppress(OSError):
                server.asked.append(_request(connection))
                server.script[number](connection)


def _request(connection: socket.socket) -> bytes:
    """Read one whole request."""
    said = b""
    while CRLF * 2 not in said:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("the client has left")
        said += part
    head, _, body = said.partition(CRLF * 2)
    for line in head.lower().split(CRLF):
        if line.startswith(b"content-length:"):
            missing = int(line.partition(b":")[2]) - len(body)
            while missing > 0:
                part = connection.recv(missing)
                if not part:
                    raise ConnectionError("the client has left")
                said, missing = said + part, missing - len(part)
    return said


def answer(status: int, body: bytes = b"{}", *headers: str) -> Behaviour:
    """Answer properly and close."""
    lines = [
        f"HTTP/1.1 {status} So it is",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]

    def behave(connection: socket.socket) -> None:
        connection.sendall(CRLF.join(line.encode() for line in [*lines, "", ""]) + body)

    return behave


def drip(head: bytes, drop: bytes, *, every: float) -> Behaviour:
    """Send a drop now and then, for longer than anybody should listen."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        ends = time.monotonic() + 90
        while time.monotonic() < ends:
            connection.sendall(drop)
            time.sleep(every)

    return behave


def silence(connection: socket.socket) -> None:
    """Say nothing until the client has gone."""
    connection.recv(1)


def cut(sent: bytes) -> Behaviour:
    """Send a part and end politely."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(sent)

    return behave


def reset(sent: bytes) -> Behaviour:
    """Send a part and reset the connection."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(sent)
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return behave
