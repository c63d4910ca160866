"""A sandbox in the test's process, a real `cd3 serve` beside it, and a person."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select, update

from app import clock
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.tables import MarkRow
from app.demo.setting_up import Admin, Setup
from app.demo.stage import PERSON, RETRY_SECONDS, US
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.sample import (
    COST_OF_DELAY,
    sample,
    sample_backlog,
    sample_mapping,
)
from connectors.sandbox.serving import free_port, in_thread
from tests.contracts.overheard import Overheard
from tests.gates import PATIENCE
from tests.starting import CD3, Started, run
from tests.ways import SITE_URL, Way

# Nobody's answer is late for a test because the machine is slow.
ANSWER_SECONDS = 60.0
SECRET = "a webhook secret of more than 32 characters"


class World:
    """A sandbox in this process, a service in another, and a person between them."""

    def __init__(
        self,
        folder: Path,
        site: Sandbox,
        url: str,
        settings: dict[str, str],
        way: Way = SITE_URL,
    ) -> None:
        self.site = site
        self.url = url
        self.way = way
        self.accounts = site.state.accounts.by_email
        self.tokens = {account.email: account.token for account in site.state.accounts}
        person = way.login(self.accounts[PERSON])
        self.person = httpx.Client(
            base_url=url,
            auth=(person, self.tokens[PERSON]),
            trust_env=False,
            timeout=ANSWER_SECONDS,
        )
        self.port = free_port()
        self.service = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CD3_")},
            "CD3_DATABASE_URL": f"sqlite:///{folder / 'cd3.db'}",
            "CD3_ALLOWED_HOSTS": url.removeprefix("http://"),
            "CD3_PORT": str(self.port),
            "CD3_LOG_LEVEL": "warning",
            # No round by the clock comes between, unless a test wants it to.
            "CD3_CLOCK_ROUND_SECONDS": "3600",
            **way.settings(url),
            **settings,
        }
        self.folder = folder
        self.words: tuple[str, ...] = ("serve",)
        self.hired: tuple[str, ...] = ()
        self.workers: dict[str, Started] = {}
        self.process: Started | None = None
        self.key = ""
        self.backlog = ""

    def command(self, *words: str) -> str:
        """Run a command to its end."""
        return run([str(CD3), *words], cwd=self.folder, env=self.environment)

    def start(self) -> None:
        """Start the service and wait until it answers."""
        self.process = Started(
            [str(CD3), *self.words], cwd=self.folder, env=self.environment
        )
        wait_for(self._answers, seconds=60)

    def _answers(self) -> bool:
        try:
            answer = httpx.get(f"{self.service}/readyz", trust_env=False, timeout=10)
        except httpx.TransportError:
            return False
        return answer.is_success

    def hire(self, name: str) -> None:
        """Start a worker in a process of its own, one that obeys orders."""
        if name in self.workers:
            self.dismiss(name)
        module = "tests.app.work.worker_process"
        self.workers[name] = Started(
            [sys.executable, "-m", module, name, str(self.folder)],
            env=self.environment,
            told=True,
        )

    def kill(self) -> None:
        """Kill the service as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def set_up(self) -> None:
        """Connect the two sides and wait for the first ranking and publication."""
        self.command("migrate")
        self.key = self.command("keys", "create", "flow", "--role", "admin").strip()
        for name in self.hired:
            self.hire(name)
        self.start()
        backlog = sample_backlog()
        space = backlog.pop("space")
        setup = Setup(
            sandbox_url=self.url,
            confluence_url=self.way.given_confluence(self.url),
            email=self.way.login(self.accounts[US]),
            credentials=self.way.credentials(self.accounts[US]),
            token=self.tokens[US],
            webhook_secret=SECRET,
            backlog={**backlog, "pages": {"space": space}},
            mapping=sample_mapping(),
        )
        with Admin(self.service, self.key) as admin:
            self.backlog = admin.set_up(setup)
            admin.wait_for_ranking(self.backlog, seconds=60 * PATIENCE)
        wait_for(self.is_quiet, seconds=60)
        self.person.post("/sandbox/requests/reset")

    def is_quiet(self) -> bool:
        """Tell whether all that happened is worked off, with the pages that follow."""
        with self.books() as books:
            return is_worked_off(books, self.site)

    @contextmanager
    def books(self) -> Iterator[Database]:
        """Open the service's books beside it."""
        with closing(Database(self.environment["CD3_DATABASE_URL"])) as books:
            yield books

    def bring_the_round(self) -> None:
        """Let the time until the next round by the clock be over."""
        with self.books() as books, books.transaction() as connection:
            connection.execute(update(MarkRow).values(clock_at=None))

    def edit(self, key: str, cost: float) -> None:
        """Change a cost of delay, as a person does."""
        body = {"fields": {COST_OF_DELAY: cost}}
        self.person.put(self.way.issue(key), json=body).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """List what reached the sandbox from the service."""
        log = self.person.get("/sandbox/requests").json()["requests"]
        return [one for one in log if "cd3" in str(one["account"])]

    def rank_calls(self) -> int:
        return sum(1 for one in self.requests() if one["path"].endswith("/issue/rank"))

    def written(self) -> list[str]:
        """List the issues whose fields were written."""
        return [key for one in self.requests() if (key := self.way.edited(one))]

    def jira_reads(self) -> list[str]:
        """List what the service read from Jira."""
        return [
            f"{one['method']} {one['path']}"
            for one in self.requests()
            if one["method"] != "PUT" and "/wiki" not in one["path"]
        ]

    def order(self) -> list[str]:
        """Give the keys in Jira's order."""
        body = {"jql": "project = HARB ORDER BY Rank", "fields": ["summary"]}
        answer = self.person.post(self.way.search, json={**body, "maxResults": 100})
        return [issue["key"] for issue in answer.json()["issues"]]

    def page(self, kind: str) -> dict[str, Any]:
        """Read one of our pages from Confluence, its storage format too."""
        with Admin(self.service, self.key) as admin:
            [known] = [p for p in admin.pages(self.backlog) if p["kind"] == kind]
        path, params = self.way.page(str(known["page_id"]))
        answer = self.person.get(path, params=params)
        page: dict[str, Any] = answer.raise_for_status().json()
        return page

    def forget_webhooks(self) -> None:
        """Take the webhooks away, as an admin of Jira may do any day."""
        for hook in self.person.get(self.way.webhooks).raise_for_status().json():
            number = hook.get("id") or hook["self"].rpartition("/")[2]
            self.person.delete(f"{self.way.webhooks}/{number}").raise_for_status()

    def deliveries(self) -> list[dict[str, Any]]:
        """List what the sandbox delivered."""
        told: list[dict[str, Any]] = self.person.get("/sandbox/webhooks").json()[
            "deliveries"
        ]
        return told

    def dismiss(self, name: str) -> None:
        """End a worker, kindly where it still hears us."""
        worker = self.workers.pop(name)
        assert worker.stdin is not None
        worker.stdin.close()
        try:
            worker.wait(20 * PATIENCE)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()

    def close(self) -> None:
        for name in list(self.workers):
            self.dismiss(name)
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20 * PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.person.close()


