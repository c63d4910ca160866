"""A site whose costs of delay change, told by webhooks that we sign and send ourselves.

An edit is made in the sandbox at the moment in which its webhook is handed out: so the
senders' pace is the pace of the edits, whatever the sandbox could bring out by itself.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import orjson
import pytest

from app import clock
from app.books.database import Database
from app.books.keys import Keys, Role
from app.books.migrating import migrate
from app.demo.setting_up import Admin
from bench.deliveries import BODY_BYTES, request
from bench.drain import COST, SCORE, WEEKS, seed_of, setup_of
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.clock import stamp
from connectors.sandbox.request_log import Logged
from connectors.sandbox.serving import in_thread
from tests.world import SECRET, wait_for

PERSON = "person@changes.example"
# Patient for longer than a server is away, however slow the machine is.
RETRY_WAITS = (0.5, 1.0, 2.0, 2.0, 4.0, 8.0, *(16.0,) * 8)
HALF_A_DIGIT = 0.00006  # scores are written with four


@dataclass
class Changing:
    """A site with one backlog of so many issues, and the books of those who score it.

    `name` is the site's in the service's addresses, once it is set up.
    """

    site: Sandbox
    sandbox: str
    url: str
    key: str
    issues: int
    name: str = ""

    @property
    def settings(self) -> dict[str, str]:
        """Give the settings of a service that knows of edits by webhooks alone."""
        return {
            "CD3_ALLOWED_HOSTS": self.sandbox.removeprefix("http://"),
            "CD3_CLOCK_ROUND_SECONDS": "3600",
            "CD3_WRITES_PER_SECOND": "100",
        }

    def set_up(self, service_url: str, *, seconds: float = 60) -> None:
        """Connect the site and its one backlog, and wait until all is scored."""
        with Admin(service_url, self.key) as admin:
            admin.set_up(setup_of(self.sandbox, SECRET, name="Changing"))
        sites = httpx.get(
            f"{service_url}/api/v1/sites",
            headers={"Authorization": f"Bearer {self.key}"},
            trust_env=False,
        )
        self.name = str(sites.raise_for_status().json()["items"][0]["id"])
        wait_for(lambda: not self.wrong(), seconds=seconds)

    def changes(self, number: int, name: str) -> Iterator[tuple[str, bytes]]:
        """Change one issue after the other; hand out each change's webhook."""
        for each in range(number):
            yield self._request(f"{name}-{each}", self.change(each))

    def mixed(self, number: int, name: str) -> Iterator[tuple[str, bytes]]:
        """Hand out what a busy site sends: one in ten is a change of ours."""
        for each in range(number):
            yield self._request(f"{name}-{each}", self.mixed_body(each, name))

    def mixed_body(self, number: int, name: str) -> bytes:
        """Make a change, an edit of others' issues, or an event of no use to us."""
        kind = number % 10
        if kind == 0:
            return self.change(number // 10)
        if kind == 1:
            return _body("none", f"{number}", f"OTHER-{number}", name)
        if kind == 2:
            return _body("comment_created", f"{number}", "DRAIN-1", name)
        return _body("jira:issue_updated", f"{number}", f"OTHER-{number}", name)

    def change(self, number: int) -> bytes:
        """Change an issue in the sandbox; answer the event that tells of it."""
        issue = self.site.state.find(f"DRAIN-{number % self.issues + 1}")
        assert issue is not None
        with self.site.state.lock:
            cost = issue.values[COST] + 1 + number % 7
            issue.values[COST] = cost
            issue.values["updated"] = stamp(self.site.state.now())
        what = f"{next(_numbers)}"
        return _body("jira:issue_updated", issue.id, issue.key, what, cost)

    def wrong(self) -> dict[str, tuple[Any, float]]:
        """Name the issues whose score is not right, with both."""
        values = {one.key: one.values for one in self.site.state.issues.values()}
        return {
            key: (of.get(SCORE), of[COST] / of[WEEKS])
            for key, of in values.items()
            if of.get(SCORE) != pytest.approx(of[COST] / of[WEEKS], abs=HALF_A_DIGIT)
        }

    def writes(self) -> list[Logged]:
        """List the writes that reached the sandbox from us."""
        told = (Logged(**one) for one in self.site.log.since(0))
        return [one for one in told if one.account == "us" and one.method == "PUT"]

    def _request(self, name: str, body: bytes) -> tuple[str, bytes]:
        made = request(body, name=name, site=self.name, secret=SECRET.encode())
        return name, made


_numbers = count(1)


def _body(kind: str, number: str, key: str, what: str, cost: float = 1.0) -> bytes:
    event: dict[str, Any] = {
        "webhookEvent": kind,
        "user": {"accountId": "person"},
        "issue": {"id": number, "key": key, "fields": {COST: cost, "summary": what}},
        "changelog": {
            "items": [
                {"field": "Cost of delay", "fieldId": COST, "toString": f"{cost}"}
            ]
        },
    }
    room = BODY_BYTES - len(orjson.dumps(event))
    event["issue"]["fields"]["description"] = (f"{what} {number} {key} " * 400)[:room]
    return orjson.dumps(event)


@contextmanager
def changing(url: str, issues: int) -> Iterator[Changing]:
    """Serve such a site, and make the books, with an admin's key."""
    seed = seed_of(issues)
    ours = seed["accounts"][0]
    seed["accounts"].append(
        {**ours, "accountId": "person", "email": PERSON, "displayName": "Mia"}
    )
    site = create_sandbox(seed, retry_waits=RETRY_WAITS)
    site.deliveries.last = deque()  # which forgets none
    books = Database(url)
    migrate(books)
    with books.writing() as session:
        _key, secret = Keys().create(
            session, name="test", role=Role.ADMIN, now=clock.now()
        )
    books.close()
    with in_thread(site) as sandbox:
        yield Changing(site, sandbox, url, secret, issues)
