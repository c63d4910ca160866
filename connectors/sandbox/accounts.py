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


@dataclass(frozen=True, slots=True)
class Account:
    """One person or app; `projects` limits what it sees, empty means everything."""

    account_id: str
    email: str
    display_name: str
    token: str
    type: str = "atlassian"
    permissions: tuple[str, ...] = ALL
    projects: tuple[str, ...] = ()

    def may(self, permission: str, project: str | None = None) -> bool:
        """Say whether this account holds a permission (in a project, by its key)."""
        if permission in GLOBAL:
            return "ADMINISTER" in self.permissions
        if project is not None and self.projects and project not in self.projects:
            return False
        needed = "EDIT_ISSUES" if permission in WITH_EDIT else permission
        if permission == "ADMINISTER_PROJECTS":
            needed = "ADMINISTER"
        return needed in self.permissions


@dataclass(slots=True)
class Accounts:
    """All accounts, found by id or by e-mail."""

    by_id: dict[str, Account] = field(default_factory=dict)
    by_email: dict[str, Account] = field(default_factory=dict)

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
        )
        self.by_id[account.account_id] = account
        if account.email:
            self.by_email[account.email.casefold()] = account
        return account

    def find(self, account_id: object) -> Account | None:
        """Find an account by its id."""
        return self.by_id.get(str(account_id))

    def signed_in(self, authorization: str | None) -> Account | None:
        """Read `Authorization: Basic email:token`; `None` for anything else."""
        email, token = _credentials(authorization or "")
        account = self.by_email.get(email.casefold())
        if account is None:
            return None
        same = hmac.compare_digest(account.token.encode(), token.encode())
        return account if same else None

    def to_json(self) -> list[dict[str, Any]]:
        """Write all accounts, tokens included, in the seed's own words."""
        entries = [asdict(account) for account in self.by_id.values()]
        for entry in entries:
            entry["accountId"] = entry.pop("account_id")
            entry["displayName"] = entry.pop("display_name")
        return entries


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
