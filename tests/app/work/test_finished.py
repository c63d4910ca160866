"""Finished issues become outcomes from what a real site remembers of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.work.finished import Finished, gather_finished
from connectors.access import SiteAccess
from connectors.jira import Jira
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.serving import in_thread
from connectors.wire import Wire
from scoring.backtest.history import WorkingTime
from scoring.mapping import read_mapping
from tests.connectors.sandbox.small_site import ANNA, BOT, COST, SEED, SIZE

ISSUE = "/rest/api/3/issue"
JQL = "project = SEA AND statusCategory = Done ORDER BY key"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Clock:
    """The site's clock, moved by hand."""

    def __init__(self) -> None:
        self.at = MONDAY

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Town:
    """A site, its clock, our way to it, and a person who works there."""

    clock: Clock
    jira: Jira
    anna: httpx.Client

    def after(self, days: float, key: str, status: str) -> None:
        """Let time pass, then move an issue on."""
        self.clock.at += timedelta(days=days)
        place = f"{ISSUE}/{key}/transitions"
        found = self.anna.get(place).raise_for_status().json()["transitions"]
        (number,) = [one["id"] for one in found if one["name"] == status]
        body = {"transition": {"id": number}}
        self.anna.post(place, json=body).raise_for_status()

    def edit(self, key: str, **fields: Any) -> None:
        self.anna.put(f"{ISSUE}/{key}", json={"fields": fields}).raise_for_status()


@pytest.fixture
def town() -> Iterator[Town]:
    clock = Clock()
    sandbox = create_sandbox(SEED, now=clock)
    with in_thread(sandbox) as url:
        hosts = frozenset({url.removeprefix("http://")})
        access = SiteAccess(url, f"{url}/wiki", *BOT, allowed_hosts=hosts)
        anna = httpx.Client(base_url=url, auth=ANNA, trust_env=False)
        with Wire(access) as wire, anna:
            yield Town(clock, Jira(wire), anna)


def mapping(duration: dict[str, Any]) -> Any:
    direct = {
        "model": "direct",
        "value": {"read": "number", "field": COST, "per": "week"},
    }
    return read_mapping({"cost_of_delay": direct, "duration": duration})


BY_SIZE = mapping(
    {"read": "option", "field": SIZE, "table": {"S": 1, "M": 2}, "unit": "weeks"}
)
BY_NUMBER = mapping({"read": "number", "field": COST, "unit": "weeks"})


def reasons(found: Finished) -> dict[str, str]:
    return {gap.key: gap.reason for gap in found.gaps}


def test_moved_on_by_a_person_and_reopened(town: Town) -> None:
    town.after(0, "SEA-2", "Doing")
    town.after(3, "SEA-2", "Done")
    town.after(20, "SEA-2", "Doing")
    town.after(0.5, "SEA-2", "Done")
    found = gather_finished(town.jira, JQL, BY_SIZE)
    (one,) = found.outcomes
    assert (one.key, one.predicted, one.size) == ("SEA-2", 1, "S")
    assert one.actual == pytest.approx(3.5 / 7)
    assert one.finished == (MONDAY + timedelta(days=23.5)).date()
    # It was done in the file already: nobody saw it worked on, nor sized it.
    assert reasons(found) == {"SEA-4": "duration is empty"}


def test_working_time_leaves_nights_and_weekends_out(town: Town) -> None:
    town.after(4, "SEA-2", "Doing")  # Friday, nine o'clock
    town.after(3.25, "SEA-2", "Done")  # Monday, three
    (one,) = gather_finished(town.jira, JQL, BY_SIZE, working=WorkingTime()).outcomes
    assert one.actual == pytest.approx((8 + 6) / 40)


def test_what_cannot_be_compared_says_why(town: Town) -> None:
    town.edit("SEA-4", **{COST: 3})  # done without any history
    town.edit("SEA-6", **{COST: 3})
    town.after(1, "SEA-6", "Done")  # never in progress
    town.after(1, "SEA-5", "Doing")
    town.after(1, "SEA-5", "Done")  # predicted 0
    found = gather_finished(town.jira, JQL, BY_NUMBER)
    assert found.outcomes == ()
    assert reasons(found) == {
        "SEA-4": "has no change of status in its history",
        "SEA-5": 'duration says "0", but must be above 0',
        "SEA-6": "was never in progress: it went straight to Done",
    }


def test_a_prediction_changed_after_the_start_is_told(town: Town) -> None:
    for key in ("SEA-2", "SEA-5"):
        town.edit(key, **{COST: 4})
        town.after(1, key, "Doing")
    town.edit("SEA-5", **{COST: 5})
    for key in ("SEA-2", "SEA-5"):
        town.after(7, key, "Done")
    found = gather_finished(town.jira, JQL, BY_NUMBER)
    told = {one.key: (one.predicted, one.revised) for one in found.outcomes}
    assert told == {"SEA-2": (4, False), "SEA-5": (5, False)}
    town.after(1, "SEA-5", "Doing")
    town.edit("SEA-5", **{COST: 6})
    town.after(1, "SEA-5", "Done")
    told = {
        one.key: (one.predicted, one.revised)
        for one in gather_finished(town.jira, JQL, BY_NUMBER).outcomes
    }
    assert told == {"SEA-2": (4, False), "SEA-5": (6, True)}


def test_created_in_progress_counts_from_then(town: Town) -> None:
    fields = {COST: 1}
    town.edit("SEA-3", **fields)  # «Doing» since the file was made
    town.clock.at = datetime(2026, 10, 6, 8, tzinfo=UTC)  # five weeks after
    town.after(0, "SEA-3", "Done")
    (one,) = gather_finished(town.jira, JQL, BY_NUMBER).outcomes
    assert one.actual == pytest.approx(5)


def test_nothing_finished_asks_for_no_history(town: Town) -> None:
    found = gather_finished(
        town.jira, "project = AIR AND statusCategory = Done", BY_SIZE
    )
    assert (found.outcomes, found.gaps, found.cut) == ((), (), False)
