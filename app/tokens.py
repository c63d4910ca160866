"""Sign calls with tokens that live for an hour: renewed ahead, by one worker only.

A worker that dies between the site's answer and the commit takes the new refresh token
along. Its lease ends after a minute, and the next worker sends the old one again:
Atlassian takes it for ten minutes more. Where it does not, the site is stopped and says
that somebody must consent anew.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from app.books.sites import Site
from app.books.tokens import TokenBooks, Tokens
from connectors.deadline import seconds_left
from connectors.errors import ConnectorError, UnauthorizedError, UnreachableError
from connectors.oauth import Client, TokenAnswer, TokenEndpoint
from connectors.ways import Way
from connectors.wire import Wire

_log = logging.getLogger(__name__)

# Renewed this long before the end, or a fifth of the token's life if that is less.
AHEAD: Final = timedelta(minutes=5)
# From here on it is not trusted to outlive a call.
LAST: Final = timedelta(seconds=30)
LEASE_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.1
# Nobody waits for another thread for longer, however much time is left.
LONGEST_SECONDS: Final = 2 * LEASE_SECONDS

# Opens the wire to a site's token endpoint; whoever asks closes it.
OpenEndpoint = Callable[[Site], Wire]


@dataclass
class Renewed:
    """Signs one site's calls; all its threads share one token."""

    site: Site
    client: Client
    books: TokenBooks
    open_wire: OpenEndpoint
    lease_seconds: float = LEASE_SECONDS
    _known: tuple[Tokens, float] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def header(self) -> str:
        """Give the token, renewed where it is about to end."""
        with self._alone():
            if self._known is None or time.monotonic() >= self._known[1]:
                tokens, now = self.books.read(self.site.id)
                if now >= _renewed_from(tokens, AHEAD):
                    must = now >= _renewed_from(tokens, LAST)
                    tokens = self._renew(tokens, must=must)
                self._remember(tokens, now)
            return f"Bearer {self._known[0].access}" if self._known else ""

    def renew(self, refused: str) -> bool:
        """Find or ask for another token than the one that was refused."""
        with self._alone():
            tokens, now = self.books.read(self.site.id)
            if not tokens.access or f"Bearer {tokens.access}" == refused:
                tokens = self._renew(tokens, must=True)
            self._remember(tokens, now)
            return f"Bearer {tokens.access}" != refused

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one thread look and renew; the others wait while they have time."""
        if not self._lock.acquire(timeout=seconds_left(LONGEST_SECONDS)):
            raise UnreachableError(
                f"{self.site.id}: another call has not done renewing the token.",
                sent=False,
            )
        try:
            yield
        finally:
            self._lock.release()

    def _remember(self, tokens: Tokens, now: datetime) -> None:
        """Look into the books no more until it is time to renew."""
        left = (_renewed_from(tokens, AHEAD) - now).total_seconds()
        self._known = (tokens, time.monotonic() + max(left, 1.0))

    def _renew(self, before: Tokens, *, must: bool) -> Tokens:
        """Renew, or wait for whoever does; without `must` the old one still serves."""
        holder = uuid.uuid4().hex
        began = time.monotonic()
        ends = began + seconds_left(LEASE_SECONDS + POLL_SECONDS)
        while not self.books.lease(self.site.id, holder, self.lease_seconds):
            if not must:
                return before
            now, _ = self.books.read(self.site.id)
            if now.number != before.number:
                return now
            if time.monotonic() > ends:
                raise UnreachableError(
                    f"{self.site.id}: another worker has been renewing the token for "
                    f"{time.monotonic() - began:.0f} s.",
                    sent=False,
                )
            time.sleep(POLL_SECONDS)
        try:
            return self._ask(before, holder)
        except UnreachableError as error:
            if must:
                raise
            _log.warning("%s: the token is not renewed yet: %s", self.site.id, error)
            return before

    def _ask(self, before: Tokens, holder: str) -> Tokens:
        """Ask for a token; it is in the books before anybody signs with it."""
        # Between our look and the lease another may have renewed.
        now, _ = self.books.read(self.site.id)
        if now.number != before.number:
            self.books.release(self.site.id, holder)
            return now
        try:
            with self.open_wire(self.site) as wire:
                answer = self._answer(_endpoint(self.site, wire), before)
        except ConnectorError:
            self.books.release(self.site.id, holder)
            raise
        kept = self.books.store(
            before,
            access=answer.access,
            refresh=answer.refresh or before.refresh,
            seconds=answer.seconds,
            scopes=answer.scopes,
        )
        return kept or self.books.read(self.site.id)[0]

    def _answer(self, endpoint: TokenEndpoint, before: Tokens) -> TokenAnswer:
        if self.site.credential.way is not Way.OAUTH:
            return endpoint.for_client(self.client)
        if not before.refresh:
            raise UnauthorizedError(
                "nobody has consented yet that CD3 works in their name: "
                f"POST /api/v1/sites/{self.site.id}/authorization",
                401,
            )
        try:
            return endpoint.refreshed(self.client, before.refresh)
        except UnauthorizedError as error:
            told = (
                f"{error} Let somebody consent anew: "
                f"POST /api/v1/sites/{self.site.id}/authorization"
            )
            raise UnauthorizedError(told, error.status, error.messages) from error


def _endpoint(site: Site, wire: Wire) -> TokenEndpoint:
    """Speak to the endpoint as the site's kind does."""
    data_center = site.credential.way is Way.DATA_CENTER_SERVICE_ACCOUNT
    return TokenEndpoint(wire, data_center=data_center)


def _renewed_from(tokens: Tokens, ahead: timedelta) -> datetime:
    """Tell from when on a token is renewed; one that is not there, since long."""
    if tokens.ends_at is None or tokens.renewed_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return tokens.ends_at - min(ahead, (tokens.ends_at - tokens.renewed_at) / 5)
