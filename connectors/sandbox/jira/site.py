"""The site itself: what it is, who asks, what one may do, its fields and projects."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.accounts import GLOBAL, KNOWN
from connectors.sandbox.answers import AnswerError
from connectors.sandbox.clock import stamp
from connectors.sandbox.jira.calls import Call, answer, route
from connectors.sandbox.rendering import rest, show_account, show_project
from connectors.sandbox.state import Site


def routes(site: Site) -> list[Route]:
    """Mount what is known of the site as a whole."""

    async def server_info(_request: Request) -> Response:
        return answer(_server_info(site))

    async def tenant_info(_request: Request) -> Response:
        return answer({"cloudId": site.cloud_id})

    base = site.flavour.base
    # Both answer anybody.
    clouds = [
        Route("/rest/api/3/serverInfo", server_info, methods=["GET"]),
        Route("/_edge/tenant_info", tenant_info, methods=["GET"]),
        route(site, "GET", f"{base}/project/search", _projects),
    ]
    return [
        *(clouds if site.flavour.is_cloud else ()),
        # It answers anybody, too, and is what tells the kinds apart.
        Route("/rest/api/2/serverInfo", server_info, methods=["GET"]),
        route(site, "GET", f"{base}/myself", _myself),
        route(site, "GET", f"{base}/mypermissions", _my_permissions),
        route(site, "GET", f"{base}/field", _fields),
        route(site, "GET", f"{base}/project/{{project}}", _project),
        route(site, "GET", f"{base}/filter/{{number}}", _filter),
    ]


def _server_info(site: Site) -> dict[str, Any]:
    return {
        "baseUrl": site.url,
        "displayUrl": site.url,
        "version": site.flavour.version,
        "versionNumbers": site.flavour.numbers,
        "deploymentType": "Cloud" if site.flavour.is_cloud else "Server",
        "buildNumber": 100_300,
        "buildDate": "2026-09-01T08:00:00.000+0000",
        "serverTime": stamp(site.now()),
        "scmInfo": "sandbox",
        "serverTitle": "Jira (sandbox)",
        "serverTimeZone": "Etc/UTC",
    }


def _myself(call: Call) -> Response:
    shown = show_account(call.site, call.account) or {}
    return answer(
        shown
        | {
            "emailAddress": call.account.email,
            "locale": "en_GB",
            "groups": {"size": 0, "items": []},
            "applicationRoles": {"size": 1, "items": []},
            "expand": "groups,applicationRoles",
        }
    )


def _my_permissions(call: Call) -> Response:
    asked = call.listed("permissions")
    if not call.site.flavour.is_cloud:
        asked = sorted(KNOWN)  # a Data Center tells all, whatever is asked
    if not asked:
        raise AnswerError(400, "The 'permissions' query parameter is required.")
    unknown = [key for key in asked if key not in KNOWN]
    if unknown:
        raise AnswerError(400, f"Unrecognized permission: {unknown[0]}")
    project = _concerned(call)
    return answer(
        {
            "permissions": {
                key: {
                    "id": str(number),
                    "key": key,
                    "name": key.replace("_", " ").capitalize(),
                    "type": "GLOBAL" if key in GLOBAL else "PROJECT",
                    "description": "",
                    "havePermission": call.account.may(key, project),
                }
                for number, key in enumerate(sorted(KNOWN))
                if key in asked
            }
        }
    )


def _concerned(call: Call) -> str | None:
    """Give the key of the project that the question is about."""
    site = call.site
    said = call.asked("projectKey") or call.asked("projectId")
    if issue_said := call.asked("issueKey") or call.asked("issueId"):
        issue = site.find(issue_said)
        if issue is None:
            raise AnswerError(404, "Issue Does Not Exist")
        return issue.project
    if said is None:
        return None
    project = site.project(said)
    if project is None or not call.account.may("BROWSE_PROJECTS", project.key):
        raise AnswerError(404, f"No project could be found with key '{said}'.")
    return project.key


def _fields(call: Call) -> Response:
    key = {
        "id": "issuekey",
        "key": "issuekey",
        "name": "Key",
        "custom": False,
        "orderable": False,
        "navigable": True,
        "searchable": False,
        "clauseNames": ["id", "issue", "issuekey", "key"],
    }
    return answer([key, *(field.described() for field in call.site.fields.values())])


def _projects(call: Call) -> Response:
    site = call.site
    start, size = call.number("startAt", 0), min(call.number("maxResults", 50), 100)
    keys, words = call.listed("keys"), (call.asked("query") or "").casefold()
    ids = call.listed("id")
    found = [
        project
        for project in sorted(site.projects.values(), key=lambda known: known.key)
        if call.account.may("BROWSE_PROJECTS", project.key)
        and (keys is None or project.key in keys)
        and (ids is None or project.id in ids)
        and (words in project.key.casefold() or words in project.name.casefold())
    ]
    return answer(
        {
            "self": rest(site, "project/search"),
            "maxResults": size,
            "startAt": start,
            "total": len(found),
            "isLast": start + size >= len(found),
            "values": [show_project(site, one) for one in found[start : start + size]],
        }
    )


def _project(call: Call) -> Response:
    said = call.path("project")
    project = call.site.project(said)
    if project is None or not call.account.may("BROWSE_PROJECTS", project.key):
        raise AnswerError(404, f"No project could be found with key '{said}'.")
    return answer(show_project(call.site, project))


def _filter(call: Call) -> Response:
    """Show the filter of a board, which bears the board's number plus 10,000."""
    number = call.path("number")
    for board in call.site.boards:
        if number == str(10_000 + board.id):
            return answer(
                {
                    "self": rest(call.site, f"filter/{number}"),
                    "id": number,
                    "name": f"Filter for {board.name}",
                    "jql": board.jql,
                }
            )
    raise AnswerError(400, f"The selected filter with id '{number}' does not exist.")
