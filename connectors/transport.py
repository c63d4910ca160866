"""The network under the wire: a deadline on every byte, a look at every address.

Time-outs of a socket start anew with each byte, so an answer that drips never ends by
them. Here each read and write gets what is left of the whole attempt's time.
"""

import math
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from queue import Empty, SimpleQueue
from typing import Any, Final

import httpcore
import httpx

from connectors.access import SiteAccess, is_listed
from connectors.addresses import is_forbidden, is_public
from connectors.deadline import seconds_left
from connectors.way_out import WayOut

_SLICE: Final = 64 * 1024

_RESOLVING: Final = threading.BoundedSemaphore(32)

Resolve = Callable[[str, int], list[str]]
# Who is told of each request of this process, as it leaves.
_WATCHERS: list[Callable[[httpx.Request], None]] = []

Options = Iterable[httpcore.SOCKET_OPTION] | None


@contextmanager
def watched(by: Callable[[httpx.Request], None]) -> Iterator[None]:
    """Tell somebody of every request that goes over a wire in here, in any thread.

    For traces and tests: what is told is signed, and must not be kept.
    """
    _WATCHERS.append(by)
    try:
        yield
    finally:
        _WATCHERS.remove(by)


def _tell(request: httpx.Request) -> None:
    for watcher in tuple(_WATCHERS):
        watcher(request)


def time_left(timeout: float | None, late: type[Exception]) -> float | None:
    """Cut a time-out to what is left, or raise `late` when nothing is."""
    left = seconds_left()
    if left <= 0:
        raise late("the time for this call is over")
    if left == math.inf:
        return timeout
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


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _in_time(
    resolve: Callable[[], list[str]], host: str, timeout: float | None
) -> list[str]:
    """Resolve, and wait no longer than there is time: no resolver takes a time-out.

    One that is late ends by itself, in a thread that nobody waits for; so many may be
    under way at once, and more wait for their turn.
    """
    left = time_left(timeout, httpcore.ConnectTimeout)
    came: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            came.put(resolve())
        except OSError as error:
            came.put(error)
        finally:
            _RESOLVING.release()

    if not _RESOLVING.acquire(timeout=left):
        raise httpcore.ConnectTimeout(f"{host} is not resolved: too many names wait")
    threading.Thread(target=ask, name="resolve", daemon=True).start()
    left = time_left(timeout, httpcore.ConnectTimeout)
    try:
        found = came.get(timeout=left)
    except Empty:
        raise httpcore.ConnectTimeout(f"{host} is not resolved in time") from None
    if isinstance(found, OSError):
        raise found
    return found


class CheckedNetwork(httpcore.NetworkBackend):
    """Resolves once, looks at every address, and connects to one that was looked at.

    So a name that answers differently the second time reaches nothing else.
    """

    def __init__(
        self, *, is_listed: Callable[[str, int], bool], resolve: Resolve = _resolve
    ) -> None:
        self._inner = httpcore.SyncBackend()
        self._is_listed = is_listed
        self._resolve = resolve

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
        for address in self._addresses(host, port, timeout):
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

    def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            found = _in_time(lambda: self._resolve(host, port), host, timeout)
        except OSError as error:
            raise httpcore.ConnectError(
                f"{host} cannot be resolved: {error}"
            ) from error
        addresses = list(dict.fromkeys(found))
        listed = self._is_listed(host, port)
        for address in addresses:
            if is_forbidden(address) or not (listed or is_public(address)):
                raise httpcore.UnsupportedProtocol(
                    f"{host} leads to {address}, which is not called"
                )
        return addresses


class ForkedPool(httpcore.HTTPProxy):
    """Connections through a proxy, but for the hosts that are called directly."""

    def __init__(self, *, by_proxy: Callable[[str], bool], **more: Any) -> None:
        super().__init__(**more)
        self._by_proxy = by_proxy

    def create_connection(
        self, origin: httpcore.Origin
    ) -> httpcore.ConnectionInterface:
        """Connect to the proxy, or past it."""
        if self._by_proxy(str(origin)):
            return super().create_connection(origin)
        return httpcore.ConnectionPool.create_connection(self, origin)


class TimedTransport(httpx.HTTPTransport):
    """httpx's transport over the checked network, deaf to the environment."""

    def __init__(
        self,
        *,
        limits: httpx.Limits,
        is_listed: Callable[[str, int], bool],
        way_out: WayOut,
    ) -> None:
        context = way_out.trust()
        super().__init__(verify=context, trust_env=False, limits=limits)
        known: dict[str, Any] = {
            "ssl_context": context,
            "max_connections": limits.max_connections,
            "max_keepalive_connections": limits.max_keepalive_connections,
            "keepalive_expiry": limits.keepalive_expiry,
            "network_backend": CheckedNetwork(is_listed=is_listed),
        }
        # httpx does not let one choose the network; the version is pinned.
        self._pool = _pool(way_out, known)


def _pool(way_out: WayOut, known: Mapping[str, Any]) -> httpcore.ConnectionPool:
    hop = way_out.hop()
    if hop is None:
        return httpcore.ConnectionPool(**known)
    return ForkedPool(
        by_proxy=lambda origin: way_out.by_proxy(httpx.URL(origin)),
        proxy_url=str(hop.url),
        proxy_auth=hop.raw_auth,
        proxy_ssl_context=hop.ssl_context,
        **known,
    )


def open_client(
    access: SiteAccess, timeouts: httpx.Timeout, user_agent: str, way_out: WayOut
) -> httpx.Client:
    """Open a site's client: no cookies, redirects, or proxies of the environment.

    Through a proxy, names are resolved by the proxy: of the addresses they lead to, we
    see none.
    """

    def listed(host: str, port: int) -> bool:
        if way_out.is_hop(host, port):
            return True
        known = access.allowed_hosts
        return any(
            is_listed(httpx.URL(scheme=scheme, host=host, port=port), known)
            for scheme in ("https", "http")
        )

    limits = httpx.Limits(max_connections=20, max_keepalive_connections=10)
    return httpx.Client(
        transport=TimedTransport(limits=limits, is_listed=listed, way_out=way_out),
        timeout=timeouts,
        # No cookies: a session of theirs would let Jira answer as to a browser.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        },
        trust_env=False,
        follow_redirects=False,
        event_hooks={"request": [_tell]},
    )
