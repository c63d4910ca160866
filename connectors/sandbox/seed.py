"""A backlog file turned into a site, every slip named by its place in the file."""

from collections.abc import Mapping
from typing import Any

from connectors.sandbox.answers import SeedError
from connectors.sandbox.changelog import plant_history
from connectors.sandbox.clock import read_stamp, stamp
from connectors.sandbox.durations import read_duration
from connectors.sandbox.fields import Field, read_field
from connectors.sandbox.model import (
    CATEGORIES,
    PRIORITIES,
    Board,
    Issue,
    Link,
    LinkType,
    Named,
    Project,
    Status,
    Webhook,
)
from connectors.sandbox.state import Site

Seed = Mapping[str, Any]
START = "2026-09-01T08:00:00.000+0000"


def plant(site: Site, seed: Seed) -> None:
    """Fill an empty site from a seed."""
    try:
        define(site, seed)
        _issues(site, seed)
        for number, entry in enumerate(seed.get("links", ())):
            _link(site, entry, f"links[{number}]")
    except KeyError as error:
        raise SeedError(f"the backlog file lacks {error}, or knows no such") from error


def define(site: Site, seed: Seed) -> None:
    """Take all but issues and links: accounts, projects, types, fields, boards."""
    for entry in seed.get("accounts", ()):
        site.accounts.add(entry)
    for entry in seed["projects"]:
        project = Project(str(entry["id"]), entry["key"], entry["name"])
        site.projects[project.id] = project
    site.issue_types = _named(seed.get("issuetypes"), ("Story",), 10_001)
    site.statuses = [_status(entry) for entry in seed.get("statuses", ())]
    site.statuses = site.statuses or _usual_statuses()
    site.priorities = _named(seed.get("priorities"), PRIORITIES, 1)
    site.resolutions = _named(seed.get("resolutions"), ("Done", "Won't Do"), 10_000)
    for entry in seed.get("fields", ()):
        field = read_field(entry)
        site.fields[field.id] = field
    site.link_types = [
        LinkType(str(e["id"]), e["name"], e["inward"], e["outward"])
        for e in seed.get("linktypes", ())
    ]
    site.boards = [
        Board(int(e["id"]), e["name"], e.get("type", "kanban"), e["project"], e["jql"])
        for e in seed.get("boards", ())
    ]
    site.spaces = [dict(entry) for entry in seed.get("spaces", ())]


def _named(entries: Any, usual: tuple[str, ...], first: int) -> list[Named]:
    if entries:
        return [Named(str(entry["id"]), str(entry["name"])) for entry in entries]
    return [Named(str(first + place), name) for place, name in enumerate(usual)]


def _status(entry: Mapping[str, Any]) -> Status:
    if entry["category"] not in CATEGORIES:
        raise SeedError(
            f"status {entry['name']}: category must be new, indeterminate or done"
        )
    return Status(str(entry["id"]), entry["name"], entry["category"])


def _usual_statuses() -> list[Status]:
    return [
        Status("10000", "To Do", "new"),
        Status("3", "In Progress", "indeterminate"),
        Status("10001", "Done", "done"),
    ]


def _issues(site: Site, seed: Seed) -> None:
    for number, entry in enumerate(seed.get("issues", ())):
        place = f"issues[{number}] ({entry.get('key')})"
        issue = _issue(site, entry, place)
        if site.find(issue.key) is not None:
            raise SeedError(f"{place}: this key stands twice in the file")
        site.add_issue(issue)
        counter = f"key {issue.project}"
        held = site.counters.get(counter, 0)
        site.counters[counter] = max(held, int(issue.key.rpartition("-")[2]))
    site.ranks.extend(list(site.issues))


def _issue(site: Site, entry: Mapping[str, Any], place: str) -> Issue:
    prefix, _, number = str(entry["key"]).rpartition("-")
    project = site.project(prefix)
    if project is None or not number.isdigit():
        raise SeedError(f"{place}: no project has the key «{prefix}»")
    issue = Issue(str(site.next("issue", 10_001)), str(entry["key"]), project.key)
    issue.values = _built_in(site, entry, project, place)
    for name, value in entry.get("fields", {}).items():
        if name not in site.fields:
            raise SeedError(f"{place}: no field has the id {name}")
        if value is not None:
            issue.values[name] = _value(site, site.fields[name], value, place)
    plant_history(site, issue, entry.get("history", ()), place)
    return issue


