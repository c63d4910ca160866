"""Keep the sites: what they are called, where they are, and their sealed secrets."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.books.secrets import Sealer
from app.books.tables import SiteRow
from connectors.ways import Way

AUTH_FAILED: Final = "auth_failed"
# A new token is told to us. The old one may become right again by itself, say when
# somebody unlocks the account: soon after, then every few minutes, is asked. Failed
# passwords lock an account, so they are tried rarely.
FIRST_PROBE: Final = timedelta(seconds=15)
PROBE_EVERY: Final = timedelta(minutes=3)
PROBE_PASSWORD: Final = timedelta(hours=1)
LONGEST_PROBE: Final = timedelta(hours=1)
_SLOWER: Final = 4


Proof = Literal["signature", "basic", "path_token"]


@dataclass(frozen=True, slots=True)
class Credential:
    """How we sign in at a site, without what is secret about it.

    `expires_at` is what an admin said. `redirect_uri` and `scopes` are for OAuth's way
    by a person's consent alone. `confluence_token` says that Confluence has a token of
    its own.
    """

    way: Way = Way.API_TOKEN
    expires_at: datetime | None = None
    redirect_uri: str = ""
    scopes: tuple[str, ...] = ()
    confluence_token: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """One Atlassian site, without its secrets.

    `kind` is `cloud` or `datacenter`, and `product_version` what Jira there calls its
    own; both are empty until the site was asked. Till then a site off Atlassian's
    hosts may have no `confluence_url`.
    `version` rises with every change of anything here, but of what the site told us
    (`account_id`, `kind`), or of the secrets.
    `state` is `ok`, or why nothing is sent there, with `state_reason` in plain words.
    Of a site that is `ok`, the reason tells what its credential is not good for.
    `webhook_secrets` is how many are active: none, one, or two while they change.
    `webhook_proof` is how a delivery proves where it is from; by anything but a
    signature only where that Jira cannot sign.
    `email` is the name that we sign in by: an e-mail address, a user's name, or the id
    of an OAuth client; empty for a token that stands alone.
    `writes_per_second` is its own pace, where that is not the setting's.
    """

    id: str
    name: str
    url: str
    confluence_url: str
    email: str
    created_at: datetime
    account_id: str = ""
    kind: str = ""
    product_version: str = ""
    state: str = "ok"
    state_reason: str = ""
    version: int = 1
    webhook_secrets: int = 0
    webhook_proof: Proof = "signature"
    credential: Credential = Credential()
    writes_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class SiteSecrets:
    """A site's secrets; `webhook` holds at most two, the current one first.

    `api_token` is whatever its way in asks for: a token, a password, a client's secret.
    `confluence_token` is empty where Confluence is called with the same.
    `webhook_told` is the webhook secret that we told Jira last; empty where we did not,
    as where an administrator entered it there.
    """

    api_token: str = field(repr=False)
    webhook: tuple[str, ...] = field(repr=False, default=())
    confluence_token: str = field(repr=False, default="")
    webhook_told: str = field(repr=False, default="")

    @property
    def is_halfway(self) -> bool:
        """Say whether two webhook secrets are active, and the newest is not told."""
        return len(self.webhook) > 1 and self.webhook[0] != self.webhook_told

    @property
    def is_outdated(self) -> bool:
        """Say whether Jira was told the older of two webhook secrets last."""
        return self.webhook_told in self.webhook[1:]

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
        return SiteSecrets(
            str(values["api_token"]),
            tuple(map(str, hooks)),
            str(values.get("confluence_token", "")),
            str(values.get("webhook_told", "")),
        )

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

    def introduce(self, session: Session, site: Site) -> None:
        """Write what the site told of itself and of us; nobody's edit is made stale."""
        row = session.get_one(SiteRow, site.id)
        row.account_id = site.account_id
        row.settings = {
            **row.settings,
            "kind": site.kind,
            "product_version": site.product_version,
            "confluence_url": site.confluence_url,
        }
        session.flush()

    def note_state(
        self, session: Session, site_id: str, state: str, reason: str
    ) -> None:
        """Note how the site treats us; nobody's edit is made stale by it."""
        session.execute(
            update(SiteRow)
            .where(SiteRow.id == site_id)
            .values(state=state, state_reason=reason)
        )

    def note_told(self, session: Session, site_id: str, secret: str) -> None:
        """Note which webhook secret Jira was told; nobody's edit is made stale."""
        row = session.get_one(SiteRow, site_id, with_for_update=True)
        known = self.secrets(session, site_id)
        self._write_secrets(row, replace(known, webhook_told=secret))
        session.flush()

    def note_lack(self, session: Session, site_id: str, lack: str) -> None:
        """Note what a site's credential is not good for, or that it is for all.

        Why a site is stopped stays as it is.
        """
        session.execute(
            update(SiteRow)
            .where(
                SiteRow.id == site_id,
                SiteRow.state == "ok",
                SiteRow.state_reason != lack,
            )
            .values(state_reason=lack)
        )

    def stop(
        self,
        session: Session,
        site: Site,
        reason: str,
        *,
        now: datetime,
        before: int = 0,
    ) -> None:
        """Note that a site does not let us in, and when it is tried next.

        `before` counts how often it was stopped of late, and went on: it is tried four
        times later each time.
        """
        wait = PROBE_PASSWORD if site.credential.way is Way.BASIC else FIRST_PROBE
        wait = max(wait, min(wait * _SLOWER**before, LONGEST_PROBE))
        session.execute(
            update(SiteRow)
            .where(SiteRow.id == site.id)
            .values(state=AUTH_FAILED, state_reason=reason, probe_at=now + wait)
        )

    def take_probe(self, session: Session, site: Site, *, now: datetime) -> bool:
        """Tell whether it is ours to try a stopped site now; of all workers', one's."""
        every = PROBE_PASSWORD if site.credential.way is Way.BASIC else PROBE_EVERY
        came = session.connection().execute(
            update(SiteRow)
            .where(
                SiteRow.id == site.id,
                SiteRow.state == AUTH_FAILED,
                or_(SiteRow.probe_at.is_(None), SiteRow.probe_at <= now),
            )
            .values(probe_at=now + every)
        )
        return came.rowcount == 1

    def warning(self, session: Session, site_id: str) -> str:
        """Read which warning was told last."""
        told = select(SiteRow.warned).where(SiteRow.id == site_id)
        return session.scalars(told).one_or_none() or ""

    def take_warning(self, session: Session, site_id: str, warning: str) -> bool:
        """Tell whether a warning is new; of all workers, one hears yes."""
        came = session.connection().execute(
            update(SiteRow)
            .where(
                SiteRow.id == site_id,
                or_(SiteRow.warned.is_(None), SiteRow.warned != warning),
            )
            .values(warned=warning)
        )
        return came.rowcount == 1

    def consented(self, session: Session, site_id: str) -> None:
        """Note that somebody lets us in anew; who was refused before, was before."""
        session.execute(
            update(SiteRow)
            .where(SiteRow.id == site_id)
            .values(
                state="ok",
                state_reason="",
                account_id="",
                version=SiteRow.version + 1,
            )
        )

    def drop(self, session: Session, site_id: str) -> None:
        """Forget a site and its secrets."""
        session.delete(session.get_one(SiteRow, site_id))
        session.flush()

    def _write_secrets(self, row: SiteRow, secrets: SiteSecrets) -> None:
        values = {
            "api_token": secrets.api_token,
            "webhook": list(secrets.webhook),
            "confluence_token": secrets.confluence_token,
            "webhook_told": secrets.webhook_told,
        }
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
        kind=row.settings.get("kind", ""),
        product_version=row.settings.get("product_version", ""),
        state=row.state,
        state_reason=row.state_reason,
        version=row.version,
        webhook_secrets=row.settings["webhook_secrets"],
        webhook_proof=row.settings.get("webhook_proof", "signature"),
        credential=_credential(row.settings.get("credential") or {}),
        writes_per_second=row.settings.get("writes_per_second"),
    )


