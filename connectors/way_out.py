"""How calls leave a company's network: whose certificates count, by which proxy.

Nothing of this is taken from the environment by itself: the operator says it.
"""

import ssl
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import httpx

from connectors.access import is_named
from connectors.errors import UnreachableError

_PROXIES: Final = frozenset({"http", "https"})


class WayOutError(ValueError):
    """The certificates or the proxy that the operator named are of no use."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """The way from here to every site.

    `ca_file` holds PEM certificates that count beside the public ones; `proxy` is the
    URL that calls go through, perhaps with a name and a password; `direct` are hosts
    that are called without it.
    """

    ca_file: str = ""
    proxy: str = field(default="", repr=False)
    direct: frozenset[str] = frozenset()

    def trust(self) -> ssl.SSLContext:
        """Give the certificates that we trust: every site trusts the same."""
        return _trust(self.ca_file)

    def hop(self) -> httpx.Proxy | None:
        """Give the proxy, if there is one."""
        if not self.proxy:
            return None
        try:
            url = httpx.URL(self.proxy)
        except (httpx.InvalidURL, ValueError):
            url = httpx.URL("")
        if url.scheme not in _PROXIES or not url.host or url.raw_path != b"/":
            raise WayOutError(
                "the proxy is to be http://host:port or https://host:port, with "
                "name:password@ before the host where it asks for them"
            )
        tls = self.trust() if url.scheme == "https" else None
        return httpx.Proxy(url, ssl_context=tls)

    def is_hop(self, host: str, port: int) -> bool:
        """Say whether an address is the proxy's: where it is, the operator decides."""
        hop = self.hop()
        if hop is None:
            return False
        known = hop.url.port or {"http": 80, "https": 443}[hop.url.scheme]
        return (hop.url.host, known) == (host, port)

    def by_proxy(self, url: httpx.URL) -> bool:
        """Say whether a URL is called through the proxy."""
        return bool(self.proxy) and not is_named(url, self.direct)

    def words(self, url: httpx.URL) -> str:
        """Say for errors by which proxy a URL is called; nothing where by none."""
        hop = self.hop() if self.by_proxy(url) else None
        return f" (through the proxy {hop.url.host})" if hop else ""

    def post(
        self, url: str, *, content: bytes, headers: dict[str, str], seconds: float
    ) -> tuple[int, str]:
        """Post once to an address of our own, signed by nobody; give status and text.

        Raises UnreachableError where no answer came.
        """
        try:
            hop = self.hop() if self.by_proxy(httpx.URL(url)) else None
            with httpx.Client(
                verify=self.trust(), proxy=hop, trust_env=False, timeout=seconds
            ) as client:
                answer = client.post(url, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreachableError(str(error) or type(error).__name__) from error
        return answer.status_code, answer.text


DIRECT: Final = WayOut()


@cache
def _trust(ca_file: str) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file:
        try:
            Path(ca_file).read_bytes()  # OpenSSL's words for these do not help
            context.load_verify_locations(cafile=ca_file)
        except ssl.SSLError as error:
            raise WayOutError(f"{ca_file} holds no certificate in PEM form") from error
        except OSError as error:
            raise WayOutError(f"{ca_file} cannot be read: {error.strerror}") from error
    return context
