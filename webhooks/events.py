"""What a delivery says, in our words. Never an exception: odd bodies are `Unreadable`.

A webhook is taken as «this issue may have changed», never as the change itself:
deliveries come late, twice and out of order. Shapes: Jira Cloud's and Server's
webhook bodies; `toString` and `from` are Jira's own names in a changelog item.
"""

from dataclasses import dataclass

import orjson

# A changelog is as long as one edit; anything longer is no edit of a person.
_MOST_CHANGES = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change. Data Center gives no field id, only the display name."""

    field: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class IssueChanged:
    """An issue was created, edited, ranked or deleted; `kind` is Jira's event name."""

    kind: str
    key: str
    id: str
    project: str
    actor: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """A link between two issues came or went; Jira names them by numeric id only."""

    kind: str
    source_id: str
    destination_id: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that changes no order."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A signed body that is no event: it is parked for an operator."""

    reason: str


Event = IssueChanged | LinkChanged | Ignored | Unreadable

_ISSUE_EVENTS = frozenset(
    {"jira:issue_created", "jira:issue_updated", "jira:issue_deleted"}
)
_LINK_EVENTS = frozenset({"issuelink_created", "issuelink_deleted"})


def read_event(body: bytes) -> Event:
    """Read one delivery's body."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return Unreadable(f"not JSON: {error}"[:300])
    if not isinstance(raw, dict):
        return Unreadable("the body is JSON but no object")
    kind = raw.get("webhookEvent")
    if not isinstance(kind, str) or not kind:
        return Unreadable("the body names no webhookEvent")
    kind = kind[:100]
    if kind in _ISSUE_EVENTS:
        return _issue_changed(kind, raw)
    if kind in _LINK_EVENTS:
        return _link_changed(kind, raw)
    return Ignored(kind, f"«{kind}» changes no order")


def _issue_changed(kind: str, raw: dict[str, object]) -> Event:
    issue = _part(raw, "issue")
    key = _text(issue.get("key"))
    if not key:
        return Ignored(kind, "the event names no issue")
    return IssueChanged(
        kind=kind,
        key=key,
        id=_text(issue.get("id")),
        project=_project(issue, key),
        actor=_actor(_part(raw, "user")),
        changes=_changes(_part(raw, "changelog").get("items")),
    )


def _project(issue: dict[str, object], key: str) -> str:
    named = _text(_part(_part(issue, "fields"), "project").get("key"))
    return named or key.rpartition("-")[0]


def _actor(user: dict[str, object]) -> str:
    # Cloud knows accounts by accountId, Data Center by key.
    return _text(user.get("accountId")) or _text(user.get("key"))


def _changes(items: object) -> tuple[Change, ...]:
    if not isinstance(items, list):
        return ()
    return tuple(
        Change(
            field=_text(item.get("fieldId")),
            name=_text(item.get("field")),
            text=_text(item.get("toString")),
        )
        for item in items[:_MOST_CHANGES]
        if isinstance(item, dict)
    )


def _link_changed(kind: str, raw: dict[str, object]) -> Event:
    link = _part(raw, "issueLink")
    source, destination = (
        _text(link.get("sourceIssueId")),
        _text(link.get("destinationIssueId")),
    )
    if not source or not destination:
        return Ignored(kind, "the event names no issues")
    return LinkChanged(kind, source, destination)


def _part(raw: dict[str, object], name: str) -> dict[str, object]:
    part = raw.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return ""
    if isinstance(value, str):
        # PostgreSQL keeps no NUL in text.
        return value.replace("\0", "")
    return str(value) if isinstance(value, int) else ""
