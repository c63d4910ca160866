"""A sandbox on the wire, books, and the errand between them, a step at a time."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from sqlalchemy import select

from app import clock
from app.books.backlogs import Backlog, Backlogs, Policy
from app.books.copies import Copies
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.mappings import Mappings
from app.books.marks import Marks
from app.books.pages import Pages
from app.books.plans import Plans
from app.books.rankings import Rankings
from app.books.readers import Reader
from app.books.secrets import Sealer
from app.books.sites import Site, Sites, SiteSecrets
from app.books.snapshots import Snapshots
from app.books.tables import DeliveryRow
from app.books.workers import Workers
from app.connections import Connections
from app.work.intake import Intake
from app.work.publishing import Publisher
from app.work.rescore import Rescore
from app.work.task import Tasks
from app.work.view import SiteViews
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.sample import (
    COST_OF_DELAY,
    sample,
    sample_backlog,
    sample_mapping,
)
from connectors.sandbox.serving import in_thread
from scoring.item import Mode
from tests.app.work.lagging import LaggingIndex
from tests.gates import PATIENCE
from tests.ways import SITE_URL, Way
from webhooks.delivery import Delivery

PERSON, US = "ada@harbour.example", "cd3@harbour.example"
SCORE = sample_mapping()["outputs"]["score"]
LATER = timedelta(seconds=10)
KEY = "a secret key of more than 32 characters"


class Errand:
    """Everything between a person's edit and our writes, one step at a time."""

    def __init__(
        self, books: Database, site: Sandbox, url: str, way: Way = SITE_URL
    ) -> None:
        self.books, self.site, self.url, self.way = books, site, url, way
        tokens = {one.email: one.token for one in site.state.accounts}
        self.us = next(one for one in site.state.accounts if one.email == US)
        person = way.login(site.state.accounts.by_email[PERSON])
        self.person = httpx.Client(
            base_url=url, auth=(person, tokens[PERSON]), trust_env=False, timeout=60
        )
        self.token = tokens[US]
        self.mail: list[bytes] = []
        self.count = 0
        self.marks, self.echoes = Marks(books), Echoes(books)
        self.sites = Sites(Sealer((KEY,)))
        host = url.removeprefix("http://")
        self.connections = Connections(allowed_hosts=(host,))
        tasks = Tasks(
            books,
            self.sites,
            Backlogs(),
            Mappings(),
            self.connections,
            self.marks,
        )
        self.rescore = Rescore(
            database=books,
            tasks=tasks,
            rankings=Rankings(),
            plans=Plans(),
            marks=self.marks,
            echoes=self.echoes,
            publisher=Publisher(books, Pages()),
        )
        Workers(books, timedelta(minutes=5)).begin("worker")
        deliveries = Deliveries(books)
        self.intake = Intake(
            books,
            deliveries,
            self.echoes,
            self.marks,
            SiteViews(books, self.sites, Backlogs(), Mappings()),
            Reader(books, deliveries, "worker"),
        )

    def set_up(self, backlog: str = "harbour", **more: Any) -> None:
        """Put the site and a backlog of it into the books, and rank it once."""
        now = clock.now()
        given = sample_backlog()
        with self.books.writing() as session:
            if self.sites.find(session, "pretend") is None:
                wiki, we = f"{self.url}/wiki", self.way.login(self.us)
                site = Site("pretend", "Pretend", self.url, wiki, we, now)
                self.sites.add(session, site, SiteSecrets(self.token))
            wanted = Backlog(
                backlog,
                "pretend",
                backlog,
                given["jql"],
                Mode.MONEY,
                "EUR",
                now,
                policy=Policy(write=("scores", "rank")),
            )
            Backlogs().add(session, replace(wanted, **more))
            Mappings().save(session, backlog, sample_mapping(), by="test", now=now)
        self.wake("admin", backlog)
        assert self.run() == ["applied"]
        self.settle()

    def settle(self) -> None:
        """Let all echoes in, and forget the requests so far."""
        self.hear(*self.told())
        assert self.run() == []
        self.person.post("/sandbox/requests/reset")

    def wake(self, reason: str, backlog: str = "harbour") -> None:
        """Mark the backlog."""
        with self.books.transaction() as connection:
            self.marks.touch(
                connection, [backlog], reason=reason, now=clock.now(), urgent=True
            )

    def edit(self, key: str, cost: float) -> None:
        """Change a cost of delay, as a person does."""
        self.put(key, {COST_OF_DELAY: cost})

    def put(self, key: str, fields: Mapping[str, object]) -> None:
        """Change fields, as a person does."""
        body = {"fields": dict(fields)}
        self.person.put(self.way.issue(key), json=body).raise_for_status()

    def told(self) -> list[bytes]:
        """Take the webhooks that came since the last time."""
        assert self.site.settle(10 * PATIENCE)
        came, self.mail[:] = list(self.mail), []
        return came

    def hear(self, *bodies: bytes) -> None:
        """Let webhooks in, in this order, and read them."""
        batch = []
        for body in bodies:
            self.count += 1
            digest = hashlib.sha256(body + str(self.count).encode()).digest()
            delivery = Delivery("pretend", f"d{self.count}", body, digest)
            batch.append((delivery, clock.now()))
        if batch:
            self.intake.deliveries.add(batch)
        while self.intake.deliveries.any_waiting():
            self.intake.read(now=clock.now())

    def run(self) -> list[str]:
        """Do the errand for whatever is due; tell how each ended."""
        with self.books.transaction() as connection:
            due = self.marks.due(connection, now=clock.now() + LATER, limit=1_000)
            for one in due:
                self.marks.dispatched(connection, one, now=clock.now())
        return [self.rescore(one.backlog, one.generation) for one in due]

    def requests(self) -> list[tuple[str, str]]:
        """List what reached the sandbox from us: method and path."""
        log = self.person.get("/sandbox/requests").json()["requests"]
        ours = self.us.account_id
        return [(r["method"], r["path"]) for r in log if r["account"] == ours]

    def reads(self) -> list[str]:
        """List what we read: the path of each request that writes nothing."""
        return [path for method, path in self.requests() if method != "PUT"]

    def written(self) -> list[str]:
        """List the issues whose fields were written."""
        return [
            path.rpartition("/")[2]
            for method, path in self.requests()
            if method == "PUT" and "/issue/rank" not in path
        ]

    def rank_calls(self) -> int:
        return sum(1 for _, path in self.requests() if path.endswith("/issue/rank"))

    def score(self, key: str) -> float:
        issue = self.site.state.find(key)
        assert issue is not None
        return float(issue.values[SCORE])

    def order(self) -> list[str]:
        """Give the backlog's keys in Jira's order."""
        keys = {copy.key for copy in self.copies().values()}
        return [i.key for i in self.site.state.in_rank_order() if i.key in keys]

    def copies(self, backlog: str = "harbour") -> dict[str, Any]:
        """Give our copies of the backlog's issues, by id."""
        with self.books.engine.connect() as connection:
            places = Copies().places(connection, backlog)
        return {place.id: place for place in places}

    def ends(self) -> list[tuple[str, str]]:
        """Tell what the deliveries came to."""
        with self.books.engine.connect() as connection:
            query = select(DeliveryRow.state, DeliveryRow.reason)
            rows = connection.execute(query.order_by(DeliveryRow.id)).all()
        return [(row[0], row[1]) for row in rows]

    def state(self, backlog: str = "harbour") -> tuple[str, str]:
        with self.books.reading() as session:
            found = Backlogs().find(session, backlog)
        assert found is not None
        return found.state, found.state_reason

    def found(self) -> int:
        """Count what no webhook told of."""
        with self.books.engine.connect() as connection:
            return sum(Snapshots().found_by_site(connection).values())


