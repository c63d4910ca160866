"""What may be done to issues, over REST and in the web view alike."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from connectors.sandbox.accounts import Account
from connectors.sandbox.answers import INVISIBLE, AnswerError
from connectors.sandbox.archiving import require_current
from connectors.sandbox.clock import stamp
from connectors.sandbox.events import Told, announce_issue, announce_property
from connectors.sandbox.fields import Field
from connectors.sandbox.history import change_items
from connectors.sandbox.model import Issue, Named
from connectors.sandbox.state import Site
from connectors.sandbox.values import ValueRefusedError, read_value

LONGEST_PROPERTY: Final = 32_768
LONGEST_KEY: Final = 255
LISTS: Final = ("labels", "multiselect", "checkboxes")


def visible_issue(site: Site, account: Account, id_or_key: object) -> Issue:
    """Give an issue that the account may see; otherwise 404, without saying why."""
    issue = site.find(id_or_key)
    if issue is None or not account.may("BROWSE_PROJECTS", issue.project):
        raise AnswerError(404, INVISIBLE)
    return issue


def allow(account: Account, permission: str, project: str, what: str) -> None:
    """Refuse with 403 whoever lacks a permission."""
    if not account.may(permission, project):
        raise AnswerError(403, f"You do not have permission to {what}.")


def edit_issue(
    site: Site,
    account: Account,
    id_or_key: str,
    fields: Mapping[str, Any],
    update: Mapping[str, Any] | None = None,
) -> Issue:
    """Set fields, all or none; what changes nothing leaves no trace."""
    with site.changing():
        issue = visible_issue(site, account, id_or_key)
        allow(account, "EDIT_ISSUES", issue.project, "edit issues in this project")
        require_current(issue)
        values = _read(site, fields, update or {}, issue)
        _store(site, account, issue, values, "issue_updated")
        return issue


def create_issue(
    site: Site,
    account: Account,
    fields: Mapping[str, Any],
    update: Mapping[str, Any] | None = None,
) -> Issue:
    """Create an issue at the end of the ranking."""
    with site.changing():
        project = _project(site, account, fields.get("project"))
        rest = {name: value for name, value in fields.items() if name != "project"}
        for name, message in (
            ("summary", "You must specify a summary of the issue."),
            ("issuetype", "Specify an issue type"),
        ):
            if rest.get(name) is None:
                raise AnswerError(400, errors={name: message})
        values = _read(site, rest, update or {}, None)
        issue = Issue(str(site.next("issue", 10_001)), "", project.name)
        issue.key = f"{project.name}-{site.next(f'key {project.name}')}"
        made = stamp(site.now())
        issue.values = {
            "project": project.id,
            "status": site.statuses[0].id,
            "reporter": account.account_id,
            "priority": _middle(site.priorities),
            "labels": [],
            "created": made,
            "updated": made,
        } | values
        site.add_issue(issue)
        site.ranks.append(issue.id)
        items = change_items(site, issue, dict.fromkeys(values))
        told = Told("jira:issue_created", "issue_created", items)
        announce_issue(site, account, issue, told)
        return issue


def delete_issue(site: Site, account: Account, id_or_key: str) -> None:
    """Delete an issue; links go with it."""
    with site.changing():
        issue = visible_issue(site, account, id_or_key)
        allow(account, "DELETE_ISSUES", issue.project, "delete issues in this project")
        announce_issue(site, account, issue, Told("jira:issue_deleted"))
        site.remove_issue(issue)


def transition_issue(
    site: Site,
    account: Account,
    id_or_key: str,
    status_id: str,
    fields: Mapping[str, Any],
) -> Issue:
    """Give an issue another status; Done brings a resolution, leaving it removes it."""
    with site.changing():
        issue = visible_issue(site, account, id_or_key)
        allow(account, "TRANSITION_ISSUES", issue.project, "transition this issue")
        require_current(issue)
        values = _read(site, fields, {}, issue)
        done = site.status(status_id).category == "done"
        values["status"] = status_id
        if done != (issue.values.get("resolution") is not None):
            values["resolution"] = site.resolutions[0].id if done else None
            values["resolutiondate"] = stamp(site.now()) if done else None
        _store(site, account, issue, values, "issue_generic")
        return issue


def set_property(
    site: Site, account: Account, id_or_key: str, key: str, value: Any
) -> bool:
    """Set an issue's property, say whether it is new."""
    with site.changing():
        issue = visible_issue(site, account, id_or_key)
        allow(account, "EDIT_ISSUES", issue.project, "edit issues in this project")
        require_current(issue)
        if len(key) > LONGEST_KEY or len(orjson.dumps(value)) > LONGEST_PROPERTY:
            raise AnswerError(
                400,
                f"A property key may have {LONGEST_KEY} and a value "
                f"{LONGEST_PROPERTY} characters.",
            )
        fresh = key not in issue.properties
        issue.properties[key] = value
        told = {"key": key, "value": value}
        announce_property(site, account, issue, "issue_property_set", told)
        return fresh


