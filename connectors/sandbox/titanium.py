"""The public Titanium backlog as a site: real issues and links, made-up money.

The folder holds `issues.jsonl.gz` and `links.csv.gz` (Apache-2.0, tidev/jira-archive).
No public backlog tells its cost of delay, so that and the durations are made from a
seed, and the fields' names say so.
"""

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson

from connectors.sandbox.answers import SeedError

COST_OF_DELAY: Final = "customfield_10101"
DURATION: Final = "customfield_10102"
DAY: Final = date(2016, 6, 1)
SEED: Final = 7

PROJECTS: Final = {
    "TIMOB": "Titanium SDK and CLI",
    "AC": "Appcelerator Community",
    "ALOY": "Alloy",
    "MOD": "Titanium modules",
    "DAEMON": "Appc daemon",
}
# How Jira words the other side; where the data's phrase is not here, none is known.
INWARD: Final = {
    "Blocks": "is blocked by",
    "Depends": "is dependency of",
    "Relates": "relates to",
    "Duplicate": "is duplicated by",
    "Cloners": "is cloned to",
    "Includes": "is included by",
}
# What a week of waiting costs, roughly, before chance: points of no currency.
WORTH: Final = {"Critical": 8.0, "High": 4.0, "Medium": 2.0, "Low": 1.0}
USUAL_WORTH: Final = 1.5


def titanium(folder: Path, *, day: date = DAY, seed: int = SEED) -> dict[str, Any]:
    """Give the backlog that was open on a day (created by then, not yet resolved)."""
    try:
        entries = [issue for issue in _read(folder) if _open(issue, day)]
        links = _links(folder, {issue["key"] for issue in entries})
    except OSError as error:
        raise SeedError(
            f"{folder} must hold issues.jsonl.gz and links.csv.gz: {error}"
        ) from error
    entries.sort(key=lambda issue: (issue["created"], int(issue["id"])))
    kinds = _names(issue["type"] for issue in entries)
    return {
        "accounts": _accounts(entries),
        "projects": _projects(entries),
        "issuetypes": _numbered(kinds, 10_001),
        "statuses": _statuses(entries),
        "priorities": _numbered([*WORTH, "None", "Trivial"], 1),
        "fields": _fields(seed),
        "linktypes": _link_types(links),
        "boards": [
            {
                "id": 1,
                "name": "Titanium board",
                "type": "kanban",
                "project": "TIMOB",
                "jql": "project = TIMOB ORDER BY Rank ASC",
            }
        ],
        "issues": [_issue(issue, seed) for issue in entries],
        "links": [
            {"type": row["type"], "from": row["from_key"], "to": row["to_key"]}
            for row in links
        ],
        "spaces": [{"id": "98306", "key": "TI", "name": "Titanium"}],
    }


def _read(folder: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(folder / "issues.jsonl.gz") as lines:
        for line in lines:
            yield orjson.loads(line)


def _open(issue: Mapping[str, Any], day: date) -> bool:
    created, resolved = issue["created"][:10], issue["resolved"]
    return created <= day.isoformat() and (
        resolved is None or resolved[:10] > day.isoformat()
    )


def _links(folder: Path, keys: set[str]) -> list[dict[str, str]]:
    with gzip.open(folder / "links.csv.gz", "rt", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        return [r for r in rows if r["from_key"] in keys and r["to_key"] in keys]


def _names(words: Iterable[str]) -> list[str]:
    return sorted(set(words))


def _numbered(names: Iterable[str], first: int) -> list[dict[str, str]]:
    return [{"id": str(first + n), "name": name} for n, name in enumerate(names)]


def _accounts(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    people = _names(
        issue[role]
        for issue in entries
        for role in ("assignee", "reporter")
        if issue[role]
    )
    return [
        {
            "accountId": "cd3-app",
            "email": "cd3@titanium.example",
            "displayName": "CD3",
            "type": "app",
        },
        {
            "accountId": "planner",
            "email": "planner@titanium.example",
            "displayName": "A planner",
        },
        *({"accountId": person, "displayName": person} for person in people),
    ]


def _projects(entries: list[dict[str, Any]]) -> list[dict[str, str]]:
    keys = _names(issue["project"] for issue in entries)
    return [
        {"id": str(10_000 + n), "key": key, "name": PROJECTS.get(key, key)}
        for n, key in enumerate(keys)
    ]


def _statuses(entries: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Name the statuses; what was resolved later counts as open on the day."""
    known = {i["status"]: i["status_category"] for i in entries if not i["resolved"]}
    known = {"Open": "new"} | known | {"Closed": "done"}
    return [
        {"id": str(10_000 + n), "name": name, "category": category}
        for n, (name, category) in enumerate(known.items())
    ]


def _fields(seed: int) -> list[dict[str, str]]:
    return [
        {
            "id": COST_OF_DELAY,
            "name": f"Cost of delay (made from seed {seed})",
            "type": "number",
        },
        {
            "id": DURATION,
            "name": f"Duration in weeks (made from seed {seed})",
            "type": "number",
        },
        {"id": "customfield_10201", "name": "CD3 score", "type": "number"},
        {"id": "customfield_10202", "name": "CD3 position", "type": "number"},
        {"id": "customfield_10203", "name": "Delay cost", "type": "number"},
    ]


def _link_types(links: list[dict[str, str]]) -> list[dict[str, str]]:
    phrases = {row["type"]: row["outward_phrase"] for row in links}
    return [
        {
            "id": str(10_000 + n),
            "name": name,
            "outward": phrases[name],
            "inward": INWARD.get(name, f"«{phrases[name]}», the other side"),
        }
        for n, name in enumerate(sorted(phrases))
    ]


def _issue(issue: Mapping[str, Any], seed: int) -> dict[str, Any]:
    made = Random(f"{seed} {issue['key']}")  # noqa: S311 - chance that can be repeated, no secret
    worth = WORTH.get(issue["priority"], USUAL_WORTH)
    closed = issue["resolved"] is not None
    return {
        "key": issue["key"],
        "type": issue["type"],
        "status": "Open" if closed else issue["status"],
        "summary": _line(issue["summary"]) or issue["key"],
        "reporter": issue["reporter"],
        "assignee": issue["assignee"],
        "labels": ["_".join(label.split()) for label in issue["labels"]],
        "priority": issue["priority"],
        "created": issue["created"],
        "updated": issue["created"] if closed else issue["updated"],
        "fields": {
            COST_OF_DELAY: round(worth * made.lognormvariate(6.0, 0.8)),
            DURATION: max(0.2, round(made.lognormvariate(0.3, 0.7), 1)),
        },
    }


def _line(summary: str) -> str:
    return " ".join(summary.split())[:255]
