"""Issues: read, create, edit, delete, many at once, and what may be edited."""

from functools import partial
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.archiving import archive_issues
from connectors.sandbox.edits import (
    create_issue,
    delete_issue,
    edit_issue,
    transition_issue,
    visible_issue,
)
from connectors.sandbox.jira.calls import Call, answer, nothing, part, route, texts
from connectors.sandbox.jira.selection import (
    EVERYTHING,
    NAVIGABLE,
    show_chosen,
    split,
)
from connectors.sandbox.model import Issue, Status
from connectors.sandbox.rendering import (
    allowed_values,
    rest,
    show_status,
    show_type,
)
from connectors.sandbox.state import Site

MOST_FETCHED: Final = 100
FETCH: Final = ("expand", "fields", "fieldsByKeys", "issueIdsOrKeys", "properties")


def routes(site: Site) -> list[Route]:
    """Mount the issues; many at once are the Cloud's."""
    base = f"{site.flavour.base}/issue"
    meta = f"{base}/createmeta/{{project}}/issuetypes"
    many = [route(site, "POST", f"{base}/bulkfetch", _fetch)]
    return [
        *(many if site.flavour.is_cloud else ()),
        *(_archiving(site, base)),
        route(site, "POST", base, _create),
        route(site, "GET", meta, _types),
        route(site, "GET", f"{meta}/{{type}}", _creatable),
        route(site, "GET", f"{base}/{{issue}}", _read),
        route(site, "PUT", f"{base}/{{issue}}", _edit),
        route(site, "DELETE", f"{base}/{{issue}}", _delete),
        route(site, "GET", f"{base}/{{issue}}/editmeta", _editable),
        route(site, "GET", f"{base}/{{issue}}/transitions", _transitions),
        route(site, "POST", f"{base}/{{issue}}/transitions", _transit),
    ]


def _archiving(site: Site, base: str) -> list[Route]:
    """Mount archiving: by list on the Cloud, one by one on a Data Center."""
    if site.flavour.is_cloud:
        return [
            route(site, "PUT", f"{base}/archive", partial(_archive, archived=True)),
            route(site, "PUT", f"{base}/unarchive", partial(_archive, archived=False)),
        ]
    one = f"{base}/{{issue}}"
    return [
        route(site, "PUT", f"{one}/archive", partial(_archive_one, archived=True)),
        route(site, "PUT", f"{one}/restore", partial(_archive_one, archived=False)),
    ]


def _archive(call: Call, *, archived: bool) -> Response:
    keys = texts(call.object(("issueIdsOrKeys",)), "issueIdsOrKeys") or []
    return answer(archive_issues(call.site, call.account, keys, archived=archived))


def _archive_one(call: Call, *, archived: bool) -> Response:
    archive_issues(call.site, call.account, [call.path("issue")], archived=archived)
    return nothing()


def _shown(call: Call, issue: Issue) -> Response:
    return answer(
        show_chosen(
            call.site,
            issue,
            call.listed("fields") or EVERYTHING,
            expand=split(call.asked("expand")),
            properties=_properties(issue, call.listed("properties") or ()),
        )
    )


def _properties(issue: Issue, asked: Any) -> list[str]:
    return list(issue.properties) if "*all" in asked else list(asked)


def _read(call: Call) -> Response:
    with call.site.lock:
        issue = visible_issue(call.site, call.account, call.path("issue"))
        return _shown(call, issue)


def _create(call: Call) -> Response:
    body = call.object()
    fields, update = part(body, "fields", dict, {}), part(body, "update", dict, {})
    issue = create_issue(call.site, call.account, fields, update)
    made = {
        "id": issue.id,
        "key": issue.key,
        "self": rest(call.site, f"issue/{issue.id}"),
    }
    return answer(made, 201)


def _edit(call: Call) -> Response:
    body = call.object()
    fields, update = part(body, "fields", dict, {}), part(body, "update", dict, {})
    key = call.path("issue")
    if not call.flag("notifyUsers", default=True):
        _may_hush(call, key)
    issue = edit_issue(call.site, call.account, key, fields, update)
    if not call.flag("returnIssue"):
        return nothing()
    with call.site.lock:
        return _shown(call, issue)


