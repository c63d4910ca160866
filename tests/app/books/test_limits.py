"""What one worker learns of a site's limits, all workers keep, on both databases."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import update

from app.books.database import Database
from app.books.limits import REMEMBERED_SECONDS, SharedLimits, lift, standing
from app.books.tables import LimitRow
from app.tally import CallTally, show_limits
from connectors.access import SiteAccess
from connectors.call import Call
from connectors.errors import PausedError, UnreachableError
from connectors.gate import Manners, Pacer
from connectors.jira import Jira
from connectors.limits import Pause
from connectors.patience import Patience
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.sample import sample
from connectors.sandbox.serving import in_thread
from connectors.wire import Wire
from scoring.plan import Move
from tests.gates import PATIENCE, gate

SCORE = "customfield_10201"
ENDPOINT = "jira PUT /rest/api/3/issue/{}"


@dataclass
class Worker:
    """One worker's wire; each has limits of its own, over the same books."""

    wire: Wire
    limits: SharedLimits

    @property
    def jira(self) -> Jira:
        return Jira(self.wire)


@dataclass
class Site:
    """A served site, and two workers who call it."""

    sandbox: Sandbox
    one: Worker
    other: Worker

    def count(self, status: int) -> int:
        return sum(one["status"] == status for one in self.sandbox.log.since(0))


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = create_sandbox(sample())
    with in_thread(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def site(served: tuple[Sandbox, str], ours: Database) -> Iterator[Site]:
    sandbox, url = served
    sandbox.faults.switch([])
    sandbox.log.reset()
    us = next(one for one in sandbox.state.accounts if one.email)
    access = SiteAccess(
        url=url,
        confluence_url=f"{url}/wiki",
        email=us.email,
        token=us.token,
        allowed_hosts=frozenset({url.removeprefix("http://")}),
    )

    def worker() -> Worker:
        limits = SharedLimits(ours, "site")
        wire = Wire(access, limits=limits, patience=Patience(attempts=1))
        return Worker(wire, limits)

    one, other = worker(), worker()
    with one.wire, other.wire:
        yield Site(sandbox, one, other)


def left_of(seconds: float) -> object:
    """Match what is left of so many seconds: a slow machine has used some of them."""
    used = gate(5, loosely=25)
    return pytest.approx(seconds - used / 2, abs=used / 2 + 1)


def remembered() -> None:
    time.sleep(REMEMBERED_SECONDS + 0.05)


def test_j5_all_workers_keep_a_quota_that_one_met(site: Site, ours: Database) -> None:
    site.other.jira.myself()  # it knows of no pause
    fault = {"kind": "rate_limited", "reason": "jira-quota-tenant-based"}
    site.sandbox.faults.switch([{**fault, "retry_after": 1847, "times": 1}])
    with pytest.raises(UnreachableError, match="quota") as met:
        site.one.jira.myself()
    assert met.value.retry_after == left_of(1847)
    remembered()
    asked = len(site.sandbox.log.since(0))
    for call in (
        site.other.jira.myself,
        site.other.jira.fields,
        lambda: site.other.jira.write_fields("HARB-1", {SCORE: 1.0}),
        site.one.jira.myself,
    ):
        with pytest.raises(PausedError) as caught:
            call()
        assert caught.value.retry_after == left_of(1847)
    assert len(site.sandbox.log.since(0)) == asked  # nothing was sent
    registry = CollectorRegistry()
    show_limits(registry, ours)
    where = 'endpoint="",product="jira",site="site"'
    name = f"cd3_jira_paused_until_timestamp_seconds{{{where}}} "
    told = generate_latest(registry).decode()
    (line,) = [one for one in told.splitlines() if one.startswith(name)]
    now = time.time()  # noqa: TID251 - beside the database's clock
    assert float(line.removeprefix(name)) - now == left_of(1847)
    # When it is over, all go on by themselves.
    with ours.transaction() as connection:
        connection.execute(update(LimitRow).values(until=LimitRow.until - 1847))
    remembered()
    assert site.other.jira.myself().id
    assert site.one.jira.myself().id


def test_j3_a_burst_limit_holds_back_one_endpoint_in_all_workers(
    site: Site, ours: Database
) -> None:
    fault = {"kind": "rate_limited", "reason": "jira-burst-based", "retry_after": 60}
    site.sandbox.faults.switch([{**fault, "path": "*/rank", "times": 1}])
    keys = [issue.key for issue in site.one.jira.search("project = HARB", fields=[])]
    move = Move((keys[0],), keys[1], "before")
    with pytest.raises(UnreachableError, match="burst"):
        site.one.jira.rank(move)
    remembered()
    site.other.jira.myself()
    site.other.jira.write_fields(keys[0], {SCORE: 1.0})
    with pytest.raises(PausedError):
        site.other.jira.rank(move)
    # What is left of it in the end is slept out, and not turned away.
    began, now = time.monotonic(), time.time()  # noqa: TID251 - as above
    with ours.transaction() as connection:
        still = update(LimitRow).where(LimitRow.until > now)
        connection.execute(still.values(until=now + 1.0))
    site.other.jira.rank(move)
    assert time.monotonic() - began >= 0.99
    assert site.count(429) == 1


def test_j4_a_limit_of_one_issue_holds_back_that_issue_in_all_workers(
    site: Site,
) -> None:
    fault = {"kind": "rate_limited", "reason": "jira-per-issue-on-write"}
    site.sandbox.faults.switch(
        [{**fault, "retry_after": 60, "method": "PUT", "times": 1}]
    )
    first, second, *_ = site.one.jira.search("project = HARB", fields=[])
    with pytest.raises(UnreachableError, match="per-issue"):
        site.one.jira.write_fields(first.key, {SCORE: 1.0})
    remembered()
    with pytest.raises(PausedError, match=f"issue {first.key}"):
        site.other.jira.write_fields(first.key, {SCORE: 1.0})
    site.other.jira.write_fields(second.key, {SCORE: 1.0})
    site.other.jira.issue(first.key, [SCORE])  # reading it is no write


def test_j9_the_circuit_is_shared_and_one_worker_tries(
    site: Site, ours: Database
) -> None:
    site.sandbox.faults.switch([{"kind": "status", "status": 503}])
    for _ in range(5):
        with pytest.raises(UnreachableError, match="503"):
            site.one.jira.myself()
    asked = len(site.sandbox.log.since(0))
    remembered()
    for worker in (site.one, site.other):
        with pytest.raises(PausedError) as caught:
            worker.jira.myself()
        assert caught.value.retry_after == left_of(30)
    assert len(site.sandbox.log.since(0)) == asked
    (open_,) = standing(ours)
    assert (open_.scope, open_.reason, open_.opened) == ("jira", "circuit", 1)
    # Half a minute later one worker may try, and is refused again: a minute now.
    pass_by(ours, 30)
    assert site.other.limits.claim_probe("jira", seconds=0.0)
    with pytest.raises(UnreachableError, match="503"):
        site.other.jira.myself()
    (open_,) = standing(ours)
    assert open_.opened == 2
    assert open_.until - time.time() == left_of(60)  # noqa: TID251 - as above
    # Then it works again, and all may call.
    pass_by(ours, 60)
    site.sandbox.faults.switch([])
    assert site.one.jira.myself().id
    remembered()
    assert site.other.jira.myself().id
    assert standing(ours) == []


def pass_by(database: Database, seconds: float) -> None:
    with database.transaction() as connection:
        connection.execute(
            update(LimitRow).values(open_until=LimitRow.open_until - seconds)
        )
    remembered()


def test_j9_of_many_workers_one_gets_to_try(ours: Database) -> None:
    limits = [SharedLimits(ours, "site") for _ in range(6)]
    limits[0].trip("jira", first=0.0, longest=0.0)
    got: list[bool] = []
    threads = [
        threading.Thread(
            target=lambda one=one: got.append(one.claim_probe("jira", seconds=3600))
        )
        for one in limits
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10 * PATIENCE)
    assert sorted(got) == [False] * 5 + [True]


def test_a_circuit_that_several_open_is_open_once(ours: Database) -> None:
    for _ in range(3):
        SharedLimits(ours, "site").trip("jira", first=30, longest=300)
    (found,) = standing(ours)
    assert found.opened == 1


def test_the_longer_of_two_pauses_counts(ours: Database) -> None:
    limits = SharedLimits(ours, "site")
    for seconds in (50.0, 5.0):
        limits.pause(Pause("jira", seconds, "jira-quota-tenant-based"))
    found = limits.paused(["jira", "something else"])
    assert found is not None
    assert found.seconds == left_of(50)
    assert SharedLimits(ours, "another site").paused(["jira"]) is None


def test_what_is_lifted_is_lifted_in_all_workers_at_once(ours: Database) -> None:
    one, other, third = (SharedLimits(ours, "site") for _ in range(3))
    another = SharedLimits(ours, "another")
    scopes = ["jira", ENDPOINT, "issue AB-1"]
    for scope in scopes:
        one.pause(Pause(scope, 3600.0, "jira-cost-based"))
        one.trip(scope, first=3600, longest=3600)
    another.pause(Pause("jira", 3600.0))
    assert other.paused(scopes)
    assert third.tripped(ENDPOINT)
    with ours.transaction() as connection:
        assert lift(connection, "site") == 3
    assert other.paused(scopes) is None
    assert third.tripped(ENDPOINT) is None
    assert another.paused(["jira"])
    with ours.transaction() as connection:
        assert lift(connection, "site") == 0


def test_long_pauses_are_told_with_few_labels(ours: Database) -> None:
    limits = SharedLimits(ours, "site")
    for scope, seconds in (
        (ENDPOINT, 3600.0),
        ("jira PUT /rest/agile/1.0/issue/rank", 59.0),
        ("issue AB-1", 600.0),
        ("issue AB-2", 900.0),
        ("issue AB-3", 30.0),
    ):
        limits.pause(Pause(scope, seconds))
    limits.trip("confluence", first=30, longest=30)
    registry = CollectorRegistry()
    show_limits(registry, ours)
    told = {
        (sample.labels["product"], sample.labels["endpoint"]): sample.value
        for family in registry.collect()
        for sample in family.samples
        if family.name == "cd3_jira_paused_until_timestamp_seconds"
    }
    now = time.time()  # noqa: TID251 - beside the database's clock
    assert {key: value - now for key, value in told.items()} == {
        ("jira", "PUT /rest/api/3/issue/{}"): left_of(3600),
        ("jira", "issues"): left_of(900),
        ("confluence", ""): left_of(30),
    }


def test_turns_are_shared_by_workers(ours: Database) -> None:
    rate, count = 200.0, 60
    asked: list[float] = []
    turns: list[float] = []

    def work() -> None:
        pacer = Pacer(SharedLimits(ours, "site"), rate, time.monotonic)
        for _ in range(count):
            asked.append(time.monotonic())
            wait = pacer.turn("jira PUT x")
            turns.append(time.monotonic() + wait)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30 * PATIENCE)
    # All of them, at the pace of one: what is kept for later is a fifth of a second.
    assert max(turns) - min(asked) >= 3 * count / rate - 0.4
    assert len(turns) == 3 * count


