"""More backlogs in a bulk than there are lanes: single edits do not stand in line."""

import os
import time
from pathlib import Path

import httpx
import pytest

from bench.drain import COST, SCORE
from connectors.sandbox.app import Sandbox
from tests.app.work.many_backlogs import ALONE, many_backlogs
from tests.gates import gate
from tests.world import wait_for

# One more than there are lanes of either kind; each writes all of it whoever waits.
BULKS = [f"BULK{number}" for number in range(9)]
EACH = max(80, int(os.environ.get("CD3_TEST_BULK", "0")) // len(BULKS))
BULK = len(BULKS) * EACH
JIRA_SECONDS = 0.1


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'cd3.db'}"


def test_l8_a_single_edit_waits_for_no_lane_that_a_bulk_has(
    store: str, tmp_path: Path
) -> None:
    with many_backlogs(store, tmp_path, BULKS, EACH) as town:
        slow = {"kind": "latency", "account": "us", "seconds": JIRA_SECONDS}
        body = {"faults": [slow]}
        town.person.put("/sandbox/faults", json=body).raise_for_status()
        town.add_all()
        wait_for(lambda: town.scored() > 20, seconds=30)
        took = edit(town.site, town.person)
        left = BULK - town.scored()
        more = min(BULK, BULK - left + 20)  # and the bulk goes on
        wait_for(lambda: town.scored() >= more, seconds=30)
    assert took <= gate(5, loosely=50)
    assert left > gate(BULK / 2, loosely=0)


def edit(site: Sandbox, person: httpx.Client) -> float:
    """Edit an issue, and tell after how many seconds its score has followed."""
    issue = site.state.find(f"{ALONE}-1")
    assert issue is not None
    began, change = time.monotonic(), {"fields": {COST: 2_000.0}}
    person.put(f"/rest/api/3/issue/{issue.key}", json=change).raise_for_status()
    wait_for(lambda: issue.values[SCORE] == 1_000.0, seconds=30)
    return time.monotonic() - began