def _may_hush(call: Call, key: str) -> None:
    """Refuse the whole edit where its mail may not be held back, as Jira does."""
    issue = visible_issue(call.site, call.account, key)
    if not call.account.may("ADMINISTER_PROJECTS", issue.project):
        raise AnswerError(
            403,
            "To discard the user notification either admin or project admin "
            "permissions are required.",
        )


def _delete(call: Call) -> Response:
    delete_issue(call.site, call.account, call.path("issue"))
    return nothing()


def _fetch(call: Call) -> Response:
    body = call.object(FETCH)
    asked = texts(body, "issueIdsOrKeys") or []
    if not 1 <= len(asked) <= MOST_FETCHED:
        raise AnswerError(400, f"Between 1 and {MOST_FETCHED} issues can be fetched.")
    fields = texts(body, "fields") or NAVIGABLE
    expand = texts(body, "expand") or []
    properties = texts(body, "properties") or []
    found: dict[str, Issue] = {}
    with call.site.lock:
        for key in asked:
            issue = call.site.find(key)
            if issue and call.account.may("BROWSE_PROJECTS", issue.project):
                found[issue.id] = issue
        shown = [
            show_chosen(call.site, issue, fields, expand=expand, properties=properties)
            for issue in sorted(found.values(), key=lambda issue: int(issue.id))
        ]
        missing = [key for key in asked if _id_of(call.site, key) not in found]
    # What cannot be seen and what does not exist look alike.
    errors = [{"id": key, "errorMessage": "Issue not found"} for key in missing]
    return answer({"issues": shown, "issueErrors": errors})


def _id_of(site: Site, key: str) -> str | None:
    issue = site.find(key)
    return issue.id if issue else None


def _editable(call: Call) -> Response:
    with call.site.lock:
        issue = visible_issue(call.site, call.account, call.path("issue"))
        may = call.account.may("EDIT_ISSUES", issue.project)
        return answer({"fields": _metadata(call.site) if may else {}})


def _metadata(site: Site) -> dict[str, Any]:
    return {
        field.id: field.edited(allowed_values(site, field))
        for field in site.fields.values()
        if field.settable
    }


def _types(call: Call) -> Response:
    site = call.site
    _creating(call)
    shown = [show_type(site, kind) for kind in site.issue_types]
    return answer(
        {
            "issueTypes": shown,
            "maxResults": 50,
            "startAt": 0,
            "total": len(shown),
        }
    )


def _creatable(call: Call) -> Response:
    site = call.site
    _creating(call)
    if all(kind.id != call.path("type") for kind in site.issue_types):
        raise AnswerError(400, "The issue type does not exist in this project.")
    fields = [
        {"fieldId": name, "hasDefaultValue": False, **described}
        for name, described in _metadata(site).items()
    ]
    start, size = call.number("startAt", 0), min(call.number("maxResults", 50), 200)
    return answer(
        {
            "fields": fields[start : start + size],
            "maxResults": size,
            "startAt": start,
            "total": len(fields),
        }
    )


def _creating(call: Call) -> None:
    project = call.site.project(call.path("project"))
    if project is None or not call.account.may("CREATE_ISSUES", project.key):
        raise AnswerError(400, "No project with this key, or none you may create in.")


def _transitions(call: Call) -> Response:
    with call.site.lock:
        visible_issue(call.site, call.account, call.path("issue"))
        shown = [_transition(call.site, status) for status in call.site.statuses]
    return answer({"expand": "transitions", "transitions": shown})


def _transition(site: Site, status: Status) -> dict[str, Any]:
    """Show the way into a status, which is open from everywhere."""
    return {
        "id": _number(site, status),
        "name": status.name,
        "to": show_status(site, status),
        "hasScreen": False,
        "isGlobal": True,
        "isInitial": False,
        "isAvailable": True,
        "isConditional": False,
        "looped": False,
    }


def _number(site: Site, status: Status) -> str:
    return str(11 + 10 * site.statuses.index(status))


def _transit(call: Call) -> Response:
    body = call.object()
    wanted = str(part(body, "transition", dict, {}).get("id", ""))
    site = call.site
    for status in site.statuses:
        if _number(site, status) == wanted:
            fields = part(body, "fields", dict, {})
            key = call.path("issue")
            transition_issue(site, call.account, key, status.id, fields)
            return nothing()
    visible_issue(site, call.account, call.path("issue"))
    raise AnswerError(
        400,
        f"It seems that you have tried to perform a workflow operation ({wanted}) "
        "that is not valid for the current state of this issue.",
    )
