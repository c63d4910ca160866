"""The demo makes its whole trip unattended, and says where everything is."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gates import PATIENCE, gate

CD3 = Path(sys.executable).with_name("cd3")


def start(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own command
        [str(CD3), "demo", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kind", ["cloud", "datacenter"])
def test_one_trip_shows_every_step_with_its_time(kind: str) -> None:
    began = time.monotonic()
    process = start("--once", "--json", "--kind", kind)
    out, err = process.communicate(timeout=800)
    assert process.returncode == 0, out + err
    where, trip = (json.loads(line) for line in out.splitlines())
    assert set(where) == {"service", "sandbox", "admin_key", "backlog", "database"}
    assert trip["complete"]
    seconds = [step["seconds"] for step in trip["steps"]]
    assert len(seconds) == 5
    assert seconds == sorted(seconds)
    assert time.monotonic() - began < gate(120, loosely=800)
    # Everything it kept was in a folder of its own, which is gone.
    assert not Path(where["database"].removeprefix("sqlite:///")).exists()


def test_it_stays_up_for_people_and_scripts_and_stops_cleanly() -> None:
    process = start("--json", "--port", "0")
    try:
        assert process.stdout is not None
        where: dict[str, Any] = json.loads(process.stdout.readline())
        ranking = httpx.get(
            f"{where['service']}/api/v1/backlogs/{where['backlog']}/ranking",
            headers={"Authorization": f"Bearer {where['admin_key']}"},
            trust_env=False,
            timeout=60,
        ).json()
        assert len(ranking["items"]) > 40
        assert ranking["totals"]["order"] <= ranking["totals"]["jira_order"]
        sandbox = where["sandbox"]
        myself = httpx.get(
            f"{sandbox['url']}/rest/api/3/myself",
            auth=(sandbox["email"], sandbox["token"]),
            trust_env=False,
            timeout=60,
        )
        assert myself.status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60 * PATIENCE)
    assert process.returncode == 0, err
    assert "Traceback" not in err
