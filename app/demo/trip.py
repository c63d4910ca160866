"""One trip unattended: a person edits a field, the order and the pages follow."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from app.demo.person import Person
from app.demo.setting_up import Admin
from app.demo.stage import Stage
from connectors.sandbox.sample import COST_OF_DELAY

STEP_SECONDS = 300.0
QUIET_SECONDS = 2.0


@dataclass(slots=True)
class Step:
    """One thing that had to happen, and after how many seconds it had."""

    name: str
    seconds: float | None
    detail: str = ""


@dataclass(slots=True)
class Trip:
    """All steps of the trip, in order."""

    steps: list[Step] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Tell whether every step happened."""
        return bool(self.steps) and all(s.seconds is not None for s in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Write it for scripts."""
        return {"complete": self.complete, "steps": [asdict(s) for s in self.steps]}

    def to_text(self) -> str:
        """Tell it to a person."""
        return "\n".join(
            f"  {'–' if s.seconds is None else f'{s.seconds:6.2f} s':>9}  {s.name}"
            + (f": {s.detail}" if s.detail else "")
            for s in self.steps
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    key: str
    place: int
    cost: float


def make_trip(stage: Stage) -> Trip:
    """Make the last free issue the most urgent one, and wait for all that follows."""
    trip = Trip()
    with stage.person() as person, Admin(stage.service, stage.admin_key) as admin:
        before = _pages(admin, stage.backlog)
        ranking = admin.ranking(stage.backlog)
        scored = frozenset(row["key"] for row in ranking["items"])
        chosen = _choose(person, ranking)
        newest = max((one["id"] for one in admin.deliveries()), default=0)
        person.forget_requests()
        began = time.monotonic()

        def step(name: str, happened: Callable[[], str]) -> None:
            trip.steps.append(_wait(name, happened, began))

        person.edit(chosen.key, COST_OF_DELAY, chosen.cost)
        detail = f"{chosen.key}, rank {chosen.place}, now {chosen.cost:,.0f} a week"
        trip.steps.append(Step("edited in the sandbox", _since(began), detail))
        step("webhook delivered", lambda: _delivered(admin, chosen.key, newest))
        step("new rank in Jira", lambda: _ranked_first(person, chosen.key, scored))
        step("ranking page, version 2", lambda: _renewed(person, before))
        if trip.complete:
            trip.steps.append(_quiet(person, began))
    return trip


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)


def _wait(name: str, happened: Callable[[], str], began: float) -> Step:
    deadline = time.monotonic() + STEP_SECONDS
    while time.monotonic() < deadline:
        if detail := happened():
            return Step(name, _since(began), detail)
        time.sleep(0.05)
    return Step(name, None, f"not within {STEP_SECONDS:g} s")


def _choose(person: Person, ranking: dict[str, Any]) -> _Candidate:
    """Choose the last item that no link holds back and no deadline puts off.

    Its new cost makes it twice as urgent as the most urgent one.
    """
    rows = ranking["items"]
    best = max(row["cd3"] for row in rows if row["cd3"] is not None)
    row = next(
        row
        for row in reversed(rows)
        if row["deadline"] is None and not person.links(row["key"])
    )
    cost = round(2 * best * row["duration"], -2)
    return _Candidate(row["key"], row["rank"], cost)


def _delivered(admin: Admin, key: str, after: int) -> str:
    for one in admin.deliveries():
        mine = one["issue_key"] == key and one["id"] > after
        if mine and one["state"] == "done":
            return f"delivery {one['id']}"
    return ""


def _ranked_first(person: Person, key: str, scored: frozenset[str]) -> str:
    """Tell whether Jira has the issue before all others that have a score."""
    found = person.order(key.rpartition("-")[0])
    first = next(one for one in found if one in scored)
    return f"{key} stands before all that are scored" if first == key else ""


def _pages(admin: Admin, backlog: str) -> dict[str, str]:
    return {page["kind"]: page["page_id"] for page in admin.pages(backlog)}


def _renewed(person: Person, pages: dict[str, str]) -> str:
    if person.page_version(pages["ranking"]) != 2:  # noqa: PLR2004 - published once before
        return ""
    told = (f"{kind} {person.page_version(page)}" for kind, page in pages.items())
    return "versions now: " + ", ".join(told)


def _quiet(person: Person, began: float) -> Step:
    """Wait a little and see that nothing goes round in circles."""
    time.sleep(QUIET_SECONDS)
    ours = person.requests_of("cd3")
    ranks = sum(1 for r in ours if r["path"].endswith("/issue/rank"))
    writes = sum(map(person.is_edit, ours))
    calls = "1 rank call" if ranks == 1 else f"{ranks} rank calls"
    detail = f"{calls}, {writes} issues written by CD3"
    return Step("quiet again", _since(began) if ranks == 1 else None, detail)
