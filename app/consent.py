"""A person lets CD3 work in their name: OAuth 2.0 (3LO), from question to tokens."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from app.books.sites import Site
from app.books.tokens import TokenBooks, Tokens
from connectors.errors import RefusedError
from connectors.oauth import (
    AUDIENCE,
    Client,
    TokenAnswer,
    TokenEndpoint,
    read_resources,
)
from connectors.signers import Bearer, Signer
from connectors.wire import Wire

LASTS: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Question:
    """Where a person is asked for their consent; `state` comes back with the code."""

    url: str
    state: str
    until: datetime


class ConsentError(RefusedError):
    """The consent cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Asks for one site's consent, and changes its code for tokens."""

    site: Site
    client: Client
    books: TokenBooks
    auth_url: str
    gateway_url: str
    open_wire: Callable[[str, Signer | None], Wire]
    cloud_id: Callable[[Site], str]

    def ask(self) -> Question:
        """Make the question; its state is good once, for ten minutes."""
        state = secrets.token_urlsafe(32)
        until = self.books.await_consent(self.site.id, state, LASTS)
        asked = {
            "audience": AUDIENCE,
            "client_id": self.client.id,
            "scope": " ".join(self.site.credential.scopes),
            "redirect_uri": self.site.credential.redirect_uri,
            "state": state,
            "response_type": "code",
            "prompt": "consent",
        }
        return Question(f"{self.auth_url}/authorize?{urlencode(asked)}", state, until)

    def take(self, code: str, state: str) -> Tokens:
        """Change the code for tokens and keep them, whatever was there before."""
        if not self.books.take_consent(self.site.id, state):
            raise ConsentError(
                "this state is not awaited, or no longer: ask for a new URL, and paste "
                "code and state of the same address"
            )
        with self.open_wire(self.auth_url, None) as wire:
            answer = TokenEndpoint(wire).for_code(
                self.client, code, self.site.credential.redirect_uri
            )
        self._check(answer)
        while True:
            before, _now = self.books.read(self.site.id)
            kept = self.books.store(
                replace(before, granted_at=None),
                access=answer.access,
                refresh=answer.refresh,
                seconds=answer.seconds,
                scopes=answer.scopes,
                granted=True,
            )
            if kept is not None:
                return kept

    def _check(self, answer: TokenAnswer) -> None:
        """Refuse a consent that would end in an hour, or is for another site."""
        if not answer.refresh:
            raise ConsentError(
                "no refresh token came along: let the app have offline_access"
            )
        with self.open_wire(self.gateway_url, Bearer(answer.access)) as wire:
            sites = read_resources(wire)
        if self.cloud_id(self.site) not in sites:
            named = ", ".join(sites.values()) or "no site at all"
            raise ConsentError(
                f"the consent is for {named}, not for {self.site.url}: ask again, and "
                "choose this site on the page that asks"
            )
