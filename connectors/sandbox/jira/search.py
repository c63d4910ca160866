"""Searching: `search/jql` with tokens, the count, and the search that is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.jira.calls import (
    INVALID,
    Call,
    answer,
    part,
    route,
    texts,
)
from connectors.sandbox.jira.paging import Searches
from connectors.sandbox.jira.selection import (
    ID_ONLY,
    LIGHT,
    chosen_fields,
    expanded,
    show_chosen,
    split,
)
from connectors.sandbox.query import find_issues, is_bounded
from connectors.sandbox.state import Site

MOST_LIGHT: Final = 5000
MOST_FULL: Final = 100
USUAL: Final = 50
MOST_RECONCILED: Final = 50
MOST_PROPERTIES: Final = 5
UNBOUNDED: Final = (
    "Unbounded JQL queries are not allowed here. "
    "Please add a search restriction to your query."
)
GONE: Final = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql "
    "API. A full migration guideline is available at "
    "https://developer.atlassian.com/changelog/#CHANGE-2046"
)
BODY: Final = (
    "expand",
    "fields",
    "fieldsByKeys",
    "jql",
    "maxResults",
    "nextPageToken",
    "properties",
    "reconcileIssues",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search asks for beside its query."""

    fields: Sequence[str]
    size: int
    token: str | None = None
    expand: frozenset[str] = frozenset()
    properties: Sequence[str] = ()


def routes(site: Site, searches: Searches) -> list[Route]:
    """Mount the search."""
    return [
        route(site, "GET", "/rest/api/3/search/jql", partial(_get, searches)),
        route(site, "POST", "/rest/api/3/search/jql", partial(_post, searches)),
        route(site, "POST", "/rest/api/3/search/approximate-count", _count),
        route(site, "GET", "/rest/api/3/search", _gone),
        route(site, "POST", "/rest/api/3/search", _gone),
    ]


def found_page(call: Call, searches: Searches, jql: str, asked: Asked) -> Response:
    """Answer one page of a query."""
    site = call.site
    question = f"{call.account.account_id} {jql}"
    with site.lock:
        ids, token = searches.page(
            question,
            asked.token,
            _capped(asked),
            lambda: [i.id for i in find_issues(site, jql, account=call.account)],
        )
        issues = [
            show_chosen(
                site, site.issues[issue_id], asked.fields, properties=asked.properties
            )
            for issue_id in ids
            if issue_id in site.issues
        ]
    page: dict[str, Any] = {"issues": issues, "isLast": token is None}
    if token is not None:
        page["nextPageToken"] = token
    return answer(
        page | expanded(site, chosen_fields(site, asked.fields), asked.expand)
    )


def reconciled(given: Sequence[Any]) -> None:
    """Check ids that are to be read afresh; here every read is fresh."""
    if len(given) > MOST_RECONCILED:
        raise AnswerError(
            400, f"At most {MOST_RECONCILED} issues can be reconciled at once."
        )
    if not all(str(one).isdigit() for one in given):
        raise AnswerError(400, INVALID)


def _capped(asked: Asked) -> int:
    if asked.size < 1:
        raise AnswerError(400, "'maxResults' must be greater than 0.")
    most = MOST_LIGHT if set(asked.fields) <= LIGHT else MOST_FULL
    return min(asked.size, most)


def _bounded(jql: str | None) -> str:
    if not jql or not is_bounded(jql):
        raise AnswerError(400, UNBOUNDED)
    return jql


def _get(searches: Searches, call: Call) -> Response:
    reconciled(call.listed("reconcileIssues") or ())
    properties = call.listed("properties") or []
    _few(properties)
    asked = Asked(
        fields=call.listed("fields") or ID_ONLY,
        size=call.number("maxResults", USUAL),
        token=call.asked("nextPageToken"),
        expand=split(call.asked("expand")),
        properties=properties,
    )
    return found_page(call, searches, _bounded(call.asked("jql")), asked)


def _post(searches: Searches, call: Call) -> Response:
    body = call.object(BODY)
    given = part(body, "reconcileIssues", list, [])
    if not all(isinstance(one, int) for one in given):
        raise AnswerError(400, INVALID)
    reconciled(given)
    properties = texts(body, "properties") or []
    _few(properties)
    asked = Asked(
        fields=texts(body, "fields") or ID_ONLY,
        size=part(body, "maxResults", int, USUAL),
        token=part(body, "nextPageToken", str),
        expand=split(part(body, "expand", str)),
        properties=properties,
    )
    return found_page(call, searches, _bounded(part(body, "jql", str)), asked)


def _few(properties: Sequence[str]) -> None:
    if len(properties) > MOST_PROPERTIES:
        raise AnswerError(
            400, f"At most {MOST_PROPERTIES} properties may be asked for."
        )


def _count(call: Call) -> Response:
    jql = _bounded(part(call.object(("jql",)), "jql", str))
    with call.site.lock:
        found = find_issues(call.site, jql, account=call.account)
    return answer({"count": len(found)})


def _gone(_call: Call) -> Response:
    raise AnswerError(410, GONE)
