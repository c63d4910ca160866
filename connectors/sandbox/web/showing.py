"""The view's lists: the backlog, what changed in it, deliveries, requests."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from connectors.sandbox.answers import INVISIBLE, AnswerError
from connectors.sandbox.state import Site
from connectors.sandbox.web.backlog import MOST_ROWS, Table, Wanted, people, table
from connectors.sandbox.web.cells import choices
from connectors.sandbox.web.looks import fragment, page

MOST_LISTED: Final = 200
_MOST_ROWS: Final = 5000


def backlog(site: Site, request: Request) -> Response:
    """Show the backlog of one project, in rank order."""
    wanted = _wanted(site, request)
    shown = table(site, wanted)
    told = {
        "table": shown,
        "rows": _rows(shown),
        "wanted": wanted,
        "projects": list(site.projects.values()),
        "people": people(site),
        "choices": {one.id: choices(site, one) for one in shown.columns},
        "revision": site.revision,
        "more": min(wanted.most * 5, _MOST_ROWS),
    }
    return page(site, "backlog.html", told)


def changes(site: Site, request: Request) -> Response:
    """Give the rows anew where anything changed since a revision."""
    if request.query_params.get("since") == str(site.revision):
        return JSONResponse({"revision": site.revision})
    shown = table(site, _wanted(site, request))
    return JSONResponse(
        {
            "revision": site.revision,
            "columns": shown.signature,
            "found": shown.found,
            "rows": _rows(shown),
        }
    )


def _rows(shown: Table) -> str:
    return fragment("rows.html", {"table": shown})


def _wanted(site: Site, request: Request) -> Wanted:
    given = request.query_params
    first = site.boards[0].project if site.boards else next(iter(site.projects), "")
    project = site.project(given.get("project", first))
    most = given.get("most", "")
    return Wanted(
        project.key if project else "",
        given.get("q", "")[:200],
        done=given.get("done") == "1",
        most=min(int(most), _MOST_ROWS)
        if most.isascii() and most.isdigit()
        else MOST_ROWS,
    )


def browse(site: Site, request: Request) -> Response:
    """Lead from an issue's address to its row."""
    issue = site.find(request.path_params["key"])
    if issue is None:
        raise AnswerError(404, INVISIBLE)
    place = f"/?project={issue.project}&done=1&q={issue.key}"
    return RedirectResponse(place, 303)


def webhooks(site: Site, _request: Request) -> Response:
    """Show the last deliveries and who listens."""
    sent: list[dict[str, Any]] = site.post_room.told() if site.post_room else []
    told = {
        "deliveries": sent[: -MOST_LISTED - 1 : -1],
        "hooks": list(site.webhooks.values()),
    }
    return page(site, "webhooks.html", told)


def requests(site: Site, _request: Request) -> Response:
    """Show the last requests that reached the site."""
    seen: list[dict[str, Any]] = site.log.since(0) if site.log else []
    names = {one.account_id: one.display_name for one in site.accounts}
    told = {"requests": seen[: -MOST_LISTED - 1 : -1], "names": names}
    return page(site, "requests.html", told)
