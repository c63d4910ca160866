"""The webhook secrets of each site, kept in memory for a moment."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from app.books.answering import within
from app.books.database import Database
from app.books.sites import Sites
from app.errors import SecretsError
from webhooks.errors import StoreUnavailableError
from webhooks.proof import Shown

_log = logging.getLogger(__name__)

# A new or revoked secret counts everywhere within this time.
KEPT_SECONDS = 1.0
# From this age on they are read anew, while what is kept still answers.
RENEWED_SECONDS = 0.5
# Anybody may name a site that is not there; remembering those has a limit.
MOST_KEPT = 1_000
# Who asked is told by then that they cannot be read.
READ_SECONDS = 4.0

Secrets = Sequence[bytes] | Shown | None


class SigningSecrets:
    """Answers a site's active secrets, newest first; None for an unknown site."""

    def __init__(
        self,
        database: Database,
        sites: Sites,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._sites = sites
        self._now = now
        self._kept: dict[str, tuple[float, Secrets]] = {}
        self._readings: dict[str, asyncio.Task[Secrets]] = {}

    async def __call__(self, site_id: str) -> Secrets:
        """Answer from memory, or from the books in another thread, read once for all.

        Raises StoreUnavailableError where they cannot be read.
        """
        kept = self._kept.get(site_id)
        age = self._now() - kept[0] if kept else KEPT_SECONDS
        if kept and age < RENEWED_SECONDS:
            return kept[1]
        reading = self._readings.get(site_id) or self._begin(site_id)
        if kept and age < KEPT_SECONDS:
            return kept[1]
        # Who waits may leave; the others wait on.
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await asyncio.shield(reading)
        except TimeoutError as error:
            raise StoreUnavailableError("secrets cannot be read; try again") from error

    def _begin(self, site_id: str) -> asyncio.Task[Secrets]:
        reading = asyncio.create_task(self._renew(site_id))
        self._readings[site_id] = reading

        def end(ended: asyncio.Task[Secrets]) -> None:
            del self._readings[site_id]
            if not ended.cancelled():
                ended.exception()  # it is in the log; perhaps nobody waits for it

        reading.add_done_callback(end)
        return reading

    async def _renew(self, site_id: str) -> Secrets:
        began = self._now()
        try:
            secrets = await asyncio.to_thread(self._read, site_id)
        except (SQLAlchemyError, SecretsError) as error:
            _log.error("the webhook secrets of %s cannot be read: %s", site_id, error)
            raise StoreUnavailableError("secrets cannot be read; try again") from error
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[site_id] = (began, secrets)
        return secrets

    def _read(self, site_id: str) -> Secrets:
        with within(READ_SECONDS), self._database.reading() as session:
            site = self._sites.find(session, site_id)
            if site is None:
                return None
            webhook = self._sites.secrets(session, site_id).webhook
        secrets = tuple(secret.encode() for secret in webhook)
        if site.webhook_proof == "signature":
            return secrets
        return Shown(site.webhook_proof, secrets)
