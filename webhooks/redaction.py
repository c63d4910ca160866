"""A delivery's body as it may be shown: its shape and numbers, not what people wrote.

An operator must see why a delivery could not be read; nobody needs names, mails and
descriptions for that. So text is shown only where Jira puts names of its own (events,
keys, field ids), or where it is a number or a time; all other text becomes its length.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

LARGEST_SHOWN: Final = 1024 * 1024
MOST_VALUES: Final = 2_000
DEEPEST: Final = 20
_LONGEST: Final = 100

# Where Jira itself puts names, by their place's last word.
_JIRAS_OWN: Final = frozenset(
    {
        "accountId",
        "accountType",
        "destinationIssueId",
        "field",
        "fieldId",
        "fieldtype",
        "id",
        "issue_event_type_name",
        "key",
        "sourceIssueId",
        "webhookEvent",
    }
)
# Of people, only what Cloud calls them: an id that means nothing elsewhere.
_PEOPLE: Final = frozenset(
    {
        "assignee",
        "author",
        "creator",
        "lead",
        "projectLead",
        "reporter",
        "updateAuthor",
        "user",
    }
)
_PERSON: Final = frozenset({"accountId", "accountType"})
_NAME: Final = re.compile(r"[A-Za-z0-9 _.:-]{0,100}")
_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9.,eE+-]{0,30}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.+Z-]{1,30})?")
# Nothing that Jira sends; should it ever come, not even its length is told.
_SECRET: Final = re.compile(r"(?i)pass|secret|token|authori[sz]ation|cookie|api.?key")


def redact(body: bytes) -> Any:
    """Give a body's shape, or, where it is no JSON, its size and its first bytes."""
    if len(body) > LARGEST_SHOWN:
        return {"not_shown": f"it has {len(body)} bytes, more than {LARGEST_SHOWN}"}
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {"not_json": True, "bytes": len(body), "begins_with": body[:16].hex(" ")}
    return _Redaction().value("", read, 0)


@dataclass(slots=True)
class _Redaction:
    """Counts what it shows, so that no answer grows without end."""

    shown: int = 0

    def value(self, place: str, value: object, depth: int) -> Any:
        """Give one value as it may be shown."""
        self.shown += 1
        if _SECRET.search(place):
            return "«not shown»"
        if isinstance(value, dict | list) and depth >= DEEPEST:
            return "«deeper than is shown»"
        match value:
            case dict():
                return self._object(place, value, depth)
            case list():
                return self._list(place, value, depth)
            case str():
                return _text(place, value)
            case _:
                return value

    def _object(
        self, place: str, value: dict[str, object], depth: int
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if place in _PEOPLE:
            value = {name: one for name, one in value.items() if name in _PERSON}
        for name, inner in value.items():
            if self.shown >= MOST_VALUES:
                found["«more»"] = len(value) - len(found)
                break
            found[_place(name)] = self.value(name, inner, depth + 1)
        return found

    def _list(self, place: str, value: list[object], depth: int) -> list[Any]:
        found: list[Any] = []
        for inner in value:
            if self.shown >= MOST_VALUES:
                found.append(f"«{len(value) - len(found)} more»")
                break
            found.append(self.value(place, inner, depth + 1))
        return found


def _place(name: str) -> str:
    return name if _NAME.fullmatch(name) else f"«name, {len(name)} characters»"


def _text(place: str, text: str) -> str:
    named = place in _JIRAS_OWN and _NAME.fullmatch(text)
    if not text or named or _NUMBER.fullmatch(text) or _TIME.fullmatch(text):
        return text[:_LONGEST]
    return f"«text, {len(text)} characters»"
