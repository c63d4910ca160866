"""What a delivery says, in our words. Never an exception: odd bodies are `Unreadable`.

A webhook is taken as «this issue may have changed», never as the change itself:
deliveries come late, twice and out of order. Shapes: Jira Cloud's and Server's
webhook bodies; `toString` and `from` are Jira's own names in a changelog item.
"""

from dataclasses import dataclass

import orjson

# Jira's own are far below. While a longer body is read nothing else runs, for seconds,
# and what it becomes may be twenty times its size.
LONGEST_READ = 1024 * 1024
# A changelog is as long as one edit; anything longer is no edit of a person.
_MOST_CHANGES = 1_000


# What `cd3 webhook send-test` sends: it comes from us, and says nothing of Jira.
OWN_TEST = "cd3:test"
# Of a project that is gone Jira tells no issue's end.
_OF_PROJECTS = "project_"
_LONGEST_KEY = 256


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change. Data Center gives no field id, only the display name.

    `custom` fields may have any name, also that of one of Jira's own.
    """

    field: str
    name: str
    text: str
    custom: bool = False


@dataclass(frozen=True, slots=True)
class IssueChanged:
    """An issue was created, edited, ranked or deleted; `kind` is Jira's event name.

    It has a key, or at least a number. `changes` are empty where Jira told none.
    """

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


@dataclass(frozen=True, slots=True)
class TooLong:
    """A signed body that is not read, for its length: any issue may have changed."""

    reason: str


Event = IssueChanged | LinkChanged | Ignored | Unreadable | TooLong

_ISSUE_EVENTS = frozenset(
    {"jira:issue_created", "jira:issue_updated", "jira:issue_deleted"}
)
_LINK_EVENTS = frozenset({"issuelink_created", "issuelink_deleted"})


def read_event(body: bytes) -> Event:
    """Read one delivery's body, unless it is longer than `LONGEST_READ`."""
    if len(body) > LONGEST_READ:
        return TooLong(f"not read, for it has more than {LONGEST_READ} bytes")
    return _read(body)


def _read(body: bytes) -> Event:
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
    return Ignored(kind, _no_matter(kind))


def _no_matter(kind: str) -> str:
    if kind == OWN_TEST:
        return "our own test"
    if kind.startswith(_OF_PROJECTS):
        return f"«{kind}» names no issue; the round by the clock sees what is gone"
    return f"«{kind}» changes no order"


def _issue_changed(kind: str, raw: dict[str, object]) -> Event:
    issue = _part(raw, "issue")
    key, number = _text(issue.get("key"))[:_LONGEST_KEY], _text(issue.get("id"))
    if not key and not _is_number(number):
        return Ignored(kind, "the event names no issue")
    return IssueChanged(
        kind=kind,
        key=key,
        id=number[:_LONGEST_KEY],
        project=_project(issue, key),
        actor=_actor(_part(raw, "user")),
        changes=_changes(_part(raw, "changelog").get("items")),
    )


def _project(issue: dict[str, object], key: str) -> str:
    named = _text(_part(_part(issue, "fields"), "project").get("key"))
    return named[:_LONGEST_KEY] or key.rpartition("-")[0]


def _actor(user: dict[str, object]) -> str:
    # Cloud knows accounts by accountId, Data Center by key. Very old servers tell a
    # name only, which may be reused: then we do not know who it was.
    return _text(user.get("accountId")) or _text(user.get("key"))


def _changes(items: object) -> tuple[Change, ...]:
    if not isinstance(items, list) or len(items) > _MOST_CHANGES:
        return ()
    return tuple(
        Change(
            field=_text(item.get("fieldId")),
            name=_text(item.get("field")),
            text=_value(item.get("toString")),
            custom=item.get("fieldtype") == "custom",
        )
        for item in items
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
    return LinkChanged(kind, source[:_LONGEST_KEY], destination[:_LONGEST_KEY])


def _part(raw: dict[str, object], name: str) -> dict[str, object]:
    part = raw.get(name)
    return part if isinstance(part, dict) else {}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return ""
    if isinstance(value, str):
        # PostgreSQL keeps no NUL in text.
        return value.replace("\0", "")
    return str(value) if isinstance(value, int) else ""


def _value(value: object) -> str:
    """Read what a field shows now; empty only where it shows nothing."""
    if value is None or isinstance(value, str):
        return _text(value)
    return orjson.dumps(value).decode()
