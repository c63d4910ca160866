"""How fast 5,000 dirty issues are written to a Jira that allows 50 writes a second.

`python -m bench.drain [--json] [--issues N]` serves a sandbox with Jira Cloud's rate
limits and 50 ms of latency, and a real `cd3 serve` beside it whose pace is set for that
limit. What counts is the time from the first write to the last, beside the time that
the limit alone dictates, and how many calls were turned away.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import httpx

from app.demo.setting_up import Admin, Setup
from connectors.sandbox.serving import free_port

ISSUES: Final = 5_000
PER_SECOND: Final = 50
LATENCY_MS: Final = 50
SEED: Final = 7
START_SECONDS: Final = 300.0
# Beyond this something is stuck.
PATIENCE: Final = 3.0
US, TOKEN = "cd3@bench.example", "cd3-token-of-the-bench"
SECRET: Final = "a secret of the bench and more than 32 characters"  # noqa: S105 - of no use elsewhere
COST, WEEKS, SCORE = "customfield_10101", "customfield_10102", "customfield_10201"

Figures = dict[str, Any]


def figures(issues: int = ISSUES) -> Figures:
    """Drain one backlog and tell what it took."""
    with tempfile.TemporaryDirectory(prefix="cd3-drain-") as folder:
        found = _drain(Path(folder), issues)
    alone = issues / PER_SECOND
    return {
        "seed": SEED,
        "versions": {"httpx": version("httpx"), "uvicorn": version("uvicorn")},
        "figures": {
            "issues": issues,
            "latency_ms": LATENCY_MS,
            "writes_a_second_allowed": PER_SECOND,
            "seconds_by_the_limit_alone": alone,
            **found,
        },
        "ratios": {"time_vs_limit_alone": round(found["seconds"] / alone, 3)},
    }


def seed_of(issues: int) -> Figures:
    """Make a site whose issues all have inputs and none a score yet."""
    dice = random.Random(SEED)  # noqa: S311 - the same backlog in every run
    numbers = ((COST, "Cost of delay"), (WEEKS, "Weeks"), (SCORE, "CD3 score"))
    return {
        "accounts": [
            {"accountId": "us", "email": US, "token": TOKEN, "displayName": "CD3"}
        ],
        "projects": [{"id": "10000", "key": "DRAIN", "name": "Drain"}],
        "issuetypes": [{"id": "1", "name": "Story"}],
        "statuses": [{"id": "1", "name": "To Do", "category": "new"}],
        "fields": [{"id": i, "name": name, "type": "number"} for i, name in numbers],
        "linktypes": [],
        "issues": [
            {
                "key": f"DRAIN-{number}",
                "type": "Story",
                "status": "To Do",
                "summary": f"Story {number}",
                "fields": {
                    COST: dice.randrange(100, 50_000),
                    WEEKS: dice.randrange(1, 30),
                },
            }
            for number in range(1, issues + 1)
        ],
    }


def _drain(folder: Path, issues: int) -> Figures:
    seed = folder / "seed.json"
    seed.write_text(json.dumps(seed_of(issues)), encoding="utf-8")
    site, service = free_port(), free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("CD3_")},
        "CD3_DATABASE_URL": f"sqlite:///{folder / 'cd3.db'}",
        "CD3_ALLOWED_HOSTS": f"127.0.0.1:{site}",
        "CD3_PORT": str(service),
        "CD3_LOG_LEVEL": "error",
        "CD3_WRITES_PER_SECOND": str(PER_SECOND),
    }

    def words(*said: str) -> list[str]:
        return [
            sys.executable,
            "-c",
            "from app.console.main import main; main()",
            *said,
        ]

    def run(*said: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own command
            words(*said),
            cwd=folder,
            env={**environment, "PYTHONPATH": str(Path(__file__).parents[1])},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout.strip()

    run("migrate")
    key = run("keys", "create", "bench", "--role", "admin")
    sandbox = words("sandbox", "--port", str(site), "--backlog", str(seed))
    sandbox += ["--limits", "--latency", str(LATENCY_MS)]
    with (
        _running(
            sandbox, folder, environment, f"http://127.0.0.1:{site}/sandbox/faults"
        ),
        _running(
            words("serve"), folder, environment, f"http://127.0.0.1:{service}/readyz"
        ),
    ):
        began = time.monotonic()
        with Admin(f"http://127.0.0.1:{service}", key) as admin:
            admin.set_up(setup_of(f"http://127.0.0.1:{site}", SECRET))
        found = _watch(f"http://127.0.0.1:{site}", issues)
        return {**found, "seconds_with_reading": round(time.monotonic() - began, 1)}


def setup_of(url: str, secret: str, *, name: str = "Drain") -> Setup:
    """Connect a seeded site and its one backlog, whose scores alone are written."""
    backlog = {
        "name": name,
        "jql": "project = DRAIN AND statusCategory != Done",
        "mode": "money",
        "currency": "EUR",
        "policy": {"write": ["scores"]},
    }
    mapping = {
        "cost_of_delay": {
            "model": "direct",
            "value": {"read": "number", "field": COST, "per": "week"},
        },
        "duration": {"read": "number", "field": WEEKS, "unit": "weeks"},
        "outputs": {"score": SCORE},
    }
    return Setup(url, US, TOKEN, secret, backlog, mapping)


def _watch(url: str, issues: int) -> Figures:
    """Read the sandbox's log while it grows, until every issue is written."""
    written: dict[str, datetime] = {}
    counts = {"turned_away": 0, "requests": 0, "writes": 0}
    deadline = time.monotonic() + START_SECONDS + PATIENCE * issues / PER_SECOND
    since = 0
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        while len(written) < issues:
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {len(written)} of {issues} were written")
            time.sleep(1.0)
            answer = client.get("/sandbox/requests", params={"since": since})
            for one in answer.json()["requests"]:
                since = one["number"]
                counts["requests"] += 1
                counts["turned_away"] += one["status"] == 429  # noqa: PLR2004 - turned away
                if one["method"] == "PUT" and "/issue/" in one["path"]:
                    counts["writes"] += 1
                    if one["status"] == 204:  # noqa: PLR2004 - done
                        at = datetime.fromisoformat(one["at"])
                        written.setdefault(one["path"], at)
    took = (max(written.values()) - min(written.values())).total_seconds()
    return {"seconds": round(took, 2), **counts}


@contextmanager
def _running(
    command: list[str], folder: Path, environment: dict[str, str], ready: str
) -> Iterator[None]:
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(ready, process)
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(url, trust_env=False, timeout=10).is_success:
                return
        time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer; see the words above")


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--issues", type=int, default=ISSUES)
    told = parser.parse_args()
    found = figures(told.issues)
    if told.json:
        print(json.dumps(found))
    else:
        for part in ("figures", "ratios"):
            for name, value in found[part].items():
                print(f"{name:32} {value}")


if __name__ == "__main__":
    main()
