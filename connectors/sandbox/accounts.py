"""Who may speak to the pretend site, and what each may do."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ALL = ("ADMINISTER", "BROWSE_PROJECTS", "EDIT_ISSUES", "SCHEDULE_ISSUES")
# Seeds speak of four permissions; whoever may edit may do the rest of the daily work.
WITH_EDIT = frozenset(
    {
        "ASSIGN_ISSUES",
        "CREATE_ISSUES",
        "DELETE_ISSUES",
        "LINK_ISSUES",
        "RESOLVE_ISSUES",
        "TRANSITION_ISSUES",
        "ADD_COMMENTS",
    }
)
GLOBAL = frozenset({"ADMINISTER", "BULK_CHANGE"})
KNOWN = frozenset({*ALL, *WITH_EDIT, *GLOBAL, "ADMINISTER_PROJECTS"})

_MORE = {
    "read_only": "readOnly",
    "scoped_token": "scopedToken",
    "personal_token": "personalToken",
    "client_id": "clientId",
    "client_secret": "clientSecret",
}


@dataclass(frozen=True, slots=True)
class Account:
    """One person or app; `projects` limits what it sees, empty means everything.

    Projects that are `read_only` to it can be seen, not changed.

    Beside its classic token it may have others: one with scopes, for the gateway alone;
    a personal one, as Data Center has; a client's id and secret, for OAuth.
    """

    account_id: str
    email: str
    display_name: str
    token: str
    type: str = "atlassian"
    permissions: tuple[str, ...] = ALL
    projects: tuple[str, ...] = ()
    number: int = 0
    read_only: tuple[str, ...] = ()
    scoped_token: str = ""
    personal_token: str = ""
    client_id: str = ""
    client_secret: str = ""

    @property
    def name(self) -> str:
        """What a Data Center calls the account: its user name, not its address."""
        return self.email.partition("@")[0] or self.account_id

    @property
    def key(self) -> str:
        """The key by which a Data Center knows the account, whatever its name."""
        return f"JIRAUSER{10_100 + self.number}"

    def may(self, permission: str, project: str | None = None) -> bool:
        """Say whether this account holds a permission (in a project, by its key)."""
        if permission in GLOBAL:
            return "ADMINISTER" in self.permissions
        if project is not None and self.projects and project not in self.projects:
            return False
        if project in self.read_only and permission != "BROWSE_PROJECTS":
            return False
        needed = "EDIT_ISSUES" if permission in WITH_EDIT else permission
        if permission == "ADMINISTER_PROJECTS":
            needed = "ADMINISTER"
        return needed in self.permissions


@dataclass(slots=True)
class Accounts:
    """All accounts, found by id or by e-mail; on a Data Center by name and key."""

    by_id: dict[str, Account] = field(default_factory=dict)
    by_email: dict[str, Account] = field(default_factory=dict)
    by_names: bool = False

    def __iter__(self) -> Iterator[Account]:
        """Go through the accounts in the order of the seed."""
        return iter(self.by_id.values())

    def add(self, entry: Mapping[str, Any]) -> Account:
        """Take an account of a seed; a missing token is made up."""
        account = Account(
            account_id=str(entry["accountId"]),
            email=str(entry.get("email", "")),
            display_name=str(entry.get("displayName", entry["accountId"])),
            token=str(entry.get("token") or secrets.token_urlsafe(24)),
            type=str(entry.get("type", "atlassian")),
            permissions=tuple(entry.get("permissions", ALL)),
            projects=tuple(entry.get("projects") or ()),
            number=len(self.by_id),
            read_only=tuple(entry.get("readOnly") or ()),
            scoped_token=str(entry.get("scopedToken", "")),
            personal_token=str(entry.get("personalToken", "")),
            client_id=str(entry.get("clientId", "")),
            client_secret=str(entry.get("clientSecret", "")),
        )
        self.by_id[account.account_id] = account
        if account.email:
            self.by_email[account.email.casefold()] = account
        return account

    def find(self, account_id: object) -> Account | None:
        """Find an account by its id."""
        return self.by_id.get(str(account_id))

    def signed_in(
        self, authorization: str | None, *, gateway: bool = False
    ) -> Account | None:
        """Read who signs in with a name and a token, or with a personal token.

        A Data Center takes a user name in place of the address, the token for a
        password, and the token alone as a personal access token (`Bearer`).
        """
        if bearer := bearer_of(authorization):
            found = None if gateway else self._with("personal_token", bearer)
            return found or (self._with("token", bearer) if self.by_names else None)
        email, token = _credentials(authorization or "")
        account = self._called(email.casefold())
        if account is None:
            return None
        known = [account.token, *([account.scoped_token] if gateway else [])]
        return account if any(_same(one, token) for one in known) else None

    def client(self, client_id: object, secret: object) -> Account | None:
        """Find the account whose OAuth client this is."""
        account = self._with("client_id", str(client_id))
        known = account is not None and _same(account.client_secret, str(secret))
        return account if known else None

    def _with(self, name: str, value: str) -> Account | None:
        found = (one for one in self if _same(getattr(one, name), value))
        return next(found, None)

    def named(self, name_or_key: object) -> Account | None:
        """Find an account by what a Data Center calls it."""
        text = str(name_or_key)
        return next((one for one in self if text in (one.name, one.key)), None)

    def _called(self, name: str) -> Account | None:
        return self.named(name) if self.by_names else self.by_email.get(name)

    def to_json(self) -> list[dict[str, Any]]:
        """Write all accounts, tokens included, in the seed's own words."""
        entries = [asdict(account) for account in self.by_id.values()]
        for entry in entries:
            entry["accountId"] = entry.pop("account_id")
            entry["displayName"] = entry.pop("display_name")
            del entry["number"]
            for name, said in _MORE.items():
                value = entry.pop(name)
                if value:
                    entry[said] = value
        return entries


def bearer_of(authorization: str | None) -> str:
    """Read the token of `Authorization: Bearer …`; empty where it is none."""
    scheme, _, value = (authorization or "").partition(" ")
    return value.strip() if scheme.casefold() == "bearer" else ""


def _same(known: str, given: str) -> bool:
    return bool(known) and hmac.compare_digest(known.encode(), given.encode())


def _credentials(authorization: str) -> tuple[str, str]:
    """Split a Basic header into e-mail and token; both empty where it is none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.casefold() != "basic":
        return "", ""
    try:
        email, _, token = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return email, token
