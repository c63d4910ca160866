"""Reads Jira's answers into values: tolerant of what is missing or new.

Pure: no call is made here. What is not there becomes empty; only an answer of quite
another shape is an error, and one that may pass.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from connectors.errors import UnreachableError
from connectors.jira_values import (
    Account,
    Board,
    BoardConfiguration,
    EditField,
    RankOutcome,
    ServerInfo,
    Webhook,
    WebhookWish,
)
from scoring.item import Issue
from scoring.reading.fields import JiraField, LinkType

RANK_TYPE: Final = "com.pyxis.greenhopper.jira:gh-lexo-rank"
JQL_SECTION: Final = "issue-related-events-section"
_RANKED: Final = range(200, 300)


def read_object(answer: object, what: str) -> Mapping[str, Any]:
    """Read an answer that must be an object."""
    if isinstance(answer, Mapping):
        return answer
    raise UnreachableError(f"{what}: the answer is {type(answer).__name__}, no object.")


def read_list(answer: object, what: str) -> list[Mapping[str, Any]]:
    """Read an answer that must be a list of objects."""
    if isinstance(answer, list):
        return [part for part in answer if isinstance(part, Mapping)]
    raise UnreachableError(f"{what}: the answer is {type(answer).__name__}, no list.")


def read_issue(raw: Mapping[str, Any], *, rank_field: str) -> Issue:
    """Read one issue; what was not asked for stays empty."""
    fields = _part(raw, "fields")
    category = _part(_part(fields, "status"), "statusCategory")
    return Issue(
        id=_text(raw.get("id")),
        key=_text(raw.get("key")),
        summary=_text(fields.get("summary")),
        fields=dict(fields),
        rank=_text(fields.get(rank_field)) if rank_field else "",
        done=category.get("key") == "done",
        updated=_text(fields.get("updated")),
    )


def read_server_info(raw: Mapping[str, Any]) -> ServerInfo:
    """Read `GET /serverInfo`."""
    return ServerInfo(
        base_url=_text(raw.get("baseUrl")),
        deployment=_text(raw.get("deploymentType")),
        version=_text(raw.get("version")),
        version_numbers=tuple(_number(part) for part in _list(raw, "versionNumbers")),
        server_time=_text(raw.get("serverTime")),
        title=_text(raw.get("serverTitle")),
    )


def read_account(raw: Mapping[str, Any]) -> Account:
    """Read `GET /myself`; Data Center has a key in place of the account id."""
    return Account(
        id=_text(raw.get("accountId") or raw.get("key")),
        name=_text(raw.get("displayName")),
        email=_text(raw.get("emailAddress")),
        kind=_text(raw.get("accountType")),
        time_zone=_text(raw.get("timeZone")),
    )


def read_permissions(raw: Mapping[str, Any]) -> dict[str, bool]:
    """Read `GET /mypermissions`; what it does not tell is left out."""
    told = {
        name: entry.get("havePermission")
        for name, entry in _part(raw, "permissions").items()
        if isinstance(entry, Mapping)
    }
    return {name: held for name, held in told.items() if isinstance(held, bool)}


def read_field(raw: Mapping[str, Any]) -> JiraField:
    """Read one entry of `GET /field`."""
    schema = _part(raw, "schema")
    project = _part(_part(raw, "scope"), "project")
    return JiraField(
        id=_text(raw.get("id")),
        name=_text(raw.get("name")),
        type=_text(schema.get("type")),
        items=_text(schema.get("items")),
        custom_type=_text(schema.get("custom")),
        scope=_text(project.get("id")),
    )


def rank_field_of(fields: Iterable[JiraField]) -> str:
    """Find the LexoRank field: its id, or nothing where Jira Software is not there."""
    return next((field.id for field in fields if field.custom_type == RANK_TYPE), "")


def read_link_type(raw: Mapping[str, Any]) -> LinkType:
    """Read one entry of `GET /issueLinkType`."""
    return LinkType(
        id=_text(raw.get("id")),
        name=_text(raw.get("name")),
        inward=_text(raw.get("inward")),
        outward=_text(raw.get("outward")),
    )


def read_board(raw: Mapping[str, Any]) -> Board:
    """Read one entry of `GET /board`."""
    return Board(
        id=_number(raw.get("id")),
        name=_text(raw.get("name")),
        type=_text(raw.get("type")),
        project=_text(_part(raw, "location").get("projectKey")),
    )


def read_board_configuration(raw: Mapping[str, Any]) -> BoardConfiguration:
    """Read `GET /board/{id}/configuration`; the rank field comes as a bare number."""
    number = _part(raw, "ranking").get("rankCustomFieldId")
    return BoardConfiguration(
        id=_number(raw.get("id")),
        name=_text(raw.get("name")),
        filter_id=_text(_part(raw, "filter").get("id")),
        sub_query=_text(_part(raw, "subQuery").get("query")),
        rank_field=f"customfield_{number}" if number else "",
    )


def read_edit_field(name: str, raw: Mapping[str, Any]) -> EditField:
    """Read one entry of `GET /issue/{key}/editmeta`."""
    schema = _part(raw, "schema")
    return EditField(
        id=name,
        name=_text(raw.get("name")),
        type=_text(schema.get("type")),
        items=_text(schema.get("items")),
        operations=tuple(_text(part) for part in _list(raw, "operations")),
        options=tuple(_options(raw.get("allowedValues"))),
        required=raw.get("required") is True,
    )


def read_rank_outcome(answer: object, keys: Sequence[str]) -> RankOutcome:
    """Read 204 (nothing: all moved) or 207 (an entry for each issue, or the failed)."""
    if answer is None:
        return RankOutcome(moved=tuple(keys))
    failed: dict[str, str] = {}
    for entry in read_list(read_object(answer, "rank").get("entries"), "rank"):
        if entry.get("status") not in _RANKED:
            name = _named(entry, keys)
            words = "; ".join(_text(part) for part in _list(entry, "errors"))
            failed[name] = words or f"status {entry.get('status')}"
    return RankOutcome(tuple(key for key in keys if key not in failed), failed)


def read_webhook(raw: Mapping[str, Any]) -> Webhook:
    """Read an admin webhook; its id is the tail of `self`, a URL we never call.

    Jira Data Center from 10 on tells an `id`, `active`, and the rest in
    `configuration`. Nobody has confirmed that secret and filter are told there: what is
    not there is not known.
    """
    jql: str | None = _text(_part(raw, "filters").get(JQL_SECTION))
    signed: bool | None = raw.get("isSigned") is True
    if "configuration" in raw:
        told = _part(raw, "configuration")
        jql = jql or _told_jql(told)
        signed = signed or (True if told.get("SECRET") else None)
    return Webhook(
        id=_text(raw.get("self")).rstrip("/").rpartition("/")[2]
        or _text(raw.get("id")),
        name=_text(raw.get("name")),
        url=_text(raw.get("url")),
        events=tuple(_text(event) for event in _list(raw, "events")),
        jql=jql,
        enabled=raw.get("enabled", raw.get("active")) is not False,
        signed=signed,
    )


def _told_jql(told: Mapping[str, Any]) -> str | None:
    """Read the JQL, which stands there as a text in a text; None where none does."""
    try:
        filters = orjson.loads(_text(told.get("FILTERS")) or "{}")
    except orjson.JSONDecodeError:
        return None
    found = filters.get(JQL_SECTION) if isinstance(filters, Mapping) else None
    return found if isinstance(found, str) else None


def write_webhook(wish: WebhookWish) -> dict[str, object]:
    """Write what `POST` and `PUT /rest/webhooks/1.0/webhook` take."""
    body: dict[str, object] = {
        "name": wish.name,
        "url": wish.url,
        "events": list(wish.events),
        "filters": {JQL_SECTION: wish.jql},
        "excludeBody": False,
    }
    if wish.secret:
        body["secret"] = wish.secret
    return body


def _named(entry: Mapping[str, Any], keys: Sequence[str]) -> str:
    """Name an entry as we named it: by key, or by id where we asked by id."""
    key, number = _text(entry.get("issueKey")), _text(entry.get("issueId"))
    return number if number in keys else key or number


def _options(allowed: object) -> Iterator[str]:
    for entry in allowed if isinstance(allowed, list) else ():
        if not isinstance(entry, Mapping):
            continue
        name = _text(entry.get("value") or entry.get("name"))
        yield name
        for child in _list(entry, "children"):
            if isinstance(child, Mapping):
                yield f"{name} / {_text(child.get('value'))}"


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Take an object that is there, or an empty one."""
    part = raw.get(name)
    return part if isinstance(part, Mapping) else {}


def _list(raw: Mapping[str, Any], name: str) -> list[Any]:
    """Take a list that is there, or an empty one."""
    part = raw.get(name)
    return part if isinstance(part, list) else []


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
