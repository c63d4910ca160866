"""The service is away for a while, and for longer: Jira's retries, then the clock."""

from pathlib import Path
from typing import Any

from tests.world import World, wait_for, world

FREE = "HARB-52"  # no link, no deadline, near the end of the sample's order
# Patient for longer than the service takes to start, however slow the machine is.
SOON, PATIENT = (0.1,) * 5, (1.0, 2.0, *(4.0,) * 60)


def edited(ours: World, cost: float) -> str:
    """Edit the issue while the service is away; answer the delivery's identifier."""
    known = {one["identifier"] for one in ours.deliveries()}

    def fresh() -> list[str]:
        told = [one for one in ours.deliveries() if one["key"] == FREE]
        return [one["identifier"] for one in told if one["identifier"] not in known]

    ours.edit(FREE, cost)
    wait_for(fresh, seconds=10)
    return fresh()[-1]


def delivery(ours: World, identifier: str) -> dict[str, Any]:
    told = ours.deliveries()
    return next(one for one in told if one["identifier"] == identifier)


def test_j22_an_outage_of_ours_loses_nothing(tmp_path: Path) -> None:
    """Short, Jira's retries bring it; long, the round by the clock finds it."""
    with world(tmp_path) as ours:
        ours.environment["CD3_CLOCK_ROUND_SECONDS"] = "3"  # from the next start on
        ours.site.deliveries.waits = PATIENT
        ours.kill()
        short = edited(ours, 500_000)
        wait_for(lambda: delivery(ours, short)["attempts"] > 1, seconds=10)
        ours.start()
        wait_for(lambda: delivery(ours, short)["state"] == "delivered", seconds=40)
        wait_for(lambda: ours.order().index(FREE) < 3, seconds=40)
        # And one that outlasts Jira's patience.
        ours.kill()
        ours.site.deliveries.waits = SOON
        long = edited(ours, 50)
        wait_for(lambda: delivery(ours, long)["state"] == "failed", seconds=30)
        ours.start()
        wait_for(lambda: ours.order().index(FREE) > 10, seconds=60)
        assert delivery(ours, long)["state"] == "failed"  # it never came
