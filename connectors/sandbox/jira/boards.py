"""Boards, what is on them, and ranking; the old reads of boards are gone."""

from functools import partial
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.fields import RANK
from connectors.sandbox.jira.calls import (
    INVALID,
    Call,
    answer,
    nothing,
    part,
    route,
    texts,
)
from connectors.sandbox.jira.paging import Searches
from connectors.sandbox.jira.search import USUAL, Asked, found_page, reconciled
from connectors.sandbox.jira.selection import NAVIGABLE, split
from connectors.sandbox.model import Board
from connectors.sandbox.query import find_issues
from connectors.sandbox.ranking import rank_issues
from connectors.sandbox.rendering import rest
from connectors.sandbox.state import Site

AGILE: Final = "/rest/agile/1.0"
SOFTWARE: Final = "/rest/software/1.0"
MOST_BOARDS: Final = 50
GONE: Final = (
    "The requested API has been removed. "
    "Please migrate to the same path below /rest/software/1.0."
)
REMOVED: Final = (
    "board/{board}/issue",
    "board/{board}/backlog",
    "board/{board}/epic/none/issue",
    "board/{board}/epic/{epic}/issue",
    "board/{board}/sprint/{sprint}/issue",
    "epic/none/issue",
    "epic/{epic}/issue",
    "sprint/{sprint}/issue",
)


def routes(site: Site, searches: Searches) -> list[Route]:
    """Mount boards and ranking."""
    return [
        route(site, "GET", f"{AGILE}/board", _boards),
        route(site, "GET", f"{AGILE}/board/{{board}}", _board),
        route(site, "GET", f"{AGILE}/board/{{board}}/configuration", _configuration),
        route(site, "PUT", f"{AGILE}/issue/rank", _rank),
        *(_cloud(site, searches) if site.flavour.is_cloud else ()),
    ]


def _cloud(site: Site, searches: Searches) -> list[Route]:
    """Mount the reads of issues that the Cloud has, and those that it gave up."""
    one = f"{SOFTWARE}/board/{{board}}"
    return [
        *(route(site, "GET", f"{AGILE}/{path}", _gone) for path in REMOVED),
        route(site, "GET", f"{one}/issue", partial(_issues, searches, "")),
        route(site, "GET", f"{one}/backlog", partial(_issues, searches, BACKLOG)),
        route(site, "GET", f"{one}/issue/approximate-count", partial(_count, "")),
        route(
            site, "GET", f"{one}/backlog/approximate-count", partial(_count, BACKLOG)
        ),
    ]


# What is neither done nor, with sprints, in one; the pretend site has no sprints.
BACKLOG: Final = "statusCategory != done"


def _gone(_call: Call) -> Response:
    raise AnswerError(410, GONE)


def _show(site: Site, board: Board) -> dict[str, Any]:
    project = site.project(board.project)
    shown = {
        "id": board.id,
        "self": f"{site.url}{AGILE}/board/{board.id}",
        "name": board.name,
        "type": board.type,
        "isPrivate": False,
    }
    if project is None:
        return shown
    return shown | {
        "location": {
            "projectId": int(project.id),
            "displayName": f"{project.name} ({project.key})",
            "projectName": project.name,
            "projectKey": project.key,
            "projectTypeKey": "software",
            "name": f"{project.name} ({project.key})",
        }
    }


def _visible(call: Call, board: Board) -> bool:
    project = call.site.project(board.project)
    key = project.key if project else None
    return call.account.may("BROWSE_PROJECTS", key)


def _boards(call: Call) -> Response:
    site = call.site
    said = call.asked("projectKeyOrId")
    project = site.project(said) if said else None
    if said and project is None:
        raise AnswerError(400, f"No project could be found with key or id '{said}'.")
    kinds, name = call.listed("type"), (call.asked("name") or "").casefold()
    found = [
        board
        for board in site.boards
        if _visible(call, board)
        and (project is None or site.project(board.project) == project)
        and (kinds is None or board.type in kinds)
        and name in board.name.casefold()
    ]
    start = call.number("startAt", 0)
    size = min(call.number("maxResults", MOST_BOARDS), MOST_BOARDS)
    return answer(
        {
            "maxResults": size,
            "startAt": start,
            "total": len(found),
            "isLast": start + size >= len(found),
            "values": [_show(site, board) for board in found[start : start + size]],
        }
    )


def _find(call: Call) -> Board:
    for board in call.site.boards:
        if call.path("board") == str(board.id) and _visible(call, board):
            return board
    raise AnswerError(
        404, "Board does not exist or you do not have permission to see it."
    )


def _board(call: Call) -> Response:
    return answer(_show(call.site, _find(call)))


def _configuration(call: Call) -> Response:
    site, board = call.site, _find(call)
    project = site.project(board.project)
    number = str(10_000 + board.id)
    columns = [
        {
            "name": status.name,
            "statuses": [{"id": status.id, "self": rest(site, f"status/{status.id}")}],
        }
        for status in site.statuses
    ]
    return answer(
        {
            "id": board.id,
            "name": board.name,
            "type": board.type,
            "self": f"{site.url}{AGILE}/board/{board.id}/configuration",
            "location": {
                "type": "project",
                "projectKeyOrId": project.key if project else board.project,
            },
            "filter": {"id": number, "self": rest(site, f"filter/{number}")},
            "subQuery": {"query": ""},
            "columnConfig": {"columns": columns, "constraintType": "none"},
            "ranking": {"rankCustomFieldId": site.fields[RANK].number},
        }
    )


def board_jql(call: Call, only: str) -> str:
    """Join a board's filter with what else is asked, in rank order."""
    board = _find(call)
    parts = [board.jql, only, call.asked("jql") or ""]
    wheres = [_unordered(text) for text in parts if text]
    return " AND ".join(f"({where})" for where in wheres if where) + " ORDER BY Rank"


def _unordered(jql: str) -> str:
    at = jql.casefold().rfind("order by")
    return (jql if at < 0 else jql[:at]).strip()


def _issues(searches: Searches, only: str, call: Call) -> Response:
    reconciled(call.listed("reconcileIssues") or ())
    asked = Asked(
        fields=call.listed("fields") or NAVIGABLE,
        size=call.number("maxResults", USUAL),
        token=call.asked("nextPageToken"),
        expand=split(call.asked("expand")),
    )
    return found_page(call, searches, board_jql(call, only), asked)


def _count(only: str, call: Call) -> Response:
    with call.site.lock:
        found = find_issues(call.site, board_jql(call, only), account=call.account)
    return answer({"count": len(found)})


def _rank(call: Call) -> Response:
    body = call.object(
        ("issues", "rankAfterIssue", "rankBeforeIssue", "rankCustomFieldId")
    )
    before = part(body, "rankBeforeIssue", str)
    after = part(body, "rankAfterIssue", str)
    if (before is None) == (after is None):
        raise AnswerError(
            400, "Exactly one of rankBeforeIssue and rankAfterIssue must be given."
        )
    field = part(body, "rankCustomFieldId", int)
    if field not in (None, call.site.fields[RANK].number):
        raise AnswerError(400, f"The field with id {field} is not a rank field.")
    keys = texts(body, "issues")
    if keys is None:
        raise AnswerError(400, INVALID)
    entries = rank_issues(
        call.site,
        call.account,
        keys,
        before or after or "",
        "before" if after is None else "after",
    )
    return nothing() if entries is None else answer({"entries": entries}, 207)
