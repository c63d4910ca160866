"""Links between issues and their types."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.jira.calls import INVALID, Call, answer, nothing, part, route
from connectors.sandbox.linking import (
    find_link_type,
    link_issues,
    unlink_issues,
    visible_link,
)
from connectors.sandbox.rendering import rest, show_brief, show_link_type
from connectors.sandbox.state import Site


def routes(site: Site) -> list[Route]:
    """Mount links and link types."""
    base = f"{site.flavour.base}/issueLink"
    return [
        route(site, "POST", base, _link),
        route(site, "GET", f"{base}/{{link}}", _read),
        route(site, "DELETE", f"{base}/{{link}}", _unlink),
        route(site, "GET", f"{base}Type", _types),
        route(site, "GET", f"{base}Type/{{type}}", _type),
    ]


def _end(body: dict[str, Any], name: str) -> str:
    end = part(body, name, dict, {})
    said = end.get("key") or end.get("id")
    if said is None:
        raise AnswerError(400, INVALID)
    return str(said)


def _link(call: Call) -> Response:
    body = call.object(("comment", "inwardIssue", "outwardIssue", "type"))
    link_type = find_link_type(call.site, part(body, "type", dict, {}))
    source, target = _end(body, "inwardIssue"), _end(body, "outwardIssue")
    link = link_issues(call.site, call.account, link_type, source, target)
    made = nothing(201)
    made.headers["Location"] = rest(call.site, f"issueLink/{link.id}")
    return made


def _read(call: Call) -> Response:
    site = call.site
    with site.lock:
        link = visible_link(site, call.account, call.path("link"))
        link_type = next(kind for kind in site.link_types if kind.id == link.type)
        return answer(
            {
                "id": link.id,
                "self": rest(site, f"issueLink/{link.id}"),
                "type": show_link_type(site, link_type),
                "inwardIssue": show_brief(site, site.issues[link.source]),
                "outwardIssue": show_brief(site, site.issues[link.target]),
            }
        )


def _unlink(call: Call) -> Response:
    unlink_issues(call.site, call.account, call.path("link"))
    return nothing()


def _types(call: Call) -> Response:
    shown = [show_link_type(call.site, kind) for kind in call.site.link_types]
    return answer({"issueLinkTypes": shown})


def _type(call: Call) -> Response:
    link_type = find_link_type(call.site, {"id": call.path("type")})
    return answer(show_link_type(call.site, link_type))
