"""Things as REST shows them: documents on v3, plain text on v2 and in webhooks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from connectors.sandbox.accounts import Account
from connectors.sandbox.adf import document_of
from connectors.sandbox.durations import write_duration
from connectors.sandbox.fields import Field, Option
from connectors.sandbox.flavour import Version
from connectors.sandbox.model import (
    CATEGORIES,
    Issue,
    Link,
    LinkType,
    Named,
    Project,
    Status,
)
from connectors.sandbox.state import Site

Writer = Callable[[Site, Field, Any], Any]
BRIEF: Final = ("summary", "status", "priority", "issuetype")


def rest(site: Site, path: str, version: Version | None = None) -> str:
    """Give the address of something of Jira's platform API."""
    return f"{site.url}/rest/api/{version or site.flavour.api}/{path}"


def show_account(site: Site, account: Account | None) -> dict[str, Any] | None:
    """Show a user; the Cloud's mail addresses stay hidden, as on most sites."""
    if account is None:
        return None
    avatar = f"{site.url}/favicon.ico"
    if not site.flavour.is_cloud:
        return {
            "self": rest(site, f"user?username={account.name}"),
            "name": account.name,
            "key": account.key,
            "emailAddress": account.email,
            "displayName": account.display_name,
            "active": True,
            "timeZone": "Etc/UTC",
            "avatarUrls": {f"{size}x{size}": avatar for size in (16, 24, 32, 48)},
        }
    return {
        "self": rest(site, f"user?accountId={account.account_id}"),
        "accountId": account.account_id,
        "accountType": account.type,
        "displayName": account.display_name,
        "active": True,
        "timeZone": "Etc/UTC",
        "avatarUrls": {f"{size}x{size}": avatar for size in (16, 24, 32, 48)},
    }


def show_category(site: Site, category: str) -> dict[str, Any]:
    """Show a status category."""
    number, name, colour = CATEGORIES[category]
    return {
        "self": rest(site, f"statuscategory/{number}"),
        "id": number,
        "key": category,
        "colorName": colour,
        "name": name,
    }


def show_status(site: Site, status: Status) -> dict[str, Any]:
    """Show a status with its category."""
    return {
        "self": rest(site, f"status/{status.id}"),
        "description": "",
        "iconUrl": f"{site.url}/favicon.ico",
        "name": status.name,
        "id": status.id,
        "statusCategory": show_category(site, status.category),
    }


def show_type(site: Site, kind: Named) -> dict[str, Any]:
    """Show an issue type."""
    return {
        "self": rest(site, f"issuetype/{kind.id}"),
        "id": kind.id,
        "description": "",
        "iconUrl": f"{site.url}/favicon.ico",
        "name": kind.name,
        "subtask": False,
        "hierarchyLevel": 0,
    }


def show_project(site: Site, project: Project) -> dict[str, Any]:
    """Show a project, briefly."""
    return {
        "self": rest(site, f"project/{project.id}"),
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "projectTypeKey": "software",
        "simplified": False,
    }


def show_named(site: Site, path: str, named: Named | None) -> dict[str, Any] | None:
    """Show a priority or a resolution."""
    if named is None:
        return None
    return {
        "self": rest(site, f"{path}/{named.id}"),
        "name": named.name,
        "id": named.id,
    }


def show_link_type(site: Site, link_type: LinkType) -> dict[str, Any]:
    """Show a link type."""
    return {
        "id": link_type.id,
        "name": link_type.name,
        "inward": link_type.inward,
        "outward": link_type.outward,
        "self": rest(site, f"issueLinkType/{link_type.id}"),
    }


def show_option(site: Site, option: Option | None) -> dict[str, Any] | None:
    """Show an option."""
    if option is None:
        return None
    return {
        "self": rest(site, f"customFieldOption/{option.id}"),
        "value": option.value,
        "id": option.id,
    }


def show_brief(site: Site, issue: Issue) -> dict[str, Any]:
    """Show an issue as it stands at the other end of a link."""
    shown = {name: show_value(site, issue, name) for name in BRIEF}
    return {
        "id": issue.id,
        "key": issue.key,
        "self": rest(site, f"issue/{issue.id}"),
        "fields": {name: value for name, value in shown.items() if value is not None},
    }


