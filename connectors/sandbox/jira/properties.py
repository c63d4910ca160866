"""Properties of issues: JSON that apps keep beside the fields."""

from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.edits import delete_property, set_property, visible_issue
from connectors.sandbox.jira.calls import Call, answer, nothing, route
from connectors.sandbox.rendering import rest
from connectors.sandbox.state import Site


def routes(site: Site) -> list[Route]:
    """Mount the properties."""
    base = f"{site.flavour.base}/issue/{{issue}}/properties"
    return [
        route(site, "GET", base, _keys),
        route(site, "GET", f"{base}/{{key}}", _read),
        route(site, "PUT", f"{base}/{{key}}", _set),
        route(site, "DELETE", f"{base}/{{key}}", _delete),
    ]


def _keys(call: Call) -> Response:
    with call.site.lock:
        issue = visible_issue(call.site, call.account, call.path("issue"))
        path = f"issue/{issue.id}/properties"
        keys = [
            {"key": key, "self": rest(call.site, f"{path}/{key}")}
            for key in issue.properties
        ]
    return answer({"keys": keys})


def _read(call: Call) -> Response:
    with call.site.lock:
        issue = visible_issue(call.site, call.account, call.path("issue"))
        key = call.path("key")
        if key not in issue.properties:
            raise AnswerError(404, f"The property with key '{key}' does not exist.")
        return answer({"key": key, "value": issue.properties[key]})


def _set(call: Call) -> Response:
    where = (call.path("issue"), call.path("key"))
    fresh = set_property(call.site, call.account, *where, call.json())
    return answer({}, 201 if fresh else 200)


def _delete(call: Call) -> Response:
    delete_property(call.site, call.account, call.path("issue"), call.path("key"))
    return nothing()