def small_seed(*keys: str) -> dict[str, Any]:
    """Take a few issues of the sample, all of its evidence, and every permission."""
    seed = sample()
    kept = [i for i in seed["issues"] if i["key"] in keys or i["key"][:4] == "TIDE"]
    names = {issue["key"] for issue in kept}
    seed["issues"] = kept
    seed["links"] = [x for x in seed["links"] if {x["from"], x["to"]} <= names]
    for account in seed["accounts"]:
        account["permissions"].append("DELETE_ISSUES")
    return seed


@contextmanager
def errand(
    books: Database,
    seed: Mapping[str, Any] | None = None,
    *,
    way: Way = SITE_URL,
    index: LaggingIndex | None = None,
) -> Iterator[Errand]:
    """Make a sandbox whose webhooks land in `mail`, and what works between."""
    site = create_sandbox(seed or sample(), retry_waits=(0.1,), flavour=way.flavour)
    if index is not None:
        index.stand_before(site)
    with in_thread(site) as url, _mailbox() as (address, mail):
        made = Errand(books, site, url, way)
        made.mail = mail
        hook = {
            "name": "test",
            "url": address,
            "events": [
                "jira:issue_created",
                "jira:issue_updated",
                "jira:issue_deleted",
                "issuelink_created",
                "issuelink_deleted",
            ],
            "filters": {"issue-related-events-section": ""},
            "excludeBody": False,
        }
        path = "/rest/webhooks/1.0/webhook"
        made.person.post(path, json=hook).raise_for_status()
        yield made
        made.connections.close()
        made.person.close()


@contextmanager
def _mailbox() -> Iterator[tuple[str, list[bytes]]]:
    """Take in webhooks on a port of our own."""
    mail: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            mail.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", mail
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