def show_link(site: Site, link: Link, seen_from: Issue) -> dict[str, Any]:
    """Show a link as one of its two issues has it."""
    away = link.source == seen_from.id
    other = site.issues[link.target if away else link.source]
    link_type = next(kind for kind in site.link_types if kind.id == link.type)
    return {
        "id": link.id,
        "self": rest(site, f"issueLink/{link.id}"),
        "type": show_link_type(site, link_type),
        "outwardIssue" if away else "inwardIssue": show_brief(site, other),
    }


def show_value(
    site: Site, issue: Issue, name: str, version: Version | None = None
) -> Any:
    """Show the value of one field."""
    field = site.fields[name]
    version = version or site.flavour.api
    if field.kind == "issuelinks":
        links = site.value(issue, name)
        return [show_link(site, link, issue) for link in links]
    if field.kind == "seconds":
        key = "original" if name == "timeoriginalestimate" else "remaining"
        return (issue.values.get("timetracking") or {}).get(key)
    value = site.value(issue, name)
    if field.kind == "textarea" and version == 3 and value is not None:  # noqa: PLR2004 - the API's number
        return document_of(value)
    if value is None:
        return {"labels": [], "timetracking": {}}.get(field.kind)
    writer = WRITERS.get(field.kind)
    return writer(site, field, value) if writer else value


def show_issue(
    site: Site, issue: Issue, fields: Iterable[str], version: Version | None = None
) -> dict[str, Any]:
    """Show an issue with the named fields."""
    shown = {name: show_value(site, issue, name, version) for name in fields}
    return {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog",
        "id": issue.id,
        "self": rest(site, f"issue/{issue.id}", version),
        "key": issue.key,
        **({"fields": shown} if shown else {}),
    }


def allowed_values(site: Site, field: Field) -> list[dict[str, Any]] | None:
    """Show what may be chosen, where a field is a choice."""
    match field.kind:
        case "issuetype":
            return [show_type(site, kind) for kind in site.issue_types]
        case "priority":
            return [show_named(site, "priority", p) or {} for p in site.priorities]
        case "select" | "radio" | "multiselect" | "checkboxes" | "cascading":
            return [_show_tree(site, option) for option in field.options]
        case _:
            return None


def _show_tree(site: Site, option: Option) -> dict[str, Any]:
    shown = show_option(site, option) or {}
    children = [_show_tree(site, child) for child in option.children]
    return shown | {"children": children} if children else shown


def _by_id(choices: Iterable[Named], wanted: str) -> Named | None:
    return next((choice for choice in choices if choice.id == wanted), None)


def _write_cascading(site: Site, field: Field, value: Any) -> dict[str, Any] | None:
    parent = field.option(value[0])
    shown = show_option(site, parent)
    if shown is None or parent is None or value[1] is None:
        return shown
    return shown | {"child": show_option(site, parent.child(value[1]))}


def _write_time(_site: Site, _field: Field, value: Mapping[str, int]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key, seconds in value.items():
        shown[f"{key}Estimate"] = write_duration(seconds)
        shown[f"{key}EstimateSeconds"] = seconds
    return shown


def _write_type(site: Site, _field: Field, value: Any) -> dict[str, Any] | None:
    kind = _by_id(site.issue_types, value)
    return show_type(site, kind) if kind else None


def _write_options(site: Site, field: Field, value: Any) -> list[Any]:
    return [show_option(site, field.option(option)) for option in value]


WRITERS: Final[Mapping[str, Writer]] = {
    "select": lambda site, field, value: show_option(site, field.option(value)),
    "radio": lambda site, field, value: show_option(site, field.option(value)),
    "multiselect": _write_options,
    "checkboxes": _write_options,
    "cascading": _write_cascading,
    "user": lambda site, _, value: show_account(site, site.accounts.find(value)),
    "priority": lambda site, _, value: show_named(
        site, "priority", _by_id(site.priorities, value)
    ),
    "resolution": lambda site, _, value: show_named(
        site, "resolution", _by_id(site.resolutions, value)
    ),
    "status": lambda site, _, value: show_status(site, site.status(value)),
    "issuetype": _write_type,
    "project": lambda site, _, value: show_project(site, site.projects[value]),
    "timetracking": _write_time,
}
