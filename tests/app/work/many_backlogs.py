"""A site with many backlogs, a project each, and the service that ranks them all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from app import clock
from app.books.backlogs import Backlogs
from app.books.database import Database
from app.books.keys import Keys, Role
from app.books.mappings import Mappings
from app.books.marks import Marks
from app.books.migrating import migrate
from app.demo.setting_up import Admin
from bench.drain import COST, SCORE, TOKEN, WEEKS, seed_of, setup_of
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.serving import in_thread
from tests.changing import PERSON
from tests.receiving import service
from tests.starting import CD3
from tests.world import ANSWER_SECONDS, SECRET, wait_for

ALONE = "SOLO"


@dataclass(frozen=True)
class Town:
    """The site, a person's hands, and the books of who scores it.

    `names` are projects whose backlogs are still to be added; `alone` is the id of one
    that is there, of a single issue, in the site called `host`.
    """

    site: Sandbox
    person: httpx.Client
    books: Database
    names: Sequence[str]
    alone: str
    host: str

    def add_all(self) -> None:
        """Add the backlogs, which are like the one that is there, and mark them."""
        now = clock.now()
        with self.books.writing() as session:
            backlog = Backlogs().find(session, self.alone)
            mapping = Mappings().newest(session, self.alone)
            assert backlog is not None
            assert mapping is not None
            for name in self.names:
                one = replace(backlog, id=name, name=name, jql=f"project = {name}")
                Backlogs().add(session, one)
                Mappings().save(session, name, mapping.mapping, by="test", now=now)
            Marks(self.books).touch(
                session.connection(), self.names, reason="admin", now=now, urgent=True
            )

    def scored(self) -> int:
        """Count the issues that have a score."""
        issues = [i for i in self.site.state.issues.values() if i.project != ALONE]
        return sum(1 for one in issues if one.values.get(SCORE) is not None)


@contextmanager
def many_backlogs(
    store: str, folder: Path, names: Sequence[str], each: int, **settings: str
) -> Iterator[Town]:
    """Serve such a site and a service beside it; one backlog is ranked already."""
    books = Database(store)
    migrate(books)
    with books.writing() as session:
        _, key = Keys().create(session, name="t", role=Role.ADMIN, now=clock.now())
    site = create_sandbox(_seed(names, each), retry_waits=(0.5, 1.0, 2.0))
    with (
        in_thread(site) as url,
        httpx.Client(
            base_url=url,
            auth=(PERSON, TOKEN),
            trust_env=False,
            timeout=ANSWER_SECONDS,
        ) as person,
        service(
            folder, store, CD3_ALLOWED_HOSTS=url.removeprefix("http://"), **settings
        ) as one,
    ):
        one.start(str(CD3), "serve")
        setup = setup_of(url, SECRET, name=ALONE)
        setup = replace(setup, backlog={**setup.backlog, "jql": f"project = {ALONE}"})
        with Admin(one.address, key) as admin:
            alone = admin.set_up(setup)
        first = site.state.find(f"{ALONE}-1")
        assert first is not None
        wait_for(lambda: first.values.get(SCORE) is not None, seconds=30)
        with books.reading() as session:
            backlog = Backlogs().find(session, alone)
        assert backlog is not None
        yield Town(site, person, books, names, alone, backlog.site_id)
    books.close()


def _seed(names: Sequence[str], each: int) -> dict[str, Any]:
    seed = seed_of(1)
    [ours], [pattern] = seed["accounts"], seed["issues"]
    person = {"accountId": "person", "email": PERSON, "displayName": "Mia"}
    seed["accounts"] = [ours, {**ours, **person}]
    counts = {ALONE: 1, **dict.fromkeys(names, each)}
    seed["projects"] = [
        {"id": f"{number}", "key": name, "name": name}
        for number, name in enumerate(counts, start=10_000)
    ]
    seed["issues"] = [
        {**pattern, "key": f"{name}-{n}", "fields": {COST: 100.0 + n, WEEKS: 2.0}}
        for name, count in counts.items()
        for n in range(1, count + 1)
    ]
    return seed
