"""A site's URLs and credentials, and which hosts we call at all."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

import httpx

from connectors.addresses import is_address, is_forbidden
from connectors.errors import RefusedError
from connectors.signers import Basic, SignedBy, Signer

_PORTS: Final = {"http": 80, "https": 443}
_PORT: Final = re.compile(r":[0-9]+$")
_METADATA_NAMES: Final = frozenset({"metadata.google.internal", "metadata"})


@dataclass(frozen=True, slots=True)
class SiteAccess:
    """One Atlassian site as we reach it.

    Both URLs may contain a path (Confluence's `/wiki`, a gateway's `/ex/jira/…`).
    `allowed_hosts` are `host` (https) or `host:port`, called beside Atlassian's own.
    Without a `signer`, e-mail address and API token sign the calls. A
    `confluence_signer` signs those below `confluence_url` in its place, and none below
    `url`.
    """

    url: str
    confluence_url: str
    email: str = ""
    token: str = field(default="", repr=False)
    allowed_hosts: frozenset[str] = frozenset()
    signer: Signer | None = field(default=None, repr=False)
    confluence_signer: Signer | None = field(default=None, repr=False)

    def auth(self, url: httpx.URL) -> httpx.Auth:
        """Sign a request to a URL as this account."""
        return SignedBy(self._signer(url).header())

    def renew(self, refused: httpx.Request) -> bool:
        """Hear that the site did not accept how a request was signed.

        Say whether it may be signed anew.
        """
        signer = self._signer(refused.url)
        return signer.renew(refused.headers.get("Authorization", ""))

    def _signer(self, url: httpx.URL) -> Signer:
        if self.confluence_signer is not None and self._is_confluence(url):
            return self.confluence_signer
        return self.signer or Basic(self.email, self.token)

    def _is_confluence(self, url: httpx.URL) -> bool:
        """Say whose a URL is: where one product stands below the other, the nearer's.

        What nobody can tell apart is Jira's.
        """
        jira, wiki = httpx.URL(self.url), httpx.URL(self.confluence_url)
        if not self.confluence_url or not _below(url, wiki):
            return False
        return not _below(url, jira) or len(_path(wiki)) > len(_path(jira))

    def is_own(self, url: httpx.URL) -> bool:
        """Say whether the URL is below one of the site's two: only there we sign in."""
        return any(_below(url, httpx.URL(base)) for base in self._bases())

    def _bases(self) -> tuple[str, ...]:
        return tuple(base for base in (self.url, self.confluence_url) if base)


def read_url(text: str, *, allowed_hosts: frozenset[str]) -> httpx.URL:
    """Read a site URL, or raise RefusedError saying what is wrong with it."""
    if "\\" in text or any(ord(sign) <= ord(" ") for sign in text):
        raise _refusal(text, "it contains a backslash, a blank or a control sign")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise _refusal(text, f"it is not a URL ({error})") from error
    if url.userinfo or "@" in text:
        raise _refusal(f"{url.scheme}://{url.host}", "credentials stand in it")
    if problem := _problem(url, allowed_hosts):
        raise _refusal(text, problem)
    return url


def same_address(one: str, other: str) -> bool:
    """Say whether two URLs are one address, however they are written."""
    return httpx.URL(one) == httpx.URL(other)


def is_atlassian(host: str) -> bool:
    """Say whether the host is one of Atlassian's own."""
    return host in {"api.atlassian.com", "auth.atlassian.com"} or (
        host.endswith(".atlassian.net") and host.count(".") == 2  # noqa: PLR2004 - x.atlassian.net, no deeper
    )


def is_listed(url: httpx.URL, allowed_hosts: frozenset[str]) -> bool:
    """Say whether the operator allows this host, port and scheme.

    A host alone is allowed over https. Over http, in clear text, goes only what names
    its port too, or what stays on this machine.
    """
    if url.scheme != "https" and not _is_loopback(url.host):
        ported = frozenset(name for name in allowed_hosts if _PORT.search(name.strip()))
        return is_named(url, ported)
    return is_named(url, allowed_hosts)


def is_named(url: httpx.URL, allowed_hosts: frozenset[str]) -> bool:
    """Say whether host and port are among these, the scheme's own port untold."""
    port = url.port or _PORTS.get(url.scheme, 0)
    names = {f"{url.host}:{port}", f"[{url.host}]:{port}"}
    if port == _PORTS.get(url.scheme):
        names.add(url.host)
    return bool(names & {name.strip().lower() for name in allowed_hosts})


def _problem(url: httpx.URL, allowed_hosts: frozenset[str]) -> str:
    """Say why this URL is not called, or nothing."""
    if url.scheme not in _PORTS or not url.host:
        return "it does not begin with https:// and a host"
    if url.host.endswith("."):
        return "its host ends in a dot"
    if url.host in _METADATA_NAMES or _is_forbidden(url.host):
        return "link-local and metadata addresses are never called"
    if is_listed(url, allowed_hosts):
        return ""
    return _problem_unlisted(url, allowed_hosts)


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def _problem_unlisted(url: httpx.URL, allowed_hosts: frozenset[str]) -> str:
    port = url.port or _PORTS[url.scheme]
    if is_named(url, allowed_hosts):
        return (
            f"in CD3_ALLOWED_HOSTS a host alone is called over https; over http its "
            f"credentials go in clear text. If that must be, let the operator list "
            f"{url.host}:{port}"
        )
    if not is_atlassian(url.host) or port != _PORTS["https"]:
        return (
            f"{url.host}:{port} is not one of Atlassian's hosts; if it is yours, "
            f"let the operator add it to CD3_ALLOWED_HOSTS"
        )
    if url.scheme != "https":
        return "Atlassian's hosts are called over https only"
    return ""


def _is_forbidden(host: str) -> bool:
    return is_address(host) and is_forbidden(host)


def _below(url: httpx.URL, base: httpx.URL) -> bool:
    same = (url.scheme, url.host, url.port) == (base.scheme, base.host, base.port)
    return same and f"{url.path}/".startswith(_path(base))


def _path(base: httpx.URL) -> str:
    return f"{base.path.rstrip('/')}/"


def _refusal(url: str, problem: str) -> RefusedError:
    return RefusedError(f"{url[:200]!r} is not called: {problem}.")
