"""Ways to the sites: one wire a site, opened when first needed, renewed on change."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from app.books.sites import Site, SiteSecrets
from app.books.tokens import TokenBooks
from app.consent import Consent
from app.errors import ConfigurationError
from app.tokens import Renewed
from connectors.access import SiteAccess
from connectors.call import Call
from connectors.clients import AnyJira, open_clients
from connectors.confluence import Confluence
from connectors.gate import Manners
from connectors.kind import Kind, SiteKind, ask_kind, default_confluence, known_kind
from connectors.limits import Limits
from connectors.oauth import Client, find_cloud_id, told_cloud_id
from connectors.patience import Patience
from connectors.signers import Basic, Bearer, Nobody, Signer
from connectors.way_out import DIRECT, WayOut
from connectors.ways import Way
from connectors.wire import Wire

AUTH_URL: Final = "https://auth.atlassian.com"
GATEWAY_URL: Final = "https://api.atlassian.com"
# A token endpoint is asked while others wait: it answers soon, or later.
_SHORT: Final = Patience(attempt=15.0, whole=30.0, attempts=3)


def _unobserved(_site: str, _call: Call) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True)
class Atlassian:
    """Where Atlassian signs people in, and where its gateway is."""

    auth_url: str = AUTH_URL
    gateway_url: str = GATEWAY_URL


@dataclass(frozen=True, slots=True)
class _Open:
    """An open way, for as long as the books say the same of the site."""

    site: Site
    tokens: tuple[str, str]
    kind: SiteKind
    wire: Wire
    jira: AnyJira
    confluence: Confluence


class Connections:
    """Opens the way to a site once and keeps it until the site changes.

    `observe` is told of every call and its site; `limits` gives what all workers of a
    site share, without it each process keeps to limits of its own.
    """

    def __init__(  # noqa: PLR0913 - it joins the parts, all named
        self,
        *,
        allowed_hosts: tuple[str, ...] = (),
        observe: Callable[[str, Call], None] | None = None,
        limits: Callable[[str], Limits] | None = None,
        manners: Manners | None = None,
        tokens: TokenBooks | None = None,
        atlassian: Atlassian | None = None,
        way_out: WayOut = DIRECT,
    ) -> None:
        self._allowed = frozenset(allowed_hosts)
        self._observe = observe or _unobserved
        self._limits = limits
        self._manners = manners
        self._tokens = tokens
        self.atlassian = atlassian or Atlassian()
        self._way_out = way_out
        self._open: dict[str, _Open] = {}
        self._left: list[Wire] = []
        self._clouds: dict[str, str] = {}
        self._lock = threading.Lock()

    def __call__(self, site: Site, secrets: SiteSecrets) -> tuple[AnyJira, Confluence]:
        """Connect to a site's Jira and Confluence.

        Where nobody knows yet what the site is, or its id behind the gateway, it is
        asked; that may raise the connectors' errors.
        """
        with self._lock:
            known = self._open.get(site.id)
        if known is None or not _leads(known, site, secrets):
            # A call may still run on the old wire: it is closed with all the others.
            known = self._fresh(site, secrets)
            with self._lock:
                if before := self._open.get(site.id):
                    self._left.append(before.wire)
                self._open[site.id] = known
        return known.jira, known.confluence

    def access(self, site: Site, secrets: SiteSecrets) -> SiteAccess:
        """Tell where a site is called, and how calls are signed."""
        url, confluence_url = site.url, site.confluence_url
        if site.credential.way.by_gateway:
            url, confluence_url = self._behind_gateway(site)
        return SiteAccess(
            url=url,
            confluence_url=confluence_url,
            allowed_hosts=self._allowed,
            signer=self._signer(site, secrets),
            confluence_signer=_confluence_signer(site, secrets),
        )

    def _behind_gateway(self, site: Site) -> tuple[str, str]:
        """Say where the gateway has both products.

        Its Confluence is reached with `/wiki` and without, as callers report: where a
        site's own URL for it is one of the gateway's, it is taken as it is.
        """
        gateway, cloud = self.atlassian.gateway_url.rstrip("/"), self.cloud_id(site)
        url, front = f"{gateway}/ex/jira/{cloud}", f"{gateway}/ex/confluence/"
        given = site.confluence_url if site.confluence_url.startswith(front) else ""
        return url, given or f"{front}{cloud}/wiki"

    def line(self, site: Site, secrets: SiteSecrets) -> Wire:
        """Open a wire of one's own to a site's Jira; whoever asks closes it."""
        return self._wire(site, self.access(site, secrets))

    def cloud_id(self, site: Site) -> str:
        """Find the id by which the gateway knows a site: asked once a process.

        A site whose URL is one of the gateway's is not asked: there it tells the id.
        """
        told = told_cloud_id(site.url, self.atlassian.gateway_url)
        known = told or self._clouds.get(site.url)
        if known is None:
            with self.open(site.url, name=site.id) as wire:
                known = self._clouds[site.url] = find_cloud_id(wire)
        return known

    def consent(self, site: Site, secrets: SiteSecrets) -> Consent:
        """Prepare to ask for a person's consent that we work in their name."""
        return Consent(
            site=site,
            client=Client(site.email, secrets.api_token),
            books=self._books(),
            auth_url=self.atlassian.auth_url,
            gateway_url=self.atlassian.gateway_url,
            open_wire=self.open,
            cloud_id=self.cloud_id,
        )

    def open(self, url: str, signer: Signer | None = None, name: str = "") -> Wire:
        """Open a wire to one address, signed by nobody unless told.

        `name` is the site that its calls are counted for.
        """
        access = SiteAccess(url, "", "", "", self._allowed, signer or Nobody())
        observe = partial(self._observe, name)
        return Wire(access, patience=_SHORT, observe=observe, way_out=self._way_out)

    def close(self) -> None:
        """Close all ways."""
        with self._lock:
            for wire in (*self._left, *(one.wire for one in self._open.values())):
                wire.close()
            self._open.clear()
            self._left.clear()

    def _fresh(self, site: Site, secrets: SiteSecrets) -> _Open:
        access = self.access(site, secrets)
        kind = self._kind(site, access)
        url = access.confluence_url or _wiki_url(site, kind)
        wire = self._wire(site, replace(access, confluence_url=url), kind.myself)
        jira, confluence = open_clients(wire, kind, url)
        kept = _lasting(settled(site, kind))
        return _Open(kept, _tokens(secrets), kind, wire, jira, confluence)

    def _kind(self, site: Site, access: SiteAccess) -> SiteKind:
        """Take it from the books or from the host's name; else ask."""
        if site.kind:
            return SiteKind(Kind(site.kind), site.product_version)
        if (known := known_kind(site.url)) is not None:
            return known
        with self._wire(site, access) as wire:
            return ask_kind(wire)

    def _wire(self, site: Site, access: SiteAccess, myself: str = "") -> Wire:
        return Wire(
            access,
            myself=myself,
            limits=self._limits(site.id) if self._limits else None,
            manners=self._manners_at(site),
            observe=partial(self._observe, site.id),
            way_out=self._way_out,
        )

    def _manners_at(self, site: Site) -> Manners | None:
        """Keep the site's own pace, where it has one."""
        if site.writes_per_second is None:
            return self._manners
        manners = self._manners or Manners()
        return replace(manners, writes_per_second=site.writes_per_second)

    def _signer(self, site: Site, secrets: SiteSecrets) -> Signer:
        way = site.credential.way
        if way.renewed:
            client = Client(site.email, secrets.api_token)
            return Renewed(site, client, self._books(), self._endpoint)
        if way is Way.PERSONAL_TOKEN:
            return Bearer(secrets.api_token)
        return Basic(site.email, secrets.api_token)

    def _books(self) -> TokenBooks:
        if self._tokens is None:
            raise ConfigurationError(
                "There are no books to keep this site's tokens in."
            )
        return self._tokens

    def _endpoint(self, site: Site) -> Wire:
        data_center = site.credential.way is Way.DATA_CENTER_SERVICE_ACCOUNT
        url = site.url if data_center else self.atlassian.auth_url
        return self.open(url, name=site.id)