def delete_property(site: Site, account: Account, id_or_key: str, key: str) -> None:
    """Delete an issue's property."""
    with site.changing():
        issue = visible_issue(site, account, id_or_key)
        allow(account, "EDIT_ISSUES", issue.project, "edit issues in this project")
        require_current(issue)
        if key not in issue.properties:
            raise AnswerError(404, f"The property with key '{key}' does not exist.")
        told = {"key": key, "value": issue.properties.pop(key)}
        announce_property(site, account, issue, "issue_property_deleted", told)


def _store(
    site: Site, account: Account, issue: Issue, values: Mapping[str, Any], kind: str
) -> None:
    was = {name: issue.values.get(name) for name in values}
    issue.values |= values
    items = change_items(site, issue, was)
    items = [item for item in items if item["fieldId"] != "resolutiondate"]
    if not items:
        return
    issue.values["updated"] = stamp(site.now())
    if kind == "issue_updated" and items[0]["fieldId"] == "assignee":
        kind = "issue_assigned"
    told = Told("jira:issue_updated", kind, items)
    announce_issue(site, account, issue, told)


def _project(site: Site, account: Account, said: Any) -> Named:
    """Find the project of a new issue; the name given back is its key."""
    wanted = said.get("id", said.get("key")) if isinstance(said, Mapping) else None
    project = site.project(wanted) if wanted is not None else None
    if project is None or not account.may("BROWSE_PROJECTS", project.key):
        raise AnswerError(400, errors={"project": "valid project is required"})
    if not account.may("CREATE_ISSUES", project.key):
        refusal = "You do not have permission to create issues in this project."
        raise AnswerError(403, refusal)
    return Named(project.id, project.key)


def _middle(priorities: list[Named]) -> str:
    return priorities[len(priorities) // 2].id


def _read(
    site: Site,
    fields: Mapping[str, Any],
    update: Mapping[str, Any],
    issue: Issue | None,
) -> dict[str, Any]:
    """Read all fields of a request; every refused one is named by its id."""
    values: dict[str, Any] = {}
    errors = {
        name: f"Field '{name}' cannot appear in both 'fields' and 'update'"
        for name in fields
        if name in update
    }
    asked = {name: [{"set": value}] for name, value in fields.items()}
    for name, operations in ({**update, **asked}).items():
        try:
            values[name] = _operate(site, _settable(site, name), issue, operations)
        except ValueRefusedError as error:
            errors.setdefault(name, str(error))
    if errors:
        raise AnswerError(400, errors=errors)
    return values


def _settable(site: Site, name: str) -> Field:
    field = site.fields.get(name)
    if field is None or not field.settable:
        raise ValueRefusedError(
            f"Field '{name}' cannot be set. "
            "It is not on the appropriate screen, or unknown."
        )
    return field


def _operate(site: Site, field: Field, issue: Issue | None, operations: Any) -> Any:
    """Do `set`, and on lists `add` and `remove`, one after the other."""
    if not isinstance(operations, list):
        raise ValueRefusedError("data was not an array")
    held = issue.values.get(field.id) if issue else None
    for operation in operations:
        if not isinstance(operation, Mapping) or len(operation) != 1:
            raise ValueRefusedError("each operation must be one of set, add, remove")
        [(verb, value)] = operation.items()
        if verb == "set":
            held = _set(field, held, read_value(site, field, value))
        elif verb in ("add", "remove") and field.kind in LISTS:
            named = read_value(site, field, [value])
            held = _add_or_remove(field, held or [], named, add=verb == "add")
        else:
            raise ValueRefusedError(f"Operation '{verb}' is not supported.")
    return held


def _set(field: Field, held: Any, value: Any) -> Any:
    """Take the new value; time tracking keeps the estimate that was not named."""
    if field.kind != "timetracking" or value is None:
        return value
    merged = (held or {}) | value
    return (
        {"remaining": merged["original"], **merged} if "original" in merged else merged
    )


def _add_or_remove(field: Field, held: list[str], named: Any, *, add: bool) -> Any:
    rest = [one for one in held if one not in named]
    listed = [*rest, *named] if add else rest
    return sorted(listed) if field.kind == "labels" else listed or None
