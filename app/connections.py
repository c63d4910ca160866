"""Ways to the sites: one wire a site, opened when first needed, renewed on change."""

import threading
from collections.abc import Callable

from app.books.sites import Site, SiteSecrets
from connectors.access import SiteAccess
from connectors.call import Call
from connectors.confluence import Confluence
from connectors.jira import Jira
from connectors.wire import Wire


class Connections:
    """Opens the way to a site once and keeps it until the site changes."""

    def __init__(
        self,
        *,
        allowed_hosts: tuple[str, ...] = (),
        observe: Callable[[Call], None] | None = None,
    ) -> None:
        self._allowed = frozenset(allowed_hosts)
        self._observe = observe
        self._open: dict[str, tuple[SiteAccess, Wire, Jira, Confluence]] = {}
        self._lock = threading.Lock()

    def __call__(self, site: Site, secrets: SiteSecrets) -> tuple[Jira, Confluence]:
        """Connect to a site's Jira and Confluence."""
        access = SiteAccess(
            url=site.url,
            confluence_url=site.confluence_url,
            email=site.email,
            token=secrets.api_token,
            allowed_hosts=self._allowed,
        )
        with self._lock:
            known = self._open.get(site.id)
            if known is None or known[0] != access:
                # A call may still run on the old wire: it ends with its last user.
                wire = Wire(access, observe=self._observe or _unobserved)
                known = (
                    access,
                    wire,
                    Jira(wire),
                    Confluence(wire, site.confluence_url),
                )
                self._open[site.id] = known
        return known[2], known[3]

    def close(self) -> None:
        """Close all ways."""
        with self._lock:
            for _, wire, _, _ in self._open.values():
                wire.close()
            self._open.clear()


def _unobserved(_call: Call) -> None:
    """Count nothing."""
