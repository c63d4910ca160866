"""A credential's end is known and warned of 30, 7 and 1 days ahead, once a day each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from app.books.database import Database
from app.books.marks import Marks
from app.books.sites import Credential, Sites, SiteSecrets
from app.books.tables import BacklogRow, SiteRow
from app.books.tokens import Tokens
from app.expiry import ending, ends_at
from app.work.site_watch import SiteWatch
from connectors.ways import Way
from tests.app.token_process import SEALER, site_at

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "within"),
    [
        (timedelta(days=31), None),
        (timedelta(days=30), 30),
        (timedelta(days=8), 30),
        (timedelta(days=7), 7),
        (timedelta(hours=25), 7),
        (timedelta(hours=24), 1),
        (timedelta(0), 0),
        (timedelta(days=-3), 0),
    ],
)
def test_an_end_is_warned_of(left: timedelta, within: int | None) -> None:
    found = ending(NOW + left, now=NOW)
    assert (found and found.within) == within


def test_the_end_of_a_consent_is_its_age_or_its_idleness() -> None:
    site = site_at("https://x.atlassian.net")
    granted = NOW - timedelta(days=300)
    tokens = Tokens("acme", refresh="x", granted_at=granted, renewed_at=NOW)
    assert ends_at(site, tokens) == granted + timedelta(days=365)
    young = replace(tokens, granted_at=NOW)
    assert ends_at(site, young) == NOW + timedelta(days=90)
    said = replace(site.credential, expires_at=NOW + timedelta(days=5))
    assert ends_at(replace(site, credential=said), young) == said.expires_at
    plain = replace(site, credential=Credential(Way.PERSONAL_TOKEN))
    assert ends_at(plain, young) is None


def test_two_workers_warn_once_a_day(
    books: Database, caplog: pytest.LogCaptureFixture
) -> None:
    sites, days = Sites(SEALER), [0.0]
    credential = Credential(expires_at=NOW + timedelta(days=8))
    site = replace(site_at("https://b.atlassian.net"), id="b", credential=credential)
    with books.writing() as session:
        session.execute(delete(BacklogRow))
        session.execute(delete(SiteRow))
        sites.add(session, site, SiteSecrets("token"))

    def watch() -> SiteWatch:
        return SiteWatch(
            books,
            sites,
            Marks(books),
            lambda *_: pytest.fail("nobody is called"),
            now=lambda: NOW + timedelta(days=days[0]),
        )

    workers = [watch(), watch()]
    told = []
    for day in (0.0, 0.3, 1.0, 1.1, 7.5, 9.0):
        days[0] = day
        caplog.clear()
        for worker in workers:
            worker.look()
        told.append([record.getMessage() for record in caplog.records])
    assert [len(one) for one in told] == [1, 0, 1, 0, 1, 1]
    assert "in 8 days" in told[0][0]
    assert "ended on 2026-11-10" in told[-1][0]
