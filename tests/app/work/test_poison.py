"""What cannot be worked off is parked with its reason, and nothing waits behind it."""

import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import orjson
import pytest
from sqlalchemy import select, update

from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.marks import Marks
from app.books.readers import MOST_TRIES, Reader
from app.books.tables import DeliveryRow
from app.work.concern import Watch
from app.work.intake import Intake, SiteView
from tests.app.conftest import NOW
from webhooks.delivery import Delivery

WATCH = Watch("one", keys=frozenset(), ranked=False)


def edit(number: int, site: str = "acme") -> Delivery:
    body = orjson.dumps(
        {
            "webhookEvent": "jira:issue_updated",
            "issue": {"id": f"{number}", "key": f"HARB-{number}"},
        }
    )
    return Delivery(site, f"d{number}", body, hashlib.sha256(body).digest())


def ends(books: Database) -> list[tuple[str, str, str]]:
    with books.engine.connect() as connection:
        rows = connection.execute(
            select(DeliveryRow.site_id, DeliveryRow.state, DeliveryRow.reason)
        )
        return [(site, state, reason) for site, state, reason in rows]


Lives = Callable[[Database, int], int]


@pytest.fixture(scope="module")
def lives() -> Iterator[Lives]:
    """Have a worker read, die and be started again; answer how many lives it took."""
    command = [sys.executable, "-m", "tests.app.work.mortal_reader"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said, heard = process.stdin, process.stdout

        def live(books: Database, most: int) -> int:
            url = books.engine.url.render_as_string(hide_password=False)
            said.write(f"{url} {most}\n")
            return int(heard.readline())

        yield live


def test_what_kills_whoever_reads_it_is_parked_after_a_few_deaths(
    books: Database, lives: Lives
) -> None:
    others = [edit(number) for number in range(60)]
    batch = [*others[:5], edit(99, "poison"), *others[5:]]
    Deliveries(books).add([(one, NOW) for one in batch])
    lives(books, 3)
    # Its batch died with it once, and those behind it in the second life; then no more.
    assert Counter(end[:2] for end in ends(books)) == {
        ("acme", "done"): 60,
        ("poison", "new"): 1,
    }
    assert lives(books, 20) == MOST_TRIES - 3 + 1
    [(state, reason)] = [end[1:] for end in ends(books) if end[0] == "poison"]
    assert state == "dead"
    assert reason == f"ends workers: {MOST_TRIES} ended while they read it"


def test_deaths_of_other_causes_park_nothing(books: Database, lives: Lives) -> None:
    Deliveries(books).add([(edit(1), NOW), (edit(2, "poison"), NOW)])
    for _ in range(MOST_TRIES - 1):
        lives(books, 1)
    with books.transaction() as connection:  # the poison was cured
        connection.execute(update(DeliveryRow).values(site_id="acme"))
    assert lives(books, 1) == 1
    assert {end[1:] for end in ends(books)} == {("done", "")}


@pytest.mark.parametrize("trouble", [ZeroDivisionError, LookupError])
def test_what_cannot_be_judged_is_parked_and_the_rest_goes_on(
    books: Database, trouble: type[Exception]
) -> None:
    def view(site: str, _names: object) -> SiteView:
        if site == "odd":
            raise trouble
        return SiteView("", frozenset(), [WATCH])

    deliveries = Deliveries(books)
    deliveries.add([(edit(1), NOW), (edit(2, "odd"), NOW), (edit(3), NOW)])
    reader = Reader(books, deliveries, "worker")
    intake = Intake(books, deliveries, Echoes(books), Marks(books), view, reader)
    assert intake.read(now=NOW) == 3
    assert [end[1:] for end in ends(books)] == [
        ("done", ""),
        ("dead", "cannot be judged: see the log"),
        ("done", ""),
    ]


def test_what_the_books_cannot_keep_fails_alone(books: Database) -> None:
    """A backlog that is gone since it was looked up cannot be marked."""
    watches = {
        "acme": [WATCH],
        "odd": [Watch("gone", keys=frozenset(), ranked=False)],
    }
    deliveries = Deliveries(books)
    deliveries.add([(edit(1), NOW), (edit(2, "odd"), NOW), (edit(3), NOW)])
    intake = Intake(
        books,
        deliveries,
        Echoes(books),
        Marks(books),
        lambda site, _names: SiteView("", frozenset(), watches[site]),
        Reader(books, deliveries, "worker"),
    )
    assert intake.read(now=NOW) == 3
    states = [end[1] for end in ends(books)]
    assert states == ["done", "dead", "done"]
    assert ends(books)[1][2] == "cannot be judged: IntegrityError, see the log"