def _credential(kept: dict[str, Any]) -> Credential:
    """Read how we sign in; of sites from before there were several ways, nothing."""
    ends = kept.get("expires_at")
    return Credential(
        way=Way(kept.get("way", Way.API_TOKEN)),
        expires_at=datetime.fromisoformat(ends) if ends else None,
        redirect_uri=kept.get("redirect_uri", ""),
        scopes=tuple(kept.get("scopes", ())),
        confluence_token=bool(kept.get("confluence_token", False)),
    )


def _write(row: SiteRow, site: Site, *, hooks: int) -> None:
    row.name = site.name
    ends = site.credential.expires_at
    row.settings = {
        "url": site.url,
        "confluence_url": site.confluence_url,
        "email": site.email,
        "kind": site.kind,
        "product_version": site.product_version,
        "webhook_secrets": hooks,
        "webhook_proof": site.webhook_proof,
        "writes_per_second": site.writes_per_second,
        "credential": {
            "way": site.credential.way.value,
            "expires_at": ends.isoformat() if ends else None,
            "redirect_uri": site.credential.redirect_uri,
            "scopes": list(site.credential.scopes),
            "confluence_token": site.credential.confluence_token,
        },
    }
    row.account_id = site.account_id
    row.state = site.state
    row.state_reason = site.state_reason
