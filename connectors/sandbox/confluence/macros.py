"""What Confluence's macros look like, those that our pages may hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, Self
from urllib.parse import quote

from connectors.sandbox.confluence.content import Page
from connectors.sandbox.confluence.html_tree import (
    Parts,
    absent,
    body_of,
    fill,
    make,
    text_of,
)
from connectors.sandbox.confluence.storage import Element, ac

COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_LEVEL: Final = re.compile(r"[1-6]")
PANELS: Final = {
    "info": "info",
    "note": "note",
    "tip": "tip",
    "warning": "warning",
    "success": "tip",
    "error": "warning",
    "panel": "plain",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a page refers to: addresses of its files and pages, issues by their key."""

    files: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    issues: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, page: Page) -> Self:
        """Know a page's own files by the addresses of REST v1."""
        start = f"/wiki/rest/api/content/{page.id}/child/attachment"
        return cls(
            files={
                one.name: f"{start}/{one.id}/download"
                for one in page.attachments.values()
            }
        )


class View(Protocol):
    """The rendering that a macro is part of."""

    around: Surroundings
    outline: list[tuple[int, str]]

    def inside(self, element: Element) -> Parts:
        """Show what an element holds."""


def show_macro(element: Element, view: View) -> Parts:
    """Show a macro; an unknown one leaves its name and what it holds."""
    name = element.get(ac("name"), "")
    if name in _MACROS:
        return _MACROS[name](element, view)
    return [absent(name, "macro", *_rich(element, view))]


def _rich(element: Element, view: View) -> Parts:
    body = element.find(ac("rich-text-body"))
    return [] if body is None else view.inside(body)


def _nothing(_element: Element, _view: View) -> Parts:
    return []


def _panel(element: Element, view: View) -> Parts:
    kind = PANELS[element.get(ac("name"), "panel")]
    made = make("div", f"panel panel-{kind}")
    if COLOUR.fullmatch(colour := _parameter(element, "bgColor")):
        made.set("style", f"background-color: {colour}")
    if title := _parameter(element, "title"):
        made.append(make("p", "panel-title", title))
    return [fill(made, _rich(element, view))]


def _status(element: Element, _view: View) -> Parts:
    colour = _parameter(element, "colour").lower()
    known = ("red", "yellow", "green", "blue", "purple")
    tone = colour if colour in known else "grey"
    return [make("span", f"lozenge lozenge-{tone}", _parameter(element, "title"))]


def _expand(element: Element, view: View) -> Parts:
    title = _parameter(element, "title") or "Click here to expand…"
    return [
        make("details", "expand", make("summary", "", title), *_rich(element, view))
    ]


def _toc(element: Element, view: View) -> Parts:
    most = _parameter(element, "maxLevel")
    deepest = int(most) if _LEVEL.fullmatch(most) else 6
    flat = _parameter(element, "type") == "flat"
    entries = make("ul", "toc toc-flat" if flat else "toc")
    for number, (level, text) in enumerate(view.outline, 1):
        if level <= deepest:
            link = make("a", "", text, href=f"#heading-{number}")
            entries.append(make("li", f"toc-{level}", link))
    return [make("nav", "", entries)]


def _jira(element: Element, view: View) -> Parts:
    key = _parameter(element, "key")
    if not key:
        query = _parameter(element, "jqlQuery") or _parameter(element, "jql")
        return [absent(f"issues where {query}", "jira")]
    summary = view.around.issues.get(key, "")
    address = f"/browse/{quote(key, safe='')}"
    shown = make("a", "issue", make("b", "", key), href=address)
    return [fill(shown, [f" {summary}"] if summary else [])]


def _code(element: Element, _view: View) -> Parts:
    title = _parameter(element, "title")
    body = make("pre", "code", make("code", "", body_of(element)))
    return [make("p", "code-title", title), body] if title else [body]


def _parameter(macro: Element, name: str) -> str:
    for one in macro.findall(ac("parameter")):
        if one.get(ac("name")) == name:
            return text_of(one)
    return ""


_MACROS: Final[Mapping[str, Callable[[Element, View], Parts]]] = {
    **dict.fromkeys(PANELS, _panel),
    "status": _status,
    "expand": _expand,
    "toc": _toc,
    "jira": _jira,
    "code": _code,
    "noformat": _code,
    "excerpt": _rich,
    "details": _rich,
    "section": _rich,
    "column": _rich,
    "anchor": _nothing,
}
