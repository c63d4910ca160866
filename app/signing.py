"""The webhook secrets of each site, kept in memory for a moment."""

import asyncio
import logging
import time
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from app.books.database import Database
from app.books.sites import Sites
from app.errors import SecretsError
from webhooks.errors import StoreUnavailableError

_log = logging.getLogger(__name__)

# A new or revoked secret counts everywhere within this time.
KEPT_SECONDS = 1.0
# Anybody may name a site that is not there; remembering those has a limit.
MOST_KEPT = 1_000

Secrets = Sequence[bytes] | None


class SigningSecrets:
    """Answers a site's active secrets, newest first; None for an unknown site."""

    def __init__(self, database: Database, sites: Sites) -> None:
        self._database = database
        self._sites = sites
        self._kept: dict[str, tuple[float, Secrets]] = {}

    async def __call__(self, site_id: str) -> Secrets:
        """Answer from memory, or from the books in another thread."""
        kept = self._kept.get(site_id)
        if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
            return kept[1]
        try:
            secrets = await asyncio.to_thread(self._read, site_id)
        except (SQLAlchemyError, SecretsError) as error:
            _log.error("the webhook secrets of %s cannot be read: %s", site_id, error)
            raise StoreUnavailableError("secrets cannot be read; try again") from error
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[site_id] = (time.monotonic(), secrets)
        return secrets

    def _read(self, site_id: str) -> Secrets:
        with self._database.reading() as session:
            if self._sites.find(session, site_id) is None:
                return None
            webhook = self._sites.secrets(session, site_id).webhook
        return tuple(secret.encode() for secret in webhook)
