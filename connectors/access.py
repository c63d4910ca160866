"""A site's URLs and credentials, and which hosts we call at all."""

from dataclasses import dataclass, field
from typing import Final

import httpx

from connectors.addresses import is_address, is_forbidden
from connectors.errors import RefusedError

_PORTS: Final = {"http": 80, "https": 443}
_METADATA_NAMES: Final = frozenset({"metadata.google.internal", "metadata"})


@dataclass(frozen=True, slots=True)
class SiteAccess:
    """One Atlassian site as we reach it.

    Both URLs may contain a path (Confluence's `/wiki`, a gateway's `/ex/jira/…`).
    `allowed_hosts` are `host` or `host:port`, called beside Atlassian's own.
    """

    url: str
    confluence_url: str
    email: str
    token: str = field(repr=False)
    allowed_hosts: frozenset[str] = frozenset()

    def auth(self) -> httpx.Auth:
        """Sign a request as this account: e-mail address and API token."""
        return httpx.BasicAuth(self.email, self.token)

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


def is_atlassian(host: str) -> bool:
    """Say whether the host is one of Atlassian's own."""
    return host == "api.atlassian.com" or (
        host.endswith(".atlassian.net") and host.count(".") == 2  # noqa: PLR2004 - x.atlassian.net, no deeper
    )


def is_listed(url: httpx.URL, allowed_hosts: frozenset[str]) -> bool:
    """Say whether host and port are among those that the operator allows."""
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
    return _problem_unlisted(url)


def _problem_unlisted(url: httpx.URL) -> str:
    port = url.port or _PORTS[url.scheme]
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
    return same and f"{url.path}/".startswith(f"{base.path.rstrip('/')}/")


def _refusal(url: str, problem: str) -> RefusedError:
    return RefusedError(f"{url[:200]!r} is not called: {problem}.")
