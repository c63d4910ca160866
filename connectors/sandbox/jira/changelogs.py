"""Histories: of one issue, of up to a thousand at once; and the statuses they name."""

from functools import partial
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.changelog import show_change
from connectors.sandbox.clock import read_stamp
from connectors.sandbox.edits import visible_issue
from connectors.sandbox.jira.calls import Call, answer, part, route, texts
from connectors.sandbox.jira.paging import Searches
from connectors.sandbox.model import Issue
from connectors.sandbox.rendering import rest, show_status
from connectors.sandbox.state import Site

MOST_ISSUES: Final = 1000
MOST_FIELDS: Final = 10
MOST_CHANGES: Final = 10_000
USUAL: Final = 1000
MOST_OF_ONE: Final = 100
BODY: Final = ("fieldIds", "issueIdsOrKeys", "maxResults", "nextPageToken")


def routes(site: Site) -> list[Route]:
    """Mount the statuses, and the histories that are the Cloud's own reads."""
    base = site.flavour.base
    fetch, one = f"{base}/changelog/bulkfetch", f"{base}/issue/{{issue}}/changelog"
    histories = [
        route(site, "POST", fetch, partial(_fetch, Searches())),
        route(site, "GET", one, _of_one),
    ]
    return [
        *(histories if site.flavour.is_cloud else ()),
        route(site, "GET", f"{base}/status", _statuses),
    ]


def _statuses(call: Call) -> Response:
    return answer([show_status(call.site, status) for status in call.site.statuses])


def _of_one(call: Call) -> Response:
    """Show one issue's history, oldest change first."""
    start = call.number("startAt", 0)
    size = min(call.number("maxResults", MOST_OF_ONE), MOST_OF_ONE)
    with call.site.lock:
        issue = visible_issue(call.site, call.account, call.path("issue"))
        shown = [show_change(call.site, c) for c in issue.history[start : start + size]]
        total = len(issue.history)
    return answer(
        {
            "self": rest(call.site, f"issue/{issue.id}/changelog"),
            "startAt": start,
            "maxResults": size,
            "total": total,
            "isLast": start + size >= total,
            "values": shown,
        }
    )


def _fetch(searches: Searches, call: Call) -> Response:
    """Show the changes of many issues, oldest first, page by page."""
    body = call.object(BODY)
    asked, fields = texts(body, "issueIdsOrKeys") or [], texts(body, "fieldIds")
    if not 1 <= len(asked) <= MOST_ISSUES or len(fields or ()) > MOST_FIELDS:
        raise AnswerError(
            400,
            f"Name 1 to {MOST_ISSUES} issues and at most {MOST_FIELDS} fields.",
        )
    size = part(body, "maxResults", int, USUAL)
    if not 1 <= size <= MOST_CHANGES:
        raise AnswerError(400, f"'maxResults' must be between 1 and {MOST_CHANGES}.")
    question = f"{call.account.account_id} {sorted(asked)} {fields}"
    with call.site.lock:
        issues = _visible(call, asked)
        changes, token = searches.page(
            question,
            part(body, "nextPageToken", str),
            size,
            lambda: _in_time(call.site, issues, fields),
        )
        shown = _by_issue(call.site, issues, changes, fields)
    page: dict[str, Any] = {"issueChangeLogs": shown}
    return answer(page if token is None else page | {"nextPageToken": token})


def _visible(call: Call, asked: list[str]) -> dict[str, Issue]:
    """Find the issues that the account may see; the others are left out in silence."""
    found = (call.site.find(name) for name in asked)
    return {
        issue.id: issue
        for issue in found
        if issue and call.account.may("BROWSE_PROJECTS", issue.project)
    }


def _in_time(
    site: Site, issues: dict[str, Issue], fields: list[str] | None
) -> list[str]:
    """Name the changes by issue and id, in the order of time, then of issues."""
    wanted = [
        (read_stamp(change["created"]), int(issue.id), int(change["id"]))
        for issue in issues.values()
        for change in issue.history
        if show_change(site, change, fields=fields)
    ]
    return [f"{issue} {change}" for _, issue, change in sorted(wanted)]


def _by_issue(
    site: Site, issues: dict[str, Issue], changes: Any, fields: list[str] | None
) -> list[dict[str, Any]]:
    wanted = set(changes)
    logs = []
    for issue in issues.values():
        shown = [
            show_change(site, change, fields=fields)
            for change in issue.history
            if f"{issue.id} {change['id']}" in wanted
        ]
        if shown:
            logs.append({"issueId": issue.id, "changeHistories": shown})
    return logs
