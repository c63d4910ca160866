"""A site that does not let us in is stopped: its work waits, and goes on by itself.

J10: no retry storm, nothing lost, the service stays ready, and an operator sees it.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from app import clock
from app.books.tables import SiteRow
from app.demo.stage import US
from connectors.sandbox.sample import sample_mapping
from tests.world import ANSWER_SECONDS, World, wait_for, world

FREE = "HARB-52"


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("stopped")
    with world(folder, CD3_DEBOUNCE_SECONDS="0.2") as made:
        yield made


def api(harbour: World) -> httpx.Client:
    return httpx.Client(
        base_url=f"{harbour.service}/api/v1",
        headers={"Authorization": f"Bearer {harbour.key}"},
        trust_env=False,
        timeout=ANSWER_SECONDS,
    )


def state(harbour: World) -> Any:
    with api(harbour) as client:
        return client.get("/sites/harbour").json()


def ask(harbour: World, path: str) -> httpx.Response:
    """Ask as anybody may."""
    url = f"{harbour.service}{path}"
    return httpx.get(url, trust_env=False, timeout=ANSWER_SECONDS)


def let_rounds_come(harbour: World, count: int) -> None:
    """Let so many rounds by the clock come by, of which each would be seen by now."""
    for _ in range(count):
        harbour.bring_the_round()
        time.sleep(2)  # whether one is due is looked at every second


def stop(harbour: World, kind: str = "expired") -> None:
    """Let our token end, and a person change something meanwhile."""
    wait_for(harbour.is_quiet, seconds=30)  # pages of the test before may be under way
    harbour.site.faults.switch([{"kind": kind, "account": US}])
    harbour.person.post("/sandbox/requests/reset")
    harbour.edit(FREE, 500_000 + time.monotonic())
    wait_for(lambda: state(harbour)["state"] == "auth_failed", seconds=30)


def test_j10_a_401_stops_the_site_and_a_new_token_starts_it_at_once(
    harbour: World,
) -> None:
    stop(harbour)
    let_rounds_come(harbour, 3)
    # The call, and whether the site still knows us at all.
    assert [one["status"] for one in harbour.requests()] == [401, 401]
    assert "401" in state(harbour)["state_reason"]
    assert ask(harbour, "/readyz").status_code == 200
    figures = ask(harbour, "/metrics").text
    assert 'cd3_site_stopped{site="harbour",state="auth_failed"} 1.0' in figures
    # What comes meanwhile is taken, and kept.
    harbour.edit("HARB-51", 1)
    assert harbour.site.settle(60)
    harbour.site.faults.switch([])
    with api(harbour) as client:
        tag = client.get("/sites/harbour").headers["ETag"]
        token = {"api_token": harbour.tokens[US]}
        changed = client.patch("/sites/harbour", json=token, headers={"If-Match": tag})
        assert changed.is_success
    wait_for(lambda: {FREE, "HARB-51"} <= set(harbour.written()), seconds=30)
    assert state(harbour)["state"] == "ok"


def test_j10_the_same_token_that_works_again_is_found_by_one_probe(
    harbour: World,
) -> None:
    stop(harbour)
    harbour.site.faults.switch([])
    past = datetime.now(UTC) - timedelta(seconds=1)  # noqa: TID251 - the books' time
    with harbour.books() as books, books.transaction() as connection:
        connection.execute(update(SiteRow).values(probe_at=past))  # minutes go by
    wait_for(lambda: FREE in harbour.written(), seconds=30)
    assert state(harbour)["state"] == "ok"
    probes = [one for one in harbour.requests() if one["path"].endswith("/myself")]
    assert [one["status"] for one in probes] == [401, 200]  # the first stopped it


def test_j10_a_jira_that_answers_as_to_anybody_stops_the_site(harbour: World) -> None:
    stop(harbour, "anonymous")
    assert "AUTHENTICATED_FAILED" in state(harbour)["state_reason"]
    assert [one["path"] for one in harbour.requests()][1:] == ["/rest/api/3/myself"]
    # Nothing was taken for gone: nobody is asked to give the issues up.
    assert backlog(harbour)["state"] == "refused"
    assert "--accept" not in backlog(harbour)["state_reason"]
    harbour.edit("HARB-51", 2)
    assert harbour.site.settle(60)
    assert harbour.written() == []
    harbour.site.faults.switch([])
    with api(harbour) as client:
        assert client.post("/sites/harbour/check").is_success
    wait_for(lambda: {FREE, "HARB-51"} <= set(harbour.written()), seconds=30)
    wait_for(lambda: backlog(harbour)["state"] == "ok", seconds=30)
    assert state(harbour)["state"] == "ok"


@pytest.mark.parametrize(("days", "within"), [(20, 30), (5, 7), (40, None)])
def test_an_end_that_comes_near_is_told_on_metrics(
    harbour: World, days: int, within: int | None
) -> None:
    ends = clock.now() + timedelta(days=days)
    with api(harbour) as client:
        tag = client.get("/sites/harbour").headers["ETag"]
        body = {"credentials": {"expires_at": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}}
        changed = client.patch("/sites/harbour", json=body, headers={"If-Match": tag})
        assert changed.is_success, changed.text
    figures = ask(harbour, "/metrics").text
    [told] = shown(figures, "cd3_token_expiry_timestamp_seconds")
    assert told == pytest.approx(ends.timestamp(), abs=1)
    warned = shown(figures, "cd3_token_expiry_within_days")
    assert warned == ([] if within is None else [within])


def shown(figures: str, name: str) -> list[float]:
    lines = (line for line in figures.splitlines() if line.startswith(name + "{"))
    return [float(line.split()[-1]) for line in lines]


def backlog(harbour: World) -> Any:
    with api(harbour) as client:
        return client.get(f"/backlogs/{harbour.backlog}").json()


def test_j13_a_field_on_no_screen_breaks_the_mapping_until_a_check_finds_it_mended(
    harbour: World,
) -> None:
    score = sample_mapping()["outputs"]["score"]
    fields = harbour.site.state.fields
    fields[score] = replace(fields[score], settable=False)
    harbour.person.post("/sandbox/requests/reset")
    harbour.edit(FREE, 700_000)
    wait_for(lambda: backlog(harbour)["state"] == "broken", seconds=30)
    assert "edit screen" in backlog(harbour)["state_reason"]
    figures = ask(harbour, "/metrics").text
    assert f'cd3_mapping_broken{{backlog="{harbour.backlog}"}} 1.0' in figures
    wait_for(harbour.is_quiet, seconds=30)  # no part of that try is under way
    for _ in range(2):
        harbour.person.post("/sandbox/requests/reset")
        harbour.bring_the_round()
        wait_for(harbour.jira_reads, seconds=30)
        wait_for(harbour.is_quiet, seconds=30)
        assert harbour.written() == []
    fields[score] = replace(fields[score], settable=True)
    with api(harbour) as client:
        told = client.post("/sites/harbour/check").json()
    lifted = [one for one in told["findings"] if "tried again now" in one["what"]]
    assert [one["status"] for one in lifted] == ["ok"]
    wait_for(lambda: FREE in harbour.written(), seconds=30)
    wait_for(lambda: backlog(harbour)["state"] == "ok", seconds=30)


def test_j11_a_backlog_that_may_not_be_read_is_left_alone_until_a_check_helps(
    harbour: World,
) -> None:
    gone = {"kind": "status", "status": 403, "account": US, "path": "/rest/api/3/field"}
    harbour.site.faults.switch([gone])
    harbour.edit(FREE, 800_000)
    wait_for(harbour.is_quiet, seconds=30)  # to read one issue, no field is asked for
    harbour.bring_the_round()
    wait_for(lambda: backlog(harbour)["state"] == "refused", seconds=30)
    assert state(harbour)["state"] == "ok"  # the site is not to blame
    harbour.person.post("/sandbox/requests/reset")
    harbour.edit(FREE, 810_000)
    let_rounds_come(harbour, 2)  # and a webhook
    assert harbour.requests() == []
    harbour.site.faults.switch([])
    with api(harbour) as client:
        assert client.post("/sites/harbour/check").is_success
    wait_for(lambda: FREE in harbour.written(), seconds=30)
    wait_for(lambda: backlog(harbour)["state"] == "ok", seconds=30)
