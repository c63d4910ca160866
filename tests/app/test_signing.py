"""Secrets are read once for all who ask; a change of them counts within a second."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from app.books.database import Database
from app.books.secrets import Sealer
from app.books.sites import Site, Sites, SiteSecrets
from app.signing import KEPT_SECONDS, SigningSecrets
from tests.app.conftest import NOW
from tests.gates import PATIENCE, gate
from webhooks.errors import StoreUnavailableError

FIRST = "the first secret of this site, long enough"
SITES = Sites(Sealer(("a key of at least thirty-two characters",)))


@contextmanager
def site(books: Database) -> Iterator[SigningSecrets]:
    with books.writing() as session:
        harbour = Site("harbour", "Harbour", "https://example.net", "", "", NOW)
        SITES.add(session, harbour, SiteSecrets("token", (FIRST,)))
    yield SigningSecrets(books, SITES)


def test_a_crowd_is_answered_by_one_reading(books: Database) -> None:
    readings: list[object] = []

    def note(*_: object) -> None:
        readings.append(1)

    async def run(signing: SigningSecrets) -> None:
        for _ in range(2):
            crowd = (signing("harbour") for _ in range(50))
            assert await asyncio.gather(*crowd) == [(FIRST.encode(),)] * 50
            await asyncio.sleep(KEPT_SECONDS)

    with site(books) as signing:
        event.listen(books.engine, "checkout", note)
        asyncio.run(run(signing))
        event.remove(books.engine, "checkout", note)
    assert len(readings) == 2


def test_a_new_secret_counts_within_the_time_though_it_is_asked_for_all_along(
    books: Database,
) -> None:
    new = "the second secret of this site, long enough"

    async def run(signing: SigningSecrets) -> float:
        await signing("harbour")
        with books.writing() as session:
            row = SITES.find(session, "harbour")
            assert row is not None
            secrets = SITES.secrets(session, "harbour").with_webhook(new)
            SITES.change(session, row, secrets=secrets)
        changed = time.monotonic()
        while True:
            kept = await signing("harbour")
            assert isinstance(kept, tuple)
            if kept[0] == new.encode():
                break
            await asyncio.sleep(0.01)
        return time.monotonic() - changed

    with site(books) as signing:
        took = asyncio.run(asyncio.wait_for(run(signing), 30 * PATIENCE))
    assert took < gate(KEPT_SECONDS + 0.5, loosely=15)


def test_books_that_cannot_be_read_are_our_own_trouble(books: Database) -> None:
    async def run(signing: SigningSecrets) -> None:
        crowd = (signing("harbour") for _ in range(5))
        for answer in await asyncio.gather(*crowd, return_exceptions=True):
            assert isinstance(answer, StoreUnavailableError)

    with site(books):
        other = Sites(Sealer(("another key of thirty-two characters!",)))
        asyncio.run(run(SigningSecrets(books, other)))


def test_a_site_that_is_not_there_is_none(books: Database) -> None:
    with site(books) as signing:
        assert asyncio.run(asyncio.wait_for(signing("nobody"), 5 * PATIENCE)) is None
