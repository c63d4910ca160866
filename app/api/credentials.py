"""Read from what REST takes how we shall sign in at a site."""

from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import SecretStr

from app.api.problems import Fault, invalid
from app.api.site_schemas import ChangedSite, NewSite, SiteInput
from app.books.sites import Credential, Site
from connectors.access import same_address

CONFLUENCE_TOKEN: Final = "/credentials/confluence_token"  # noqa: S105 - a pointer


@dataclass(frozen=True, slots=True)
class WayIn:
    """How we shall sign in; no secret means that the one we have stays.

    `confluence_secret` is Confluence's own, where it has one.
    """

    name: str
    credential: Credential
    secret: str | None = field(repr=False)
    confluence_secret: str | None = field(repr=False, default=None)


def dated(before: Site, way_in: WayIn, kept: str) -> Credential:
    """Forget when the old secret ends where a new one comes without a new date."""
    same = way_in.secret in {None, kept}
    if same or way_in.credential.expires_at != before.credential.expires_at:
        return way_in.credential
    return replace(way_in.credential, expires_at=None)


def new_way_in(body: NewSite) -> WayIn:
    """Read how we sign in at a new site: by `credentials`, or by their short form."""
    given = body.credentials
    if given is None:
        faults = [
            Fault(f"/{name}", "missing", "give it, or `credentials`")
            for name in ("email", "api_token")
            if getattr(body, name) is None
        ]
        if faults:
            raise invalid(*faults)
        return WayIn(body.email or "", Credential(), _plain(body.api_token))
    if body.email not in {None, given.name}:
        raise invalid(_twice("/email"))
    pointer = f"/credentials/{given.secret_field}"
    secret = _secret(body, pointer)
    if secret is None:
        raise invalid(Fault(pointer, "missing", "a new site needs it"))
    own = given.confluence_secret
    return WayIn(given.name, given.credential(), secret, own)


def changed_way_in(before: Site, body: ChangedSite) -> WayIn:
    """Read how we shall sign in at a site that we know."""
    given = body.credentials
    if given is None:
        name = body.email or before.email
        return WayIn(name, before.credential, _plain(body.api_token))
    pointer = f"/credentials/{given.secret_field}"
    secret, credential = _secret(body, pointer), given.credential()
    if secret is None and credential.way is not before.credential.way:
        raise invalid(Fault(pointer, "missing", "another way in needs its own secret"))
    if credential.way is before.credential.way and given.confluence_secret is None:
        kept = before.credential.confluence_token
        credential = replace(credential, confluence_token=kept)
    name = _name(before, body, given.name)
    return WayIn(name, credential, secret, given.confluence_secret)


def require_two_addresses(site: Site) -> None:
    """Refuse two tokens where nothing tells whose a call is."""
    if not site.credential.confluence_token:
        return
    if not site.confluence_url:
        message = "name the Confluence that `confluence_token` is for"
        raise invalid(Fault("/confluence_url", "missing", message))
    if same_address(site.confluence_url, site.url):
        message = "two products at one address cannot have a token each"
        raise invalid(Fault(CONFLUENCE_TOKEN, "contradiction", message))


def _name(before: Site, body: ChangedSite, given: str) -> str:
    """Take whichever of the two names was changed; GET shows both."""
    if body.email in {None, given, before.email}:
        return given
    if given == before.email:
        return body.email or given
    raise invalid(_twice("/email"))


def _secret(body: SiteInput, pointer: str) -> str | None:
    given = body.credentials.secret if body.credentials else None
    short = _plain(getattr(body, "api_token", None))
    if given is not None and short not in {None, given}:
        raise invalid(_twice(pointer))
    return given if given is not None else short


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _twice(pointer: str) -> Fault:
    return Fault(pointer, "contradiction", "say it once, in `credentials`")
