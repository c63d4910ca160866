"""Rich text: Atlassian's document format on v3, plain text where we keep it."""

from collections.abc import Mapping
from typing import Any

BLOCKS = frozenset({"paragraph", "heading", "codeBlock", "listItem", "rule"})


def document_of(text: str) -> dict[str, Any]:
    """Write text as a document, one paragraph a line."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]}
        if line
        else {"type": "paragraph", "content": []}
        for line in text.split("\n")
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}


def is_document(value: object) -> bool:
    """Say whether a value has the outline of a document."""
    return (
        isinstance(value, Mapping)
        and value.get("type") == "doc"
        and value.get("version") == 1
        and isinstance(value.get("content"), list)
    )


def text_of(document: Mapping[str, Any]) -> str:
    """Read the text of a document; marks and mentions lose their dress."""
    return "\n".join(_lines(document)).rstrip("\n")


def _lines(node: Mapping[str, Any]) -> list[str]:
    children = [child for child in node.get("content", ()) if isinstance(child, dict)]
    if any("content" in child or child.get("type") in BLOCKS for child in children):
        return [line for child in children for line in _lines(child)]
    return ["".join(map(_inline, children))]


def _inline(node: Mapping[str, Any]) -> str:
    if node.get("type") == "hardBreak":
        return "\n"
    attributes = node.get("attrs")
    shown = attributes.get("text", "") if isinstance(attributes, dict) else ""
    return str(node.get("text", shown))
