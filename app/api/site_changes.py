"""Change a site, and whatever hangs on it."""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from app.api.calls import Call
from app.api.credentials import (
    CONFLUENCE_TOKEN,
    WayIn,
    changed_way_in,
    dated,
    require_two_addresses,
)
from app.api.parts import Parts
from app.api.problems import Fault, invalid
from app.api.site_schemas import ChangedSite, SiteInput
from app.books.limits import lift
from app.books.sites import Proof, Site, SiteSecrets
from app.books.tokens import drop_tokens
from app.errors import SecretsError
from connectors.access import read_url
from connectors.errors import RefusedError
from connectors.kind import Kind, default_confluence, known_kind
from connectors.ways import Way

_EDITED: Final = (
    "name",
    "url",
    "confluence_url",
    "email",
    "credential",
    "webhook_proof",
    "writes_per_second",
)
# As many signs of an alphabet of 64 as nobody guesses.
_UNGUESSABLE: Final = re.compile(r"[A-Za-z0-9_-]{32,}")


def change(call: Call, session: Session, before: Site, body: ChangedSite) -> Site:
    """Bring a site to what was asked for; pauses are lifted even if nothing differs."""
    parts = call.parts
    if body.id not in (None, before.id):
        raise invalid(Fault("/id", "read_only", "the id of a site stays"))
    way_in = changed_way_in(before, body)
    wanted = replace(
        before,
        name=body.name,
        url=checked_url(parts, "/url", body.url),
        confluence_url=confluence_url_of(parts, body, before),
        email=way_in.name,
        credential=dated(before, way_in, _kept_secret(parts, session, before)),
        webhook_proof=body.webhook_proof,
        writes_per_second=body.writes_per_second,
    )
    wanted = _without_confluence(wanted, way_in)
    require_two_addresses(wanted)
    _require_secret_for_new_address(before, wanted, way_in)
    secrets = _changed_secrets(parts, session, before, wanted, body, way_in)
    require_unguessable(
        wanted.webhook_proof, secrets or _known_secrets(parts, session, before)
    )
    _lift_pauses(call, session, before)
    changed = [
        name for name in _EDITED if getattr(before, name) != getattr(wanted, name)
    ]
    changed += [] if secrets is None else ["secrets"]
    if not changed:
        return before
    if _other_tokens(before, wanted, way_in):
        drop_tokens(session, before.id)
    after = parts.sites.change(session, _afresh(wanted, changed), secrets)
    call.note(session, "site_changed", f"sites/{after.id}", {"changed": changed})
    backlogs = parts.backlogs.ids_of(session, before.id)
    call.touch(session, backlogs, "site changed")
    return after


def _lift_pauses(call: Call, session: Session, site: Site) -> None:
    """Let a site that is left alone be called again: whoever saves it may know more.

    Where it still asks us to wait, the next call hears so.
    """
    if not (lifted := lift(session.connection(), site.id)):
        return
    call.note(session, "pauses_lifted", f"sites/{site.id}", {"pauses": lifted})
    backlogs = call.parts.backlogs.ids_of(session, site.id)
    call.touch(session, backlogs, "site changed")


def _afresh(site: Site, changed: Collection[str]) -> Site:
    """Let the site be tried again; where the account may be another, ask who we are."""
    same = {"url", "email", "credential", "secrets"}.isdisjoint(changed)
    account = site.account_id if same else ""
    fresh = replace(site, state="ok", state_reason="", account_id=account)
    return replace(fresh, kind="", product_version="") if "url" in changed else fresh


def _require_secret_for_new_address(before: Site, after: Site, way_in: WayIn) -> None:
    """Never send a kept secret to an address that whoever changed it chose.

    A Confluence with a token of its own is never sent the other.
    """
    own = after.credential.confluence_token
    given = {
        "url": ("/api_token", way_in.secret),
        "confluence_url": (CONFLUENCE_TOKEN, way_in.confluence_secret)
        if own
        else ("/api_token", way_in.secret),
    }
    for name, (pointer, secret) in given.items():
        if getattr(before, name) != getattr(after, name) and secret is None:
            message = "with a new address, the secret must be given again"
            raise invalid(Fault(pointer, "missing", message))


