"""What a field's value shows to a person: plain text, option names, a date."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from scoring.pointed import finite

LONGEST: Final = 2000
LONGEST_QUOTE: Final = 60
BLOCKS: Final = frozenset(
    {
        "blockquote",
        "codeBlock",
        "heading",
        "listItem",
        "paragraph",
        "rule",
        "tableRow",
        "taskItem",
        "decisionItem",
    }
)


def shown_text(value: object) -> str:
    """Give the text that Jira shows for a value of any type, or nothing."""
    if isinstance(value, list):
        texts = [_one_text(each) for each in value[:LONGEST]]
        return ", ".join(text for text in texts if text)[:LONGEST]
    return _one_text(value)[:LONGEST]


def _one_text(value: object) -> str:
    if isinstance(value, str):
        return value[:LONGEST].strip()
    if isinstance(value, dict):
        return document_text(value) if value.get("type") == "doc" else _named(value)
    number = finite(value)
    return "" if number is None else plain(number)


def _named(value: Mapping[str, object]) -> str:
    """Name an option (and its child), a user, a version, a team or the like."""
    for key in ("value", "displayName", "name", "title", "key"):
        name = value.get(key)
        if isinstance(name, str) and name.strip():
            child = value.get("child")
            if isinstance(child, dict) and isinstance(child.get("value"), str):
                return f"{name.strip()} / {child['value'].strip()}"
            return name.strip()
    return ""


def document_text(document: Mapping[str, object]) -> str:
    """Flatten Atlassian's document format, which rich text comes in, to plain text.

    Walks with a stack of its own, so that no nesting is too deep, and gives up after
    `LONGEST` characters.
    """
    parts: list[str] = []
    size = 0
    stack: list[object] = [document]
    while stack and size <= LONGEST:
        node = stack.pop()
        text = node if isinstance(node, str) else _own_text(node)
        parts.append(text)
        size += len(text)
        if isinstance(node, dict):
            if node.get("type") in BLOCKS:
                stack.append("\n")
            content = node.get("content")
            stack.extend(reversed(content) if isinstance(content, list) else ())
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)[:LONGEST]


def _own_text(node: object) -> str:
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "hardBreak":
        return "\n"
    attrs = node.get("attrs")
    shown = attrs if isinstance(attrs, dict) else {}
    for text in (node.get("text"), shown.get("text"), shown.get("url")):
        if isinstance(text, str):
            return text
    return ""


def shown_options(value: object) -> tuple[str, ...] | None:
    """Give the names of the options that are set; `None` is what holds no options."""
    if value is None:
        return ()
    if isinstance(value, list):
        if not all(isinstance(each, str | dict) for each in value):
            return None
        names = [_one_text(each) for each in value[:LONGEST]]
        return tuple(dict.fromkeys(name for name in names if name))
    if not isinstance(value, str | dict):
        return None
    name = _one_text(value)
    return (name,) if name else None if isinstance(value, dict) else ()


def shown_date(value: object) -> date | None:
    """Give the day of a date or of a time, as it is written; nothing if unreadable."""
    if not isinstance(value, str):
        return None
    found = re.match(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:$|T)", value.strip())
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:  # the 30th of February
        return None


def shown_kind(value: object) -> str:
    """Name a JSON value that stands where it does not fit, in people's words."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f"the text {quote(value)}"
        case int() | float() if finite(value) is None:
            return "a number without end"
        case int() | float():
            return f"the number {plain(value)}"
        case list():
            return "a list"
        case _:
            return "an object"


def quote(text: str) -> str:
    """Quote what a field said, shortened, on one line."""
    flat = " ".join(text.split())
    short = flat if len(flat) <= LONGEST_QUOTE else f"{flat[: LONGEST_QUOTE - 1]}…"
    return f'"{short}"'


def plain(number: float) -> str:
    """Write a number for people: groups of three, at most four decimals."""
    if 0 < abs(number) < 0.0001:  # noqa: PLR2004 the fifth decimal
        return f"{number:.3g}"
    text = f"{number:,.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
