"""The network under the wire: a deadline on every byte, a look at every address.

Time-outs of a socket start anew with each byte, so an answer that drips never ends by
them. Here each read and write gets what is left of the whole attempt's time.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

import httpcore
import httpx

from connectors.addresses import is_forbidden, is_public

_SLICE: Final = 64 * 1024
_ENDS: ContextVar[float | None] = ContextVar("ends", default=None)

Options = Iterable[httpcore.SOCKET_OPTION] | None


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give all that this thread reads and writes in here so many seconds together."""
    before = _ENDS.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ENDS.reset(before)


def time_left(timeout: float | None, late: type[Exception]) -> float | None:
    """Cut a time-out to what is left, or raise `late` when nothing is."""
    ends = _ENDS.get()
    if ends is None:
        return timeout
    left = ends - time.monotonic()
    if left <= 0:
        raise late("the time for this call is over")
    return left if timeout is None else min(timeout, left)


class TimedStream(httpcore.NetworkStream):
    """A stream whose reads and writes end with the attempt."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has come."""
        timeout = time_left(timeout, httpcore.ReadTimeout)
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write in slices, for a slow reader would stretch one long write."""
        for start in range(0, len(buffer), _SLICE):
            left = time_left(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + _SLICE], left)

    def close(self) -> None:
        """Close."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on encrypted."""
        timeout = time_left(timeout, httpcore.ConnectTimeout)
        return TimedStream(
            self._stream.start_tls(ssl_context, server_hostname, timeout)
        )

    def get_extra_info(self, info: str) -> Any:
        """Tell of the socket."""
        return self._stream.get_extra_info(info)


class CheckedNetwork(httpcore.NetworkBackend):
    """Resolves once, looks at every address, and connects to one that was looked at.

    So a name that answers differently the second time reaches nothing else.
    """

    def __init__(self, *, is_listed: Callable[[str, int], bool]) -> None:
        self._inner = httpcore.SyncBackend()
        self._is_listed = is_listed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Options = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            left = time_left(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._inner.connect_tcp(
                    address, port, left, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return TimedStream(stream)
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(
                f"{host} cannot be resolved: {error}"
            ) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        listed = self._is_listed(host, port)
        for address in addresses:
            if is_forbidden(address) or not (listed or is_public(address)):
                raise httpcore.UnsupportedProtocol(
                    f"{host} leads to {address}, which is not called"
                )
        return addresses


@cache
def _trust() -> ssl.SSLContext:
    """Read the certificates that we trust, once: every site trusts the same."""
    return httpx.create_ssl_context(trust_env=False)


class TimedTransport(httpx.HTTPTransport):
    """httpx's transport over the checked network, deaf to the environment."""

    def __init__(
        self, *, limits: httpx.Limits, is_listed: Callable[[str, int], bool]
    ) -> None:
        context = _trust()
        super().__init__(verify=context, trust_env=False, limits=limits)
        # httpx does not let one choose the network; the version is pinned.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=CheckedNetwork(is_listed=is_listed),
        )