def _built_in(
    site: Site, entry: Mapping[str, Any], project: Project, place: str
) -> dict[str, Any]:
    statuses = [Named(status.id, status.name) for status in site.statuses]
    priority = entry.get("priority")
    if priority and all(priority != known.name for known in site.priorities):
        site.priorities.append(Named(str(len(site.priorities) + 1), priority))
    first = statuses[0].name
    values = {
        "summary": entry.get("summary") or entry["key"],
        "description": entry.get("description") or None,
        "project": project.id,
        "issuetype": _choice(
            site.issue_types, entry.get("type", site.issue_types[0].name), place
        ),
        "status": _choice(statuses, entry.get("status", first), place),
        "priority": _choice(site.priorities, priority, place) if priority else None,
        "labels": sorted(entry.get("labels") or ()),
        "duedate": entry.get("duedate"),
        "timetracking": _time(entry.get("timetracking"), place),
        "reporter": _account(site, entry.get("reporter"), place),
        "assignee": _account(site, entry.get("assignee"), place),
        "created": _moment(entry.get("created") or START),
    }
    values["updated"] = _moment(entry.get("updated") or entry.get("created") or START)
    if site.status(values["status"]).category == "done":
        resolution = entry.get("resolution") or site.resolutions[0].name
        values["resolution"] = _choice(site.resolutions, resolution, place)
        values["resolutiondate"] = _moment(entry.get("resolved") or values["updated"])
    return values


def _choice(choices: list[Named], name: str, place: str) -> str:
    for choice in choices:
        if name in (choice.name, choice.id):
            return choice.id
    known = ", ".join(choice.name for choice in choices)
    raise SeedError(f"{place}: no «{name}» among {known}")


def _account(site: Site, account_id: str | None, place: str) -> str | None:
    if account_id is not None and site.accounts.find(account_id) is None:
        raise SeedError(f"{place}: no account has the id {account_id}")
    return account_id


def _moment(text: str) -> str:
    return stamp(read_stamp(text))


def _time(entry: Mapping[str, str] | None, place: str) -> dict[str, int] | None:
    kept = {}
    for name, text in (entry or {}).items():
        seconds = read_duration(text)
        if seconds is None or name not in ("originalEstimate", "remainingEstimate"):
            raise SeedError(f"{place}: {name} «{text}» is no time such as 3d 4h")
        kept[name.removesuffix("Estimate")] = seconds
    if "original" in kept:
        kept.setdefault("remaining", kept["original"])
    return kept or None


def _value(site: Site, field: Field, value: Any, place: str) -> Any:
    """Turn a seed's short value into what is kept."""
    match field.kind:
        case "select" | "radio":
            kept: Any = _option(field, value, place)
        case "multiselect" | "checkboxes":
            kept = [_option(field, one, place) for one in value] or None
        case "cascading":
            kept = _pair(field, value, place)
        case "user":
            kept = _account(site, value, place)
        case "labels":
            kept = sorted(value)
        case "datetime":
            kept = _moment(value)
        case _:
            kept = _plain(field, value, place)
    return kept


def _plain(field: Field, value: Any, place: str) -> Any:
    wanted = int | float if field.kind == "number" else str
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise SeedError(f"{place}: {field.id} is a {field.kind} field, not «{value}»")
    return value


def _option(field: Field, wanted: Any, place: str) -> str:
    option = field.option(wanted)
    if option is None:
        known = ", ".join(option.value for option in field.options)
        raise SeedError(f"{place}: {field.id} has no option «{wanted}», only {known}")
    return option.id


def _pair(field: Field, value: Any, place: str) -> list[str | None]:
    said = value if isinstance(value, Mapping) else {"value": value}
    parent_id = _option(field, said["value"], place)
    parent = field.option(parent_id)
    wanted = said.get("child")
    child = parent.child(wanted) if parent and wanted is not None else None
    if wanted is not None and child is None:
        raise SeedError(f"{place}: {field.id} has no «{wanted}» below {said['value']}")
    return [parent_id, child.id if child else None]


def _link(site: Site, entry: Mapping[str, Any], place: str) -> None:
    link_type = next((t for t in site.link_types if t.name == entry["type"]), None)
    source, target = site.find(entry["from"]), site.find(entry["to"])
    if link_type is None or source is None or target is None:
        raise SeedError(f"{place}: no such link type, or no issue at one of its ends")
    number = str(site.next("link", 10_001))
    site.add_link(Link(number, link_type.id, source.id, target.id))


def restore(site: Site, kept: Mapping[str, Any]) -> None:
    """Fill an empty site from a state file."""
    if kept.get("version") != 1:
        raise SeedError("the state file is of another version; name a new one")
    site.cloud_id = kept["cloud_id"]
    define(site, {**kept["definitions"], "accounts": kept["accounts"]})
    for entry in kept["issues"]:
        issue = dict(entry)
        rank = issue.pop("rank")
        site.add_issue(Issue(**issue))
        site.ranks.ranks[issue["id"]] = rank
    site.ranks.load(list(site.ranks.ranks.items()))
    for entry in kept["links"]:
        site.add_link(Link(**entry))
    _webhooks(site, kept["webhooks"])
    site.counters = dict(kept["counters"])


def _webhooks(site: Site, entries: Any) -> None:
    for entry in entries:
        webhook = Webhook(**{**entry, "events": tuple(entry["events"])})
        site.webhooks[webhook.id] = webhook
