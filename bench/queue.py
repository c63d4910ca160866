"""What a burst of webhooks costs: one rescore a backlog, beside a job a webhook.

`python -m bench.queue [--json] [--quick]` puts 1,000 deliveries into the books, all of
one backlog or of 50, and lets a real worker (intake, marks, dispatch, engine, fence) do
an errand that only waits as long as a Jira would; then the same engine is given a job a
webhook, as services are often built. A single edit behind 5,000 of another backlog is
timed as well, and on PostgreSQL crews of one, two and four workers (`bench.workers`).
"""

import argparse
import hashlib
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import orjson
from dbos import DBOS
from sqlalchemy import func, insert, select

from app import clock
from app.books.backlogs import Backlog, Backlogs
from app.books.committing import MOST_ROWS
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.insisting import insist
from app.books.migrating import migrate
from app.books.tables import DeliveryRow, MarkRow, SnapshotRow
from app.ground import open_ground
from app.hiring import hire
from app.work.engine import QUEUE, VERSION
from bench import workers
from bench.deliveries import SEED, SITE
from bench.postgres import NoPostgresError, any_server, new_database
from scoring.item import Mode
from webhooks.delivery import Delivery

WEBHOOKS: Final = 1_000
BULK: Final = 5_000
BACKLOGS: Final = 50
# Fewer of the baseline's jobs are done, for they take longer; rates are compared.
JOBS: Final = {1: 20, BACKLOGS: 150}
JIRA_SECONDS: Final = 0.1
MOST_SECONDS: Final = 240.0
POLL_SECONDS: Final = 0.02
_BASELINE: Final = 10**9

Figures = dict[str, Any]


def figures(*, quick: bool = False) -> Figures:
    """Measure on both stores; `quick` leaves the crews out."""
    rows: list[Figures] = []
    ratios: Figures = {}
    with ExitStack() as stack:
        stores = {"sqlite": stack.enter_context(_sqlite())}
        try:
            server = stack.enter_context(any_server())
            stores["postgresql"] = stack.enter_context(new_database(server))
        except NoPostgresError:
            ratios["postgresql"] = None
        for name, url in stores.items():
            found, ratios[name] = _store(url)
            rows += [{"store": name, **row} for row in found]
    figures: Figures = {"seconds_in_jira": JIRA_SECONDS, "bursts": rows}
    if not quick and "postgresql" in stores:
        crews = workers.figures()
        figures["crews_on_postgresql"] = crews["figures"]
        ratios["crews_on_postgresql"] = crews["ratios"]
    names = ("dbos", "sqlalchemy", "psycopg")
    versions = {name: version(name) for name in names}
    return {
        "seed": SEED,
        "versions": {"python": platform.python_version(), **versions},
        "figures": figures,
        "ratios": ratios,
    }


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="cd3-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'books.db'}"


def _store(url: str) -> tuple[list[Figures], Figures]:
    books = Database(url)
    migrate(books)
    _fill(books)
    rows, ratios = [], {}
    with _working(url) as tell:
        burst = Burst(books, tell)
        burst.ours(100, 1)  # what is cold at first warms up
        for backlogs in (1, BACKLOGS):
            ours = burst.ours(WEBHOOKS, backlogs)
            plain = burst.baseline(JOBS[backlogs], backlogs)
            rows += [
                {"way": "ours", "backlogs": backlogs, **ours},
                {"way": "a job a webhook", "backlogs": backlogs, **plain},
            ]
            rates = [one["webhooks_a_second"] for one in (ours, plain)]
            ratios[f"{backlogs}_backlogs_vs_job_a_webhook"] = rates[0] / rates[1]
        rows.append({"way": "single behind a bulk", **burst.single()})
    books.close()
    return rows, ratios


def _fill(books: Database) -> None:
    """Make backlogs of a project each, which were read before."""
    now = clock.now()
    workers.add_site(books, SITE)
    with books.writing() as session:
        for number in range(BACKLOGS):
            name = _backlog(number)
            Backlogs().add(
                session, Backlog(name, SITE, name, "", Mode.RELATIVE, "", now)
            )
            session.flush()
            session.execute(
                insert(SnapshotRow).values(
                    backlog_id=name,
                    backlog_version=1,
                    mapping_version=1,
                    read_at=now,
                    names={},
                    troubles={},
                    projects=[f"P{number}"],
                )
            )


def _backlog(number: int) -> str:
    return f"backlog-{number:02}"


