"""The site's rate limits turn away what the real site would, and say why."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.sandbox.app import create_sandbox
from connectors.sandbox.faults.fault import FaultError
from connectors.sandbox.faults.limits import (
    RateLimits,
    Verdict,
    endpoint_of,
    issue_of,
)
from connectors.sandbox.serving import in_thread
from tests.connectors.sandbox.small_site import BOT, COST, SEED

NOW = datetime(2026, 11, 26, 8, 47, tzinfo=UTC)
ISSUE = "/rest/api/3/issue/SEA-1"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Ask a site whose time stands still: none of its limits fills up again."""
    with (
        in_thread(create_sandbox(SEED, now=lambda: NOW)) as url,
        httpx.Client(base_url=url, auth=BOT, timeout=60) as client,
    ):
        yield client


def judge(  # noqa: PLR0913 - what a request is
    limits: RateLimits,
    method: str = "PUT",
    path: str = ISSUE,
    *,
    at: float = 0.0,
    account: str = "us",
    now: datetime = NOW,
) -> Verdict:
    issue = issue_of(path)
    endpoint = endpoint_of(path)
    return limits.judge(method, endpoint, issue=issue, account=account, now=now, at=at)


def test_without_a_switch_nothing_is_limited() -> None:
    limits = RateLimits()
    assert not any(judge(limits).reason for _ in range(500))


def test_a_burst_is_by_endpoint_and_method_for_all() -> None:
    limits = RateLimits()
    limits.switch({"PUT": 5})
    keys = [f"/rest/api/3/issue/SEA-{number}" for number in range(6)]
    met = [judge(limits, path=key, account=key).reason for key in keys]
    assert met == [""] * 5 + ["jira-burst-based"]
    assert not judge(limits, path="/rest/agile/1.0/issue/rank").reason
    assert not judge(limits, "GET", keys[0]).reason
    # It fills up again, at the same pace.
    assert not judge(limits, path=keys[5], at=0.25).reason
    assert judge(limits, path=keys[5], at=0.25).reason


def test_writes_of_one_issue_have_two_windows() -> None:
    limits = RateLimits()
    limits.switch({})
    at = 0.0
    times = []
    for _ in range(110):
        while (verdict := judge(limits, at=at)).reason == "jira-per-issue-on-write":
            at += verdict.wait + 0.001
        assert not verdict.reason
        times.append(at)
    assert all(later - one >= 2 for one, later in zip(times, times[20:], strict=False))
    assert all(late - one >= 30 for one, late in zip(times, times[100:], strict=False))
    assert not judge(limits, path="/rest/api/3/issue/SEA-2", at=at).reason


def test_points_are_an_accounts_until_the_hour_is_over() -> None:
    limits = RateLimits()
    limits.switch({"points": 5})
    assert [judge(limits, "GET").reason for _ in range(2)] == ["", ""]
    met = judge(limits, "GET")
    assert (met.reason, met.wait) == ("jira-quota-tenant-based", 780)
    assert not judge(limits, "PUT").reason  # one point is left
    assert judge(limits, "PUT").reason
    assert not judge(limits, "PUT", account="others").reason
    assert not judge(limits, now=NOW + timedelta(minutes=14)).reason


def test_a_refusal_has_jiras_headers(client: httpx.Client) -> None:
    client.put("/sandbox/limits", json={"GET": 3}).raise_for_status()
    answers = [client.get(ISSUE) for _ in range(4)]
    client.delete("/sandbox/limits").raise_for_status()
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    last = answers[-1].headers
    assert last["RateLimit-Reason"] == "jira-burst-based"
    assert last["Retry-After"] == "1"
    assert last["X-RateLimit-Limit"] == "3"
    assert last["X-RateLimit-Remaining"] == "0"
    assert "X-RateLimit-Reset" in last
    assert answers[2].headers["X-RateLimit-NearLimit"] == "true"
    assert "X-RateLimit-NearLimit" not in answers[0].headers
    assert client.get(ISSUE).status_code == 200


def test_what_is_turned_away_is_not_carried_out(client: httpx.Client) -> None:
    client.put("/sandbox/limits", json={"PUT": 1}).raise_for_status()
    codes = [
        client.put(ISSUE, json={"fields": {COST: value}}).status_code
        for value in (501, 502)
    ]
    client.delete("/sandbox/limits").raise_for_status()
    assert codes == [204, 429]
    assert client.get(ISSUE).json()["fields"][COST] == 501


@pytest.mark.parametrize(
    "figures",
    [
        {"PATCH": 1},
        {"PUT": 0},
        {"PUT": True},
        {"GET": "9"},
        {"issue_writes": [[1]]},
        {"issue_writes": []},
        {"points": -1},
    ],
)
def test_figures_that_cannot_be_are_refused(
    client: httpx.Client, figures: dict[str, object]
) -> None:
    limits = RateLimits()
    with pytest.raises(FaultError):
        limits.switch(figures)
    assert limits.told() is None
    assert client.put("/sandbox/limits", json=figures).status_code == 400
    assert client.get("/sandbox/limits").json() == {"limits": None}


def test_paths_are_reduced_to_endpoints() -> None:
    assert endpoint_of("/rest/api/3/issue/AB-1") == "/rest/api/3/issue/{}"
    assert endpoint_of("/rest/agile/1.0/issue/rank") == "/rest/agile/1.0/issue/rank"
    assert issue_of("/rest/api/3/issue/AB-1/properties/x") == "AB-1"
    assert issue_of("/rest/api/3/issue/bulkfetch") == ""
    assert issue_of("/rest/agile/1.0/issue/rank") == ""
