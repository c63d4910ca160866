"""The pretend site on a port: in this process, or in a thread of it."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

import uvicorn

from connectors.sandbox.app import Sandbox
from connectors.sandbox.faults.line import BreakableProtocol

STARTS_WITHIN: Final = 60.0
GRACE: Final = 3
# Below those that a system hands out by itself: until whoever asked for a port listens
# there, nobody else is given it. Each process goes through them from another one on.
_PORTS: Final = range(20_000, 32_000)
_turns = count(os.getpid() * 331)


def free_port(host: str = "127.0.0.1") -> int:
    """Find a port that nobody listens on; `OSError` where there is none."""
    for _ in _PORTS:
        port = _PORTS[next(_turns) % len(_PORTS)]
        try:
            with socket.create_server((host, port)):
                return port
        except OSError:
            continue
    raise OSError("no port is free")


def serve(
    sandbox: Sandbox, host: str, port: int, *, ready: Callable[[], None] | None = None
) -> None:
    """Serve until somebody stops the process; `OSError` where the port is taken.

    `ready` is called once the URL is known and connections are taken in.
    """
    with socket.create_server((host, port)) as listener:
        sandbox.state.url = _url(listener)
        if ready is not None:
            ready()
        try:
            _server(sandbox).run(sockets=[listener])
        finally:
            sandbox.close()


@contextmanager
def in_thread(
    sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0
) -> Iterator[str]:
    """Serve in a thread, give the URL, and stop cleanly afterwards."""
    listener = socket.create_server((host, port))
    sandbox.state.url = _url(listener)
    server = _server(sandbox)
    run = {"sockets": [listener]}
    thread = threading.Thread(target=server.run, kwargs=run, name="sandbox")
    thread.start()
    try:
        _wait(server, thread)
        yield sandbox.state.url
    finally:
        server.should_exit = True
        thread.join(timeout=STARTS_WITHIN)
        listener.close()
        sandbox.close()


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def _server(sandbox: Sandbox) -> uvicorn.Server:
    config = uvicorn.Config(
        sandbox.app,
        http=BreakableProtocol,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30,
    )
    return uvicorn.Server(config)


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise TimeoutError("the sandbox did not start; is its port taken?")
        time.sleep(0.01)