def _tokens(secrets: SiteSecrets) -> tuple[str, str]:
    return secrets.api_token, secrets.confluence_token


def _confluence_signer(site: Site, secrets: SiteSecrets) -> Signer | None:
    """Give Confluence's own token, where it has one; never Jira's in its place."""
    if not site.credential.confluence_token:
        return None
    own = secrets.confluence_token
    return Bearer(own) if own else Nobody()


def _leads(known: _Open, site: Site, secrets: SiteSecrets) -> bool:
    """Say whether an open way still fits: what the site said of itself is no news."""
    kept = _lasting(settled(site, known.kind))
    same = (known.site, known.tokens) == (kept, _tokens(secrets))
    return same and _fits(site, known.kind)


def _lasting(site: Site) -> Site:
    """Leave out what may change without another way being needed."""
    told = replace(site, account_id="", kind="", product_version="", version=0)
    return replace(told, state="", state_reason="")


def _fits(site: Site, known: SiteKind) -> bool:
    return site.kind in ("", known.kind) and site.product_version in ("", known.version)


def settled(site: Site, kind: SiteKind) -> Site:
    """Add to a site what it said of itself, and where its Confluence then is."""
    return replace(
        site,
        kind=str(kind.kind),
        product_version=kind.version,
        confluence_url=site.confluence_url or _wiki_url(site, kind),
    )


def _wiki_url(site: Site, kind: SiteKind) -> str:
    """Say where Confluence is; a Data Center's must be given."""
    return default_confluence(site.url) if kind.kind is Kind.CLOUD else ""
