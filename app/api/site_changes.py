"""Change a site, and whatever hangs on it."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.orm import Session

from app.api.calls import Call
from app.api.parts import Parts
from app.api.problems import Fault, invalid
from app.api.site_schemas import ChangedSite, SiteInput
from app.books.sites import Site, SiteSecrets
from app.errors import SecretsError
from connectors.access import read_url
from connectors.errors import RefusedError


def change(call: Call, session: Session, before: Site, body: ChangedSite) -> Site:
    """Bring a site to what was asked for; where nothing differs, nothing is done."""
    parts = call.parts
    if body.id not in (None, before.id):
        raise invalid(Fault("/id", "read_only", "the id of a site stays"))
    wanted = replace(
        before,
        name=body.name,
        url=checked_url(parts, "/url", body.url),
        confluence_url=confluence_url_of(parts, body),
        email=body.email,
    )
    _require_token_for_new_address(before, wanted, body)
    secrets = _changed_secrets(parts, session, before, body)
    changed = [
        name
        for name in ("name", "url", "confluence_url", "email")
        if getattr(before, name) != getattr(wanted, name)
    ]
    changed += [] if secrets is None else ["secrets"]
    if not changed:
        return before
    after = parts.sites.change(session, _afresh(wanted, changed), secrets)
    call.note(session, "site_changed", f"sites/{after.id}", {"changed": changed})
    backlogs = parts.backlogs.ids_of(session, before.id)
    call.touch(session, backlogs, "site changed")
    return after


def _afresh(site: Site, changed: Collection[str]) -> Site:
    """Let the site be tried again; where the account may be another, ask who we are."""
    same = {"url", "email", "secrets"}.isdisjoint(changed)
    account = site.account_id if same else ""
    return replace(site, state="ok", state_reason="", account_id=account)


def _require_token_for_new_address(
    before: Site, after: Site, body: ChangedSite
) -> None:
    """Never send a kept token to an address that whoever changed it chose."""
    for name in ("url", "confluence_url"):
        if getattr(before, name) != getattr(after, name) and body.api_token is None:
            message = "with a new address, the token must be given again"
            raise invalid(Fault("/api_token", "missing", message))


def _changed_secrets(
    parts: Parts, session: Session, site: Site, body: ChangedSite
) -> SiteSecrets | None:
    fewer = body.webhook_secrets
    drops = fewer is not None and fewer < site.webhook_secrets
    if body.api_token is None and body.webhook_secret is None and not drops:
        return None
    secrets = _kept_secrets(parts, session, site, body)
    if body.api_token is not None:
        secrets = replace(secrets, api_token=body.api_token.get_secret_value())
    if body.webhook_secret is not None:
        return secrets.with_webhook(body.webhook_secret.get_secret_value())
    return replace(secrets, webhook=secrets.webhook[:fewer])


def _kept_secrets(
    parts: Parts, session: Session, site: Site, body: ChangedSite
) -> SiteSecrets:
    try:
        return parts.sites.secrets(session, site.id)
    except SecretsError:
        if body.api_token is None:
            raise
        return SiteSecrets("")  # all is entered again: so a lost key is healed


def checked_url(parts: Parts, pointer: str, url: str) -> str:
    """Refuse a URL that would never be called."""
    try:
        read_url(url, allowed_hosts=frozenset(parts.allowed_hosts))
    except RefusedError as error:
        raise invalid(Fault(pointer, "bad_url", str(error))) from error
    return url.rstrip("/")


def confluence_url_of(parts: Parts, body: SiteInput) -> str:
    """Take Confluence's URL, which on the Cloud stands below the site's."""
    given = body.confluence_url or body.url.rstrip("/") + "/wiki"
    return checked_url(parts, "/confluence_url", given)
