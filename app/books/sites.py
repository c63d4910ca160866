"""Keep the sites: what they are called, where they are, and their sealed secrets."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.books.secrets import Sealer
from app.books.tables import SiteRow


@dataclass(frozen=True, slots=True)
class Site:
    """One Atlassian site, without its secrets.

    `version` rises with every change of anything here (but `account_id`) or of the
    secrets. `state` is `ok`, or why nothing is sent there, with `state_reason` in
    plain words.
    `webhook_secrets` is how many are active: none, one, or two while they change.
    """

    id: str
    name: str
    url: str
    confluence_url: str
    email: str
    created_at: datetime
    account_id: str = ""
    state: str = "ok"
    state_reason: str = ""
    version: int = 1
    webhook_secrets: int = 0


@dataclass(frozen=True, slots=True)
class SiteSecrets:
    """A site's secrets; `webhook` holds at most two, the current one first."""

    api_token: str = field(repr=False)
    webhook: tuple[str, ...] = field(repr=False, default=())

    def with_webhook(self, secret: str) -> "SiteSecrets":
        """Put a new webhook secret first; the one before it stays valid for now."""
        if self.webhook[:1] == (secret,):
            return self
        return replace(self, webhook=(secret, *self.webhook[:1]))


class Sites:
    """The sites in the books."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def list(
        self, session: Session, *, after: str = "", limit: int = 200
    ) -> tuple[Site, ...]:
        """List the sites by id, those after the given one."""
        query = select(SiteRow).where(SiteRow.id > after).order_by(SiteRow.id)
        return tuple(_site(row) for row in session.scalars(query.limit(limit)))

    def find(
        self, session: Session, site_id: str, *, lock: bool = False
    ) -> Site | None:
        """Find a site; `lock` keeps others from changing it until the session ends."""
        row = session.get(SiteRow, site_id, with_for_update=lock or None)
        return _site(row) if row else None

    def secrets(self, session: Session, site_id: str) -> SiteSecrets:
        """Open a site's secrets; SecretsError where the key does not fit."""
        values = self._sealer.open(site_id, session.get_one(SiteRow, site_id).secrets)
        webhook = values["webhook"]
        hooks = webhook if isinstance(webhook, list | tuple) else ()
        return SiteSecrets(str(values["api_token"]), tuple(map(str, hooks)))

    def add(self, session: Session, site: Site, secrets: SiteSecrets) -> Site:
        """Add a site."""
        row = SiteRow(id=site.id, created_at=site.created_at, version=site.version)
        self._write_secrets(row, secrets)
        _write(row, site, hooks=len(secrets.webhook))
        session.add(row)
        session.flush()
        return _site(row)

    def change(
        self, session: Session, site: Site, secrets: SiteSecrets | None = None
    ) -> Site:
        """Write a site's new values, and its secrets where given; raise the version.

        Who we are there (`account_id`) is no news to anybody who edits the site: where
        only that differs, the version stays.
        """
        row = session.get_one(SiteRow, site.id)
        before = _site(row)
        hooks = row.settings["webhook_secrets"]
        if secrets is not None:
            self._write_secrets(row, secrets)
            hooks = len(secrets.webhook)
        _write(row, site, hooks=hooks)
        if secrets is not None or _site(row) != replace(
            before, account_id=site.account_id
        ):
            row.version += 1
        session.flush()
        return _site(row)

    def note_state(
        self, session: Session, site_id: str, state: str, reason: str
    ) -> None:
        """Note how the site treats us; nobody's edit is made stale by it."""
        session.execute(
            update(SiteRow)
            .where(SiteRow.id == site_id)
            .values(state=state, state_reason=reason)
        )

    def drop(self, session: Session, site_id: str) -> None:
        """Forget a site and its secrets."""
        session.delete(session.get_one(SiteRow, site_id))
        session.flush()

    def _write_secrets(self, row: SiteRow, secrets: SiteSecrets) -> None:
        values = {"api_token": secrets.api_token, "webhook": list(secrets.webhook)}
        row.secrets = self._sealer.seal(row.id, values)


def _site(row: SiteRow) -> Site:
    return Site(
        id=row.id,
        name=row.name,
        url=row.settings["url"],
        confluence_url=row.settings["confluence_url"],
        email=row.settings["email"],
        created_at=row.created_at,
        account_id=row.account_id,
        state=row.state,
        state_reason=row.state_reason,
        version=row.version,
        webhook_secrets=row.settings["webhook_secrets"],
    )


def _write(row: SiteRow, site: Site, *, hooks: int) -> None:
    row.name = site.name
    row.settings = {
        "url": site.url,
        "confluence_url": site.confluence_url,
        "email": site.email,
        "webhook_secrets": hooks,
    }
    row.account_id = site.account_id
    row.state = site.state
    row.state_reason = site.state_reason