def test_calls_are_counted_without_names() -> None:
    registry = CollectorRegistry()
    tally = CallTally(registry)
    path = "/rest/api/3/issue/{}"
    tally("site", Call("PUT", path, 204, 0.1))
    tally("site", Call("PUT", path, 0, 0.1))
    tally("site", Call("PUT", path, 429, 0.1, reason="jira-burst-based", near=True))
    tally("site", Call("PUT", path, 429, 0.1, reason="made up by somebody"))
    tally("site", Call("PUT", path, 429, 0.1))
    told = generate_latest(registry).decode()
    where = f'endpoint="{path}",method="PUT",product="jira"'
    for line in (
        f'cd3_jira_requests_total{{{where},status_class="2xx"}} 1.0',
        f'cd3_jira_requests_total{{{where},status_class="4xx"}} 3.0',
        f'cd3_jira_requests_total{{{where},status_class="0"}} 1.0',
        f"cd3_jira_request_duration_seconds_count{{{where}}} 5.0",
        'cd3_jira_rate_limited_total{reason="jira-burst-based"} 1.0',
        'cd3_jira_rate_limited_total{reason="other"} 1.0',
        'cd3_jira_rate_limited_total{reason="none"} 1.0',
        'cd3_jira_near_limit_total{product="jira"} 1.0',
    ):
        assert line in told.splitlines()


def test_what_is_long_over_is_forgotten(ours: Database) -> None:
    limits = SharedLimits(ours, "site")
    limits.pause(Pause("issue AB-1", 1.0))
    with ours.transaction() as connection:
        connection.execute(update(LimitRow).values(until=1.0))
    limits.pause(Pause("jira", 1.0))
    with ours.engine.connect() as connection:
        scopes = connection.execute(LimitRow.__table__.select()).all()
    assert [row.scope for row in scopes] == ["jira"]


def test_a_pace_is_named_in_the_settings() -> None:
    assert Manners().writes_per_second == 30