def _without_confluence(site: Site, way_in: WayIn) -> Site:
    """Let Confluence's own token go with its address."""
    if site.confluence_url or way_in.confluence_secret is not None:
        return site
    return replace(site, credential=replace(site.credential, confluence_token=False))


def _other_tokens(before: Site, after: Site, way_in: WayIn) -> bool:
    """Say whether tokens that were given so far are another's now.

    A person's consent outlives a new secret of the same app.
    """
    same = (before.credential.way, before.email, before.url) == (
        after.credential.way,
        after.email,
        after.url,
    )
    return not same or (
        way_in.secret is not None and after.credential.way is not Way.OAUTH
    )


def _changed_secrets(  # noqa: PLR0913, PLR0917 - all that a secret hangs on
    parts: Parts,
    session: Session,
    site: Site,
    wanted: Site,
    body: ChangedSite,
    way_in: WayIn,
) -> SiteSecrets | None:
    fewer = body.webhook_secrets
    own = wanted.credential.confluence_token
    drops = fewer is not None and fewer < site.webhook_secrets
    drops = drops or (site.credential.confluence_token and not own)
    new = (way_in.secret, way_in.confluence_secret, body.webhook_secret)
    if not drops and all(one is None for one in new):
        return None
    secrets = _kept_secrets(parts, session, site, way_in)
    if way_in.secret is not None:
        secrets = replace(secrets, api_token=way_in.secret)
    token = _confluence_token(secrets, way_in, own=own)
    secrets = replace(secrets, confluence_token=token)
    if body.webhook_secret is not None:
        return secrets.with_webhook(body.webhook_secret.get_secret_value())
    return replace(secrets, webhook=secrets.webhook[:fewer])


def _confluence_token(kept: SiteSecrets, way_in: WayIn, *, own: bool) -> str:
    """Take the new one or the one we have; with a lost key there is none to keep."""
    if not own:
        return ""
    token = way_in.confluence_secret or kept.confluence_token
    if not token:
        message = "the one that was kept cannot be opened any more: give it again"
        raise invalid(Fault(CONFLUENCE_TOKEN, "missing", message))
    return token


def require_unguessable(proof: Proof, secrets: SiteSecrets) -> None:
    """Refuse a token for a path that could be guessed, or would not stand in one."""
    if proof != "path_token" or not secrets.webhook:
        return
    if not _UNGUESSABLE.fullmatch(secrets.webhook[0]):
        message = (
            "the last part of a URL: at least 32 letters, digits, dashes or underscores"
        )
        raise invalid(Fault("/webhook_secret", "guessable", message))


def _known_secrets(parts: Parts, session: Session, site: Site) -> SiteSecrets:
    try:
        return parts.sites.secrets(session, site.id)
    except SecretsError:
        return SiteSecrets("")


def _kept_secret(parts: Parts, session: Session, site: Site) -> str:
    return _known_secrets(parts, session, site).api_token


def _kept_secrets(
    parts: Parts, session: Session, site: Site, way_in: WayIn
) -> SiteSecrets:
    try:
        return parts.sites.secrets(session, site.id)
    except SecretsError:
        if way_in.secret is None:
            raise
        return SiteSecrets("")  # all is entered again: so a lost key is healed


def checked_url(parts: Parts, pointer: str, url: str) -> str:
    """Refuse a URL that would never be called."""
    try:
        read_url(url, allowed_hosts=frozenset(parts.allowed_hosts))
    except RefusedError as error:
        raise invalid(Fault(pointer, "bad_url", str(error))) from error
    return url.rstrip("/")


def confluence_url_of(parts: Parts, body: SiteInput, before: Site | None = None) -> str:
    """Take Confluence's URL, which on the Cloud stands below the site's.

    What stands at a new URL off Atlassian's hosts is asked when it is first called.
    """
    asked = before is not None and before.url == body.url.rstrip("/") and before.kind
    cloud = asked == Kind.CLOUD or known_kind(body.url) is not None
    given = body.confluence_url or (default_confluence(body.url) if cloud else "")
    return checked_url(parts, "/confluence_url", given) if given else ""
