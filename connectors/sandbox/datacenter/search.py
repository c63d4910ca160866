"""A Data Center's search: pages by `startAt` with a total, of issues and of boards."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.jira.boards import AGILE, BACKLOG, board_jql
from connectors.sandbox.jira.calls import Call, answer, part, route, texts
from connectors.sandbox.jira.selection import (
    NAVIGABLE,
    chosen_fields,
    expanded,
    show_chosen,
    split,
)
from connectors.sandbox.jql import Condition, Group, read_jql
from connectors.sandbox.naming import ALIASES
from connectors.sandbox.query import answer_query
from connectors.sandbox.state import Site

USUAL: Final = 50
BODY: Final = ("expand", "fields", "jql", "maxResults", "startAt", "validateQuery")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search asks for."""

    jql: str
    start: int
    size: int
    fields: Sequence[str]
    expand: Collection[str]
    validate: bool = True


def routes(site: Site) -> list[Route]:
    """Mount the search, and the reads of boards that the Cloud has given up."""
    base, board = f"{site.flavour.base}/search", f"{AGILE}/board/{{board}}"
    return [
        route(site, "GET", base, _get),
        route(site, "POST", base, _post),
        route(site, "GET", f"{board}/issue", _of_board("")),
        route(site, "GET", f"{board}/backlog", _of_board(BACKLOG)),
    ]


def _get(call: Call) -> Response:
    return _found(call, _in_query(call, call.asked("jql") or ""))


def _of_board(only: str) -> Callable[[Call], Response]:
    def read(call: Call) -> Response:
        return _found(call, _in_query(call, board_jql(call, only)))

    return read


def _in_query(call: Call, jql: str) -> Asked:
    return Asked(
        jql=jql,
        start=call.number("startAt", 0),
        size=call.number("maxResults", USUAL),
        fields=call.listed("fields") or NAVIGABLE,
        expand=split(call.asked("expand")),
        validate=call.flag("validateQuery", default=True),
    )


def _post(call: Call) -> Response:
    body = call.object(BODY)
    asked = Asked(
        jql=part(body, "jql", str, ""),
        start=part(body, "startAt", int, 0),
        size=part(body, "maxResults", int, USUAL),
        fields=texts(body, "fields") or NAVIGABLE,
        expand=texts(body, "expand") or [],
        validate=part(body, "validateQuery", bool, default=True),
    )
    return _found(call, asked)


def _found(call: Call, asked: Asked) -> Response:
    if asked.start < 0 or asked.size < 0:
        raise AnswerError(400, "startAt and maxResults must not be negative.")
    size = min(asked.size, call.site.flavour.most_found)
    site = call.site
    with site.lock:
        query = read_jql(asked.jql)
        if not asked.validate and query.where is not None:
            query = replace(query, where=_known(site, query.where))
        found = answer_query(site, query, account=call.account)
        shown = [
            show_chosen(site, issue, asked.fields, expand=asked.expand)
            for issue in found[asked.start : asked.start + size]
        ]
        extra = expanded(site, chosen_fields(site, asked.fields), asked.expand)
    page: dict[str, Any] = {
        "expand": "schema,names",
        "startAt": asked.start,
        "maxResults": size,
        "total": len(found),
        "issues": shown,
    }
    return answer(page | extra)


def _known(site: Site, where: Condition) -> Condition:
    """Leave out of a condition the issues that do not exist."""
    if isinstance(where, Group):
        return replace(where, parts=tuple(_known(site, one) for one in where.parts))
    name = where.field.casefold()
    if ALIASES.get(name, name) != "key":
        return where
    known = tuple(one for one in where.operands if site.find(one) is not None)
    return replace(where, operands=known)
