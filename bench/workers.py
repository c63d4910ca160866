"""How much one, two and four workers get done on PostgreSQL, over 50 backlogs.

`python -m bench.workers [--json]` marks all backlogs dirty, several times over, and
lets real workers (intake, dispatch, engine, fence) do an errand that only waits as long
as Jira would. It finds or starts a PostgreSQL of its own.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import func, null, select, update

from app import clock
from app.books.backlogs import Backlog, Backlogs
from app.books.database import Database
from app.books.marks import Marks
from app.books.migrating import migrate
from app.books.secrets import Sealer
from app.books.sites import Site, Sites, SiteSecrets
from app.books.tables import MarkRow
from app.books.workers import Workers
from app.ground import open_ground
from app.hiring import hire
from app.settings import Settings
from bench.intake_apps import SECRET_KEY
from bench.postgres import NoPostgresError, any_server, new_database
from scoring.item import Mode

CREWS: Final = (1, 2, 4)
BACKLOGS: Final = 50
ROUNDS: Final = 4
JIRA_SECONDS: Final = 0.4
MOST_SECONDS: Final = 300.0
LEASE: Final = timedelta(minutes=1)
# The engine's threads begin after the first sign of life.
SETTLE_SECONDS: Final = 4.0

Figures = dict[str, Any]


def figures() -> Figures:
    """Measure each crew, in a database of its own."""
    seconds: dict[int, float] = {}
    with any_server() as server:
        for size in CREWS:
            with new_database(server) as url:
                seconds[size] = _measure(url, size)
    rates = {size: BACKLOGS * ROUNDS / took for size, took in seconds.items()}
    return {
        "versions": {"dbos": version("dbos"), "psycopg": version("psycopg")},
        "figures": {
            "backlogs": BACKLOGS,
            "rescores": BACKLOGS * ROUNDS,
            "seconds_in_jira": JIRA_SECONDS,
            "rescores_a_second": {str(n): round(r, 1) for n, r in rates.items()},
        },
        "ratios": {
            f"{size}_vs_1": round(rate / rates[1], 2)
            for size, rate in rates.items()
            if size > 1
        },
    }


def _measure(url: str, size: int) -> float:
    """Time all rounds, from the first mark to the last rescore's end."""
    database = Database(url)
    migrate(database)
    names = [f"backlog-{number:02}" for number in range(BACKLOGS)]
    _fill(database, names)
    with _working(url, size, database):
        began = time.monotonic()
        for number in range(1, ROUNDS + 1):
            with database.transaction() as connection:
                marks = Marks(database)
                marks.touch(
                    connection, names, reason="bench", now=clock.now(), urgent=True
                )
            _wait(database, runs=number * BACKLOGS)
        took = time.monotonic() - began
    database.close()
    return took


def _fill(database: Database, names: list[str]) -> None:
    now = clock.now()
    add_site(database, "bench")
    with database.writing() as session:
        for name in names:
            Backlogs().add(
                session, Backlog(name, "bench", name, "", Mode.RELATIVE, "", now)
            )


def add_site(database: Database, name: str) -> None:
    """Add the one site, to which nothing is ever sent."""
    site = Site(name, "Bench", "https://example.atlassian.net", "", "", clock.now())
    with database.writing() as session:
        Sites(Sealer((SECRET_KEY,))).add(session, site, SiteSecrets("token", ()))


def _wait(database: Database, *, runs: int) -> None:
    deadline = time.monotonic() + MOST_SECONDS
    done = select(func.coalesce(func.sum(MarkRow.attempts), 0))
    while time.monotonic() < deadline:
        with database.engine.connect() as connection:
            if connection.execute(done).scalar_one() >= runs:
                return
        time.sleep(0.02)
    raise TimeoutError(f"the workers did not do {runs} in {MOST_SECONDS:g} s")


@contextmanager
def _working(url: str, size: int, database: Database) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.workers", "--work", url]
    crew = [
        subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - ourselves
        for _ in range(size)
    ]
    try:
        _wait_for_all(database, size)
        yield
    finally:
        for process in crew:
            process.communicate()


def _wait_for_all(database: Database, size: int) -> None:
    workers = Workers(database, LEASE)
    deadline = time.monotonic() + MOST_SECONDS
    while len(workers.alive()) < size:
        if time.monotonic() > deadline:
            raise TimeoutError("the workers did not start")
        time.sleep(0.1)
    time.sleep(SETTLE_SECONDS)


def settings(url: str) -> Settings:
    """Give a bench's worker its settings, and none of whoever runs the bench."""
    key = SecretStr(SECRET_KEY)
    return Settings(_env_file=None, database_url=url, secret_key=key)


def count_run(database: Database, backlog: str) -> None:
    """Note an errand's end; what a failure counts serves here for what is done."""
    with database.transaction() as connection:
        connection.execute(
            update(MarkRow)
            .where(MarkRow.backlog_id == backlog)
            .values(attempts=MarkRow.attempts + 1, taken=null())
        )


def _work(url: str) -> None:
    """Be one worker, until stdin ends."""
    ground = open_ground(settings(url))

    def errand(backlog: str, generation: int) -> str:
        ground.marks.take(backlog, generation, now=clock.now())
        time.sleep(JIRA_SECONDS)
        count_run(ground.database, backlog)
        return "done"

    worker = hire(ground, errand)
    worker.start()
    sys.stdin.read()
    worker.stop()
    ground.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object for scripts")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        _work(given.work)
        return
    try:
        found = figures()
    except NoPostgresError as error:
        sys.exit(str(error))
    print(json.dumps(found, indent=None if given.json else 2))


if __name__ == "__main__":
    main()
