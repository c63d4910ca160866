"""A TCP proxy that falls silent when told to: it hangs up on nobody, and says nothing.

So it looks when a server is frozen, or when what stands between passes nothing on.
"""

import select
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.engine import URL, make_url

LOOK_SECONDS = 0.02


class Proxy(socketserver.ThreadingTCPServer):
    """Stands before a database's server; `url` is the way through the proxy."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, there: URL) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.server = (there.host or "127.0.0.1", there.port or 5432)
        port = int(self.server_address[1])
        here = there.set(host="127.0.0.1", port=port)
        self.url = here.render_as_string(hide_password=False)
        self.silent = threading.Event()
        self.ended = threading.Event()


class Passing(socketserver.BaseRequestHandler):
    """Passes on what two sides say to each other."""

    server: Proxy

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(self.server.server) as there:
            sides = {self.request: there, there: self.request}
            while not self.server.ended.is_set():
                if self.server.silent.is_set():
                    time.sleep(LOOK_SECONDS)
                    continue
                for side in select.select(sides, (), (), LOOK_SECONDS)[0]:
                    part = side.recv(65_536)
                    if not part:
                        return
                    sides[side].sendall(part)


@contextmanager
def before(url: str) -> Iterator[Proxy]:
    """Stand before a database's server."""
    with Proxy(make_url(url)) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.ended.set()
            proxy.shutdown()
            thread.join(10)
