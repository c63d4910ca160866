"""What of a site is left alone is told, and a person may have it called again."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.books.limits import SharedLimits, Standing
from app.checks.pauses import judge_pauses
from connectors.limits import Pause
from tests.app.api.conftest import Api
from tests.app.api.test_checks import bad, check, ready

__all__ = ["ready"]

SECOND = timedelta(seconds=1)
ENDPOINT = "jira PUT /rest/api/3/issue/{}"


def limits(api: Api) -> SharedLimits:
    return SharedLimits(api.parts.database, "harbour")


@pytest.mark.parametrize(
    ("scope", "reason", "why"),
    [
        ("jira", "jira-quota-tenant-based", "told us to wait (jira-quota-tenant-based"),
        (ENDPOINT, "jira-cost-based", "told us to wait (jira-cost-based)"),
        ("issue AB-1", "jira-per-issue-on-write", "per-issue"),
        ("confluence", "circuit", "failed too often"),
    ],
)
def test_what_is_left_alone_for_long_is_told_and_lifted_by_saving_the_site(
    ready: Api, scope: str, reason: str, why: str
) -> None:
    if reason == "circuit":
        limits(ready).trip(scope, first=3000, longest=3000)
    else:
        limits(ready).pause(Pause(scope, 3000.0, reason))
    [one] = bad(ready)
    assert (one["check"], one["status"]) == ("limits", "warn")
    assert f"{scope} is left alone until " in one["what"].replace(",", "")
    assert why in one["why"]
    assert "PATCH /api/v1/sites/harbour" in one["next"]
    ready.answers = httpx.Response(503)
    assert one["what"] in {other["what"] for other in bad(ready)}
    ready.answers = None
    marked(ready)
    saved = ready.change("PATCH", "/sites/harbour", {})
    assert saved.is_success, saved.text
    assert bad(ready) == []
    assert ready.parts.marks.any_due(now=ready.clock.at)
    [lifted] = [o for o in audit(ready) if o["action"] == "pauses_lifted"]
    assert (lifted["object"], lifted["detail"]) == ("sites/harbour", {"pauses": 1})
    # Whoever saves a site of which nothing waits does nothing.
    marked(ready)
    assert ready.change("PATCH", "/sites/harbour", {}).is_success
    assert not ready.parts.marks.any_due(now=ready.clock.at)


def audit(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.read("/audit")["items"]
    return found


def marked(api: Api) -> None:
    """Let the backlog wait for a day."""
    later = api.clock.at + timedelta(days=1)
    with api.parts.database.transaction() as connection:
        api.parts.marks.park(connection, "alphabet", until=later)


def test_short_pauses_of_a_part_are_not_told(ready: Api) -> None:
    limits(ready).pause(Pause(ENDPOINT, 59.0))
    [one] = [one for one in check(ready)["findings"] if one["check"] == "limits"]
    assert one["what"] == "nothing is paused for more than a minute"


def test_a_pause_that_ends_another_day_is_told_with_its_date() -> None:
    now = datetime(2026, 11, 2, 12, tzinfo=UTC)

    def told(scope: str, *hours: float) -> list[str]:
        found = [
            Standing(
                site, f"{scope}{n}", (now + wait).timestamp(), wait / SECOND, "", 0
            )
            for site in ("harbour", "another")
            for n, wait in enumerate(timedelta(hours=one) for one in hours)
        ]
        return [one.what for one in judge_pauses("harbour", found, now)]

    [soon] = told("jira PUT x", 0.1)
    assert re.fullmatch(r"jira PUT x0 is left alone until \d\d:\d\d:00", soon)
    [late] = told("jira PUT x", 24)
    assert re.search(r"until 2026-11-0\d \d\d:\d\d:00", late)
    [issues] = told("issue AB-", 0.1, 0.3, 0.2)
    assert issues.startswith("the last of 3 issues whose writes wait, issue AB-1,")
