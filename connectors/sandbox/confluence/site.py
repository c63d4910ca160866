"""What the wiki asks of the site it is part of."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from starlette.requests import Request

from connectors.sandbox.accounts import Account
from connectors.sandbox.confluence.store import WikiStore


class Site(Protocol):
    """The site: accounts, one lock, the wiki, and a clock of its own."""

    @property
    def wiki(self) -> WikiStore:
        """What Confluence holds."""

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """The lock that guards all state."""

    def authenticate(self, request: Request) -> Account | None:
        """Find the account behind a request's credentials, if they are right."""

    @property
    def now(self) -> Callable[[], datetime]:
        """Tell the time when called."""

    def user(self, account_id: str) -> dict[str, Any]:
        """Tell a user as a Data Center's Confluence does."""

    def changed(self) -> None:
        """Keep the state, where a file is named; called with the lock held."""
