"""The sample backlog: Harbour, which books berths for marinas. All of it is made up."""

import json
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

# The day on which the sample's deadlines and notes make sense; `sample` moves them.
AS_OF: Final = date(2026, 11, 23)

COST_OF_DELAY: Final = "customfield_10101"
DURATION: Final = "customfield_10102"
TEAM: Final = "customfield_10110"
OUTPUTS: Final = {
    "score": "customfield_10201",
    "position": "customfield_10202",
    "delay_cost": "customfield_10203",
}
FACTORS: Final = {
    "jql": 'project = TIDE AND issuetype = "PESTEL factor"',
    "category": "customfield_10301",
    "impact": "customfield_10302",
    "likelihood": "customfield_10303",
    "effect": "customfield_10304",
    "horizon": "customfield_10305",
    "trend": "customfield_10306",
    "evidence": "customfield_10307",
    "owner": "assignee",
    "response": "customfield_10308",
    "review": "customfield_10309",
}
INSIGHTS: Final = {
    "jql": "project = TIDE AND issuetype = Insight",
    "source": "customfield_10311",
    "kind": "customfield_10312",
    "theme": "customfield_10313",
    "noted": "customfield_10314",
}
EXPERIMENTS: Final = {
    "jql": "project = TIDE AND issuetype = Experiment",
    "hypothesis": "customfield_10321",
    "metric": "customfield_10322",
    "control_people": "customfield_10323",
    "control_converted": "customfield_10324",
    "variant_people": "customfield_10325",
    "variant_converted": "customfield_10326",
    "decision": "customfield_10327",
}


def sample(*, today: date = AS_OF) -> dict[str, Any]:
    """Read the sample site as a seed, its dates moved to suit `today`.

    What was finished within the last year came from an older board, with its history;
    so its keys are higher than its age.
    """
    seed, finished = _read("sample.json"), _read("finished.json")
    for issue in seed["issues"]:
        issue["history"] = finished["histories"].get(issue["key"], [])
    seed["issues"] += finished["issues"]
    types = {field["id"]: field["type"] for field in seed["fields"]}
    for issue in seed["issues"]:
        _move(issue, types, today - AS_OF)
    return seed


def sample_mapping() -> dict[str, Any]:
    """Give the mapping that reads the sample: euros a week, working days, evidence."""
    return {
        "cost_of_delay": {
            "model": "direct",
            "value": {"read": "number", "field": COST_OF_DELAY, "per": "week"},
        },
        "duration": {"read": "number", "field": DURATION, "unit": "days"},
        "deadline": {"field": "duedate"},
        "team": {"field": TEAM},
        "links": [{"type": "10000", "blocker": "outward"}],
        # The place and the delay cost of many issues change with each edit of one;
        # the score only with the issue's own.
        "outputs": {"score": OUTPUTS["score"]},
        "evidence": {
            "factors": dict(FACTORS),
            "insights": dict(INSIGHTS),
            "experiments": dict(EXPERIMENTS),
        },
    }


def sample_backlog() -> dict[str, Any]:
    """Give the name, the JQL and the money of the sample's backlog, and its space.

    The board shows chores too: they are not in the JQL, and keep their place.
    """
    return {
        "name": "Harbour",
        "jql": (
            "project = HARB AND issuetype in (Story, Improvement, Bug)"
            " AND statusCategory != Done"
        ),
        "mode": "money",
        "currency": "EUR",
        "space": "HARB",
    }


def _read(name: str) -> dict[str, Any]:
    text = files("connectors.sandbox").joinpath(name).read_text("utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def _move(issue: dict[str, Any], types: dict[str, str], by: timedelta) -> None:
    """Move every date of an issue by the same number of days."""
    for name in ("created", "updated"):
        issue[name] = _later_moment(issue[name], by)
    for change in issue["history"]:
        change["at"] = _later_moment(change["at"], by)
    if issue["duedate"]:
        issue["duedate"] = _later_day(issue["duedate"], by)
    for field, value in issue["fields"].items():
        if types[field] == "date":
            issue["fields"][field] = _later_day(value, by)


def _later_day(day: str, by: timedelta) -> str:
    return (date.fromisoformat(day) + by).isoformat()


def _later_moment(moment: str, by: timedelta) -> str:
    """Move a moment as Jira writes it, its clock and zone untouched."""
    day = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%f%z").date()
    return (day + by).isoformat() + moment[10:]
