"""How long it takes from a person's edit until our score and its rank stand in Jira.

`python -m bench.latency [--json] [--quick]` puts a sandbox site and the whole service
on one stage, joined by real HTTP, with 100 ms before each answer to the service, and
edits costs of delay 20 times a second. The sandbox's own histories tell when an edit
was made and when the score that follows from it (or from a later edit of the issue) was
written (L7), and `bench.standing` when Jira's backlog stood in the order that follows.
Scores, ranks and pages are all on.
"""

import argparse
import json
import platform
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import httpx

from app.demo.stage import US, Stage, open_stage
from bench.standing import Standing, standing
from connectors.sandbox.sample import COST_OF_DELAY, sample_mapping

SEED: Final = 2026
EDITS_A_SECOND: Final = 20
SECONDS: Final = 30.0
QUICK_SECONDS: Final = 5.0
JIRA_SECONDS: Final = 0.1
# L7: from the webhook to the written field, and to the rank.
P50_GATE: Final = 2.0
P99_GATE: Final = 10.0
SETTLED_SECONDS: Final = 300.0
EDITED: Final = 10
_JQL: Final = "project = HARB AND statusCategory != Done"
_SCORE: Final = sample_mapping()["outputs"]["score"]

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A change of one field, as the history has it."""

    at: datetime
    field: str
    value: float


def figures(*, quick: bool = False) -> Figures:
    """Measure once."""
    seconds = QUICK_SECONDS if quick else SECONDS
    with (
        tempfile.TemporaryDirectory(prefix="cd3-bench-") as folder,
        open_stage(Path(folder), port=0, say=_say) as stage,
    ):
        found = measure(stage, seconds=seconds)
    score, rank = _spread(found.scores), _spread(found.ranks)
    return {
        "ids": ["L7"],
        "seed": SEED,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("dbos", "httpx", "sqlalchemy")},
        },
        "figures": {
            "edits": len(found.scores),
            "edits_a_second": EDITS_A_SECOND,
            "seconds_before_each_answer": JIRA_SECONDS,
            "scores_written": found.writes,
            "until_the_score": score,
            "until_the_rank": rank,
        },
        # Beside what a planner may be asked to wait.
        "ratios": {
            "score_p50_vs_2_s": score["p50_s"] / P50_GATE,
            "score_p99_vs_10_s": score["p99_s"] / P99_GATE,
            "rank_p50_vs_2_s": rank["p50_s"] / P50_GATE,
            "rank_p99_vs_10_s": rank["p99_s"] / P99_GATE,
        },
    }


def _spread(waits: Sequence[float]) -> dict[str, float]:
    return {
        "p50_s": round(median(waits), 3),
        "p99_s": round(quantiles(waits, n=100)[98], 3),
        "longest_s": round(max(waits), 3),
    }


@dataclass(frozen=True, slots=True)
class Measured:
    """How many seconds each edit waited for its score and for its rank."""

    scores: list[float]
    ranks: list[float]
    writes: int


def measure(stage: Stage, *, seconds: float) -> Measured:
    """Edit for so long, and wait until all edits have their scores and ranks."""
    with (
        standing(stage, _JQL) as orders,
        httpx.Client(
            base_url=stage.sandbox,
            auth=(stage.email, stage.token),
            trust_env=False,
            timeout=60,
        ) as person,
    ):
        fault = {"kind": "latency", "seconds": JIRA_SECONDS, "account": US}
        told = person.put("/sandbox/faults", json={"faults": [fault]})
        told.raise_for_status()
        keys = _keys(person)
        before = {key: len(_steps(person, key)) for key in keys}
        edits = _edit(person, keys, seconds)
        until = time.monotonic() + SETTLED_SECONDS
        while True:
            steps = {key: _steps(person, key)[before[key] :] for key in keys}
            found = _measured(steps, orders)
            followed = min(len(found.scores), len(found.ranks))
            if followed == edits or time.monotonic() > until:
                break
            time.sleep(0.5)
    if followed < edits:
        raise TimeoutError(f"{edits - followed} edits were never followed")
    return found


def _measured(steps: Mapping[str, Sequence[Step]], orders: Standing) -> Measured:
    found = Measured(
        [], [], sum(s.field == _SCORE for of in steps.values() for s in of)
    )
    for key, of in steps.items():
        found.scores.extend(_waits(of))
        costs = [(step.at, step.value) for step in of if step.field == COST_OF_DELAY]
        found.ranks.extend(orders.waits(key, costs))
    return found


def _keys(person: httpx.Client) -> list[str]:
    """Choose issues that have a score already: their edits change it."""
    body = {
        "jql": f"{_JQL} ORDER BY Rank",
        "fields": [_SCORE, COST_OF_DELAY],
        "maxResults": 100,
    }
    answer = person.post("/rest/api/3/search/jql", json=body).raise_for_status()
    scored = [
        one["key"]
        for one in answer.json()["issues"]
        if one["fields"].get(_SCORE) and one["fields"].get(COST_OF_DELAY)
    ]
    return random.Random(SEED).sample(scored, EDITED)  # noqa: S311 - a bench


def _edit(person: httpx.Client, keys: Sequence[str], seconds: float) -> int:
    """Edit at a steady pace, whatever the answers take; each cost is another one."""
    chance = random.Random(SEED)  # noqa: S311 - a bench
    count, began = round(seconds * EDITS_A_SECOND), time.monotonic()

    def edit(number: int) -> None:
        cost = chance.randrange(1_000, 50_000) + number / 1_000
        body = {"fields": {COST_OF_DELAY: cost}}
        key = keys[number % len(keys)]
        person.put(f"/rest/api/3/issue/{key}", json=body).raise_for_status()

    with ThreadPoolExecutor(8) as pool:
        made = []
        for number in range(count):
            time.sleep(max(0, began + number / EDITS_A_SECOND - time.monotonic()))
            made.append(pool.submit(edit, number))
    for one in made:
        one.result()
    return count


def _steps(person: httpx.Client, key: str) -> list[Step]:
    """Read an issue's costs and scores from its history, oldest first."""
    found: list[Step] = []
    start, last = 0, False
    while not last:
        page = person.get(
            f"/rest/api/3/issue/{key}/changelog",
            params={"startAt": start, "maxResults": 100},
        ).raise_for_status()
        told = page.json()
        for entry in told["values"]:
            at = datetime.fromisoformat(entry["created"])
            found += [
                Step(at, item["fieldId"], float(item["toString"] or 0))
                for item in entry["items"]
                if item.get("fieldId") in {COST_OF_DELAY, _SCORE}
            ]
        start += len(told["values"])
        last = told["isLast"]
    return sorted(found, key=lambda step: step.at)


def _waits(steps: Sequence[Step]) -> list[float]:
    """Tell for each cost how long it took until a score was written that knew it.

    A score is the cost by an unchanging duration, so each cost has a score of its own;
    the last one of both belong together, and give the duration.
    """
    costs = [step for step in steps if step.field == COST_OF_DELAY]
    scores = [step for step in steps if step.field == _SCORE]
    if not costs or not scores or scores[-1].at < costs[-1].at:
        return []
    rate = scores[-1].value / costs[-1].value
    waits: list[float] = []
    for number, cost in enumerate(costs):
        later = [one.value * rate for one in costs[number:]]
        knew = (
            one.at
            for one in scores
            if one.at >= cost.at
            and any(abs(one.value - value) <= 1e-6 * value for value in later)
        )
        at = next(knew, None)
        if at is not None:
            waits.append((at - cost.at).total_seconds())
    return waits


def _say(words: str) -> None:
    print(words, file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a few seconds only")
    chosen = parser.parse_args(arguments)
    found = figures(quick=chosen.quick)
    print(json.dumps(found, indent=None if chosen.json else 2, allow_nan=False))


if __name__ == "__main__":
    main()