@dataclass(slots=True)
class Burst:
    """Sends bursts at the worker and watches the books."""

    books: Database
    tell: Callable[[str], None]
    sent: int = 0

    def ours(self, webhooks: int, backlogs: int) -> Figures:
        """Time a burst from its first commit until nothing is left to be done."""
        before, began = self._runs(), time.monotonic()
        self._deliver(webhooks, backlogs)
        stored = time.monotonic() - began
        self._wait(self._is_quiet)
        took = time.monotonic() - began
        return {
            "webhooks": webhooks,
            "rescores": self._runs() - before,
            "seconds_to_store": round(stored, 2),
            "seconds": round(took, 2),
            "webhooks_a_second": round(webhooks / took, 1),
        }

    def baseline(self, jobs: int, backlogs: int) -> Figures:
        """Time one job a webhook, on the same engine, one at a time a backlog."""
        began = time.monotonic()
        self.tell(f"{jobs} {backlogs}\n")
        took = time.monotonic() - began
        return {
            "webhooks": jobs,
            "rescores": jobs,
            "seconds": round(took, 2),
            "webhooks_a_second": round(jobs / took, 1),
        }

    def single(self) -> Figures:
        """Time one edit of a backlog whose delivery lies behind 5,000 of another."""
        self._deliver(BULK, 1)
        other, before = _backlog(1), self._runs(_backlog(1))
        began = time.monotonic()
        self._deliver(1, 1, first=1)
        self._wait(lambda: self._runs(other) > before)
        took = time.monotonic() - began
        self._wait(self._is_quiet)
        return {"webhooks": BULK + 1, "seconds": round(took, 2)}

    def _deliver(self, count: int, backlogs: int, *, first: int = 0) -> None:
        deliveries = Deliveries(self.books)
        batch = [self._edit(first + number % backlogs) for number in range(count)]
        for start in range(0, count, MOST_ROWS):
            now = clock.now()
            deliveries.add([(one, now) for one in batch[start : start + MOST_ROWS]])

    def _edit(self, backlog: int) -> Delivery:
        self.sent += 1
        body = orjson.dumps(
            {
                "webhookEvent": "jira:issue_updated",
                "issue": {
                    "id": str(10_000 + self.sent % 200),
                    "key": f"P{backlog}-{self.sent % 200}",
                    "fields": {"summary": "x" * 2_000, "number": self.sent},
                },
                "changelog": {"items": [{"field": "Cost of delay", "toString": "1"}]},
            }
        )
        digest = hashlib.sha256(body).digest()
        return Delivery(SITE, f"d{self.sent}", body, digest)

    def _runs(self, backlog: str = "") -> int:
        query = select(func.coalesce(func.sum(MarkRow.run), 0))
        if backlog:
            query = query.where(MarkRow.backlog_id == backlog)
        with self.books.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def _is_quiet(self) -> bool:
        """Tell whether all is read and no mark waits; `attempts` tells who runs."""
        unread = select(DeliveryRow.id).where(DeliveryRow.state == "new").limit(1)
        busy = select(MarkRow.backlog_id).where(
            MarkRow.dirty_at.is_not(None)
            | MarkRow.dispatched.is_(True)
            | (MarkRow.run > MarkRow.attempts)
        )
        with self.books.engine.connect() as connection:
            found = connection.execute(unread).first()
            return found is None and connection.execute(busy.limit(1)).first() is None

    def _wait(self, happened: Any) -> None:
        until = time.monotonic() + MOST_SECONDS
        while not happened():
            if time.monotonic() > until:
                raise TimeoutError(f"the worker was not done in {MOST_SECONDS:g} s")
            time.sleep(POLL_SECONDS)


@contextmanager
def _working(url: str) -> Iterator[Callable[[str], None]]:
    """Run a worker; what is given tells it something and waits for its answer."""
    command = [sys.executable, "-m", "bench.queue", "--work", url]
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:

        def tell(words: str) -> None:
            if process.stdin is not None and process.stdout is not None:
                process.stdin.write(words)
                process.stdout.readline()

        tell("0 1\n")
        try:
            yield tell
        finally:
            if process.stdin is not None:
                process.stdin.close()


def _work(url: str) -> None:
    """Be the worker; for a line `JOBS BACKLOGS`, do so many jobs, a webhook each."""
    ground = open_ground(workers.settings(url))

    def errand(backlog: str, generation: int) -> str:
        if generation >= _BASELINE:
            time.sleep(JIRA_SECONDS)
            return "done"
        taken = insist(lambda: ground.marks.take(backlog, generation, now=clock.now()))
        time.sleep(JIRA_SECONDS)
        if taken is not None:
            insist(lambda: workers.count_run(ground.database, backlog))
        return "done"

    worker = hire(ground, errand)
    worker.start()
    number = _BASELINE
    for line in sys.stdin:
        jobs, backlogs = map(int, line.split())
        handles = []
        for job in range(jobs):
            backlog, number = _backlog(job % backlogs), number + 1
            handles.append(
                DBOS.enqueue_workflow_with_options(
                    {
                        "workflow_name": "rescore",
                        "queue_name": QUEUE,
                        "workflow_id": f"webhook:{number}",
                        "queue_partition_key": backlog,
                        "app_version": VERSION,
                    },
                    backlog,
                    number,
                )
            )
        for handle in handles:
            handle.get_result(polling_interval_sec=POLL_SECONDS)
        _say("done")
    worker.stop()
    ground.close()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="leave the crews out")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.work:
        _work(chosen.work)
        return
    found = figures(quick=chosen.quick)
    print(json.dumps(found, indent=None if chosen.json else 2, allow_nan=False))


if __name__ == "__main__":
    main()
