"""A webhook that should have come and did not is told of, and heard again forgotten."""

from datetime import timedelta

import pytest

from app.books.database import Database
from app.books.sightings import COARSE, Sighting, Sightings
from tests.app.conftest import NOW

HOUR = timedelta(hours=1)


def read(books: Database) -> Sighting:
    with books.engine.connect() as connection:
        return Sightings().find(connection, "acme")


def test_a_site_that_was_never_heard_has_an_empty_one(books: Database) -> None:
    assert read(books) == Sighting("acme", None, 0, None)


def test_what_was_missed_adds_up_until_the_next_delivery(books: Database) -> None:
    sightings = Sightings()
    with books.transaction() as connection:
        sightings.hear(connection, {"acme": NOW, "other": NOW})
        sightings.miss(connection, "acme", 2, now=NOW + HOUR)
        sightings.miss(connection, "acme", 3, now=NOW + 2 * HOUR)
    assert read(books) == Sighting("acme", NOW, 5, NOW + 2 * HOUR)
    with books.transaction() as connection:
        sightings.hear(connection, {"acme": NOW + 3 * HOUR})
    assert read(books) == Sighting("acme", NOW + 3 * HOUR, 0, None)


def test_the_time_is_coarse_so_that_not_each_delivery_writes(books: Database) -> None:
    with books.transaction() as connection:
        Sightings().hear(connection, {"acme": NOW})
        Sightings().hear(connection, {"acme": NOW + COARSE / 2})
    assert read(books).heard_at == NOW
    with books.transaction() as connection:
        Sightings().hear(connection, {"acme": NOW + 2 * COARSE})
    assert read(books).heard_at == NOW + 2 * COARSE


@pytest.mark.parametrize(
    ("heard", "missed", "hours", "silent"),
    [
        (NOW, 3, 6, True),
        (NOW, 3, 5.9, False),  # not for long enough
        (NOW, 0, 60, False),  # nothing changed: there was nothing to tell
        (None, 1, 7, True),
        (None, 1, 5, False),
    ],
)
def test_silence_is_no_delivery_though_issues_changed(
    heard: object, missed: int, hours: float, *, silent: bool
) -> None:
    missed_at = NOW if missed else None
    told = Sighting("acme", NOW if heard else None, missed, missed_at)
    now = NOW + hours * HOUR
    assert told.is_silent(now=now, after=6 * HOUR) is silent