def is_worked_off(books: Database, site: Sandbox) -> bool:
    """Tell whether all webhooks are out and read, and no rescore is due or under way.

    The books are asked twice: a rescore that began and ended while the site was asked,
    and the echo of whose last write is on its way, shows in the number of its run.
    """
    before = _runs_at_rest(books)
    return before is not None and site.settle(0) and _runs_at_rest(books) == before


def _runs_at_rest(books: Database) -> dict[str, int] | None:
    """Count the rescores that have begun, by backlog; None where work is left.

    What a dead worker had taken is left, and so is what waits for another try.
    """
    if Deliveries(books).any_waiting():
        return None
    columns = (MarkRow.dirty_at, MarkRow.dispatched, MarkRow.taken, MarkRow.due_at)
    with books.engine.connect() as connection:
        marks = connection.execute(
            select(MarkRow.backlog_id, MarkRow.run, *columns)
        ).all()
    now = clock.now()
    for mark in marks:
        due = mark.due_at is not None and mark.due_at <= now
        if due or mark.dirty_at or mark.dispatched or mark.taken is not None:
            return None
    return {mark.backlog_id: mark.run for mark in marks}


def wait_for(happened: Callable[[], object], *, seconds: float) -> None:
    """Wait until it happens; fail after `seconds` of a machine that is not slow."""
    deadline = time.monotonic() + seconds * PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def world(
    folder: Path,
    *,
    workers: tuple[str, ...] = (),
    way: Way = SITE_URL,
    **settings: str,
) -> Iterator[World]:
    """Make a world; `settings` are those of the service (CD3_…).

    With `workers`, these do the work beside a service that does none.
    """
    seed = sample()
    seed["accounts"][0]["scopedToken"] = "a scoped token"
    site = create_sandbox(seed, retry_waits=RETRY_SECONDS, flavour=way.flavour)
    site.app.add_middleware(Overheard)
    with in_thread(site) as url:
        made = World(folder, site, url, settings, way)
        if workers:
            made.words = ("serve", "--no-worker")
        made.hired = workers
        try:
            made.set_up()
            yield made
        finally:
            made.close()
