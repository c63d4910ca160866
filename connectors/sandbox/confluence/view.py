"""Storage format made into HTML that a person can read, and nothing that runs.

The output is a tree of elements that this file names one by one; whatever the page
holds beyond them is shown as its text, or as a placeholder that says what is missing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote, urlsplit

from lxml import etree, html

from connectors.sandbox.confluence.content import Page
from connectors.sandbox.confluence.storage import Element, ac, parse, ri

Part = Element | str
Parts = list[Part]

_TABLE: Final = {"table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"}
_BLOCK: Final = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "pre", "hr"}
_INLINE: Final = {"strong", "em", "b", "i", "u", "s", "del", "sub", "sup", "code", "br"}
_REST: Final = {"blockquote", "colgroup", "col", "span", "div", "small", "time"}
_PLAIN: Final = _TABLE | _BLOCK | _INLINE | _REST
_SPANS: Final = re.compile(r"[1-9]\d{0,3}")
_STYLE: Final = re.compile(
    r"\s*(?:text-align:\s*(?:left|right|center)|width:\s*\d{1,4}(?:\.\d+)?(?:px|%)"
    r"|color:\s*(?:#[0-9a-fA-F]{3,6}|rgb\([\d, ]+\)))\s*"
)
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_PANELS: Final = {
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


def render(body: str, around: Surroundings) -> str:
    """Render storage format as a fragment of HTML."""
    wiki = parse(body)
    page = html.Element("div")
    view = _View(around, _outline(wiki))
    _fill(page, view.inside(wiki))
    text = str(html.tostring(page, encoding="unicode"))
    return text.removeprefix("<div>").removesuffix("</div>")


def _outline(wiki: Element) -> list[tuple[int, str]]:
    """List all headings with their level, in order, for the table of contents."""
    found = wiki.iter("h1", "h2", "h3", "h4", "h5", "h6")
    return [(int(one.tag[1]), _text(one)) for one in found]


def _text(element: Element | None) -> str:
    return "" if element is None else "".join(map(str, element.itertext())).strip()


def _fill(target: Element, parts: Parts) -> Element:
    for part in parts:
        if not isinstance(part, str):
            target.append(part)
        elif len(target):
            target[-1].tail = (target[-1].tail or "") + part
        else:
            target.text = (target.text or "") + part
    return target


def _make(tag: str, css: str = "", *parts: Part, **attributes: str) -> Element:
    element = html.Element(tag)
    if css:
        element.set("class", css)
    for name, value in attributes.items():
        element.set(name.rstrip("_"), value)
    return _fill(element, list(parts))


class _View:
    """One rendering: it counts the headings and knows how to show each element."""

    def __init__(self, around: Surroundings, outline: list[tuple[int, str]]) -> None:
        self._around = around
        self._outline = outline
        self._headings = 0
        self._special: dict[str, Callable[[Element], Parts]] = {
            "a": self._anchor,
            ac("structured-macro"): self._macro,
            ac("macro"): self._macro,
            ac("image"): self._image,
            ac("link"): self._link,
            ac("task-list"): self._tasks,
            ac("layout"): self._layout,
            ac("layout-section"): self._section,
            ac("layout-cell"): self._cell,
            ac("adf-extension"): self._adf,
            ac("emoticon"): self._emoticon,
            ac("placeholder"): lambda _: [],
            ac("inline-comment-marker"): self.inside,
            ac("link-body"): self.inside,
            ac("rich-text-body"): self.inside,
        }
        self._macros: dict[str, Callable[[Element], Parts]] = {
            **dict.fromkeys(_PANELS, self._panel),
            "status": self._status,
            "expand": self._expand,
            "toc": self._toc,
            "jira": self._jira,
            "code": self._code,
            "noformat": self._code,
            "excerpt": self._rich,
            "details": self._rich,
            "section": self._rich,
            "column": self._rich,
            "anchor": lambda _: [],
        }

    def inside(self, element: Element) -> Parts:
        """Show what an element holds."""
        parts: Parts = [element.text] if element.text else []
        for child in element:
            parts += self._show(child)
            if child.tail:
                parts.append(child.tail)
        return parts

    def _show(self, element: Element) -> Parts:
        tag = element.tag
        if not isinstance(tag, str):
            return []
        if tag in self._special:
            return self._special[tag](element)
        if tag in _PLAIN:
            return [self._plain(element)]
        return [_absent(etree.QName(tag).localname)]

    def _plain(self, element: Element) -> Element:
        tag = str(element.tag)
        made = _make(tag)
        for name in ("colspan", "rowspan"):
            if _SPANS.fullmatch(element.get(name, "")):
                made.set(name, element.get(name, ""))
        style = element.get("style", "").rstrip("; ")
        if style and all(_STYLE.fullmatch(one) for one in style.split(";")):
            made.set("style", style)
        if _COLOUR.fullmatch(colour := element.get("data-highlight-colour", "")):
            made.set("style", f"background-color: {colour}")
        if tag[0] == "h" and tag[1:].isdigit():
            self._headings += 1
            made.set("id", f"heading-{self._headings}")
        return _fill(made, self.inside(element))

    def _anchor(self, element: Element) -> Parts:
        return [self._to(element.get("href", ""), self.inside(element))]

    @staticmethod
    def _to(address: str, parts: Parts) -> Element:
        """Link to an address, if it is of a kind that only leads somewhere."""
        try:
            harmless = urlsplit(address.strip()).scheme in ("http", "https", "mailto")
        except ValueError:
            harmless = False
        if harmless or address.startswith(("#", "/ui/", "/browse/", "/wiki/")):
            return _make("a", "", *parts, href=address.strip(), rel="noreferrer")
        return _make("span", "", *parts)

    def _macro(self, element: Element) -> Parts:
        name = element.get(ac("name"), "")
        if name in self._macros:
            return self._macros[name](element)
        return [_absent(name, "macro", *self._rich(element))]

    def _rich(self, element: Element) -> Parts:
        body = element.find(ac("rich-text-body"))
        return [] if body is None else self.inside(body)

    def _panel(self, element: Element) -> Parts:
        kind = _PANELS[element.get(ac("name"), "panel")]
        made = _make("div", f"panel panel-{kind}")
        if _COLOUR.fullmatch(colour := _parameter(element, "bgColor")):
            made.set("style", f"background-color: {colour}")
        if title := _parameter(element, "title"):
            made.append(_make("p", "panel-title", title))
        return [_fill(made, self._rich(element))]

    def _status(self, element: Element) -> Parts:
        colour = _parameter(element, "colour").lower()
        known = ("red", "yellow", "green", "blue", "purple")
        tone = colour if colour in known else "grey"
        return [_make("span", f"lozenge lozenge-{tone}", _parameter(element, "title"))]

    def _expand(self, element: Element) -> Parts:
        title = _parameter(element, "title") or "Click here to expand…"
        return [
            _make(
                "details", "expand", _make("summary", "", title), *self._rich(element)
            )
        ]

    def _toc(self, element: Element) -> Parts:
        most = _parameter(element, "maxLevel")
        deepest = int(most) if _SPANS.fullmatch(most) else 6
        entries = _make("ul", "toc")
        for number, (level, text) in enumerate(self._outline, 1):
            if level <= deepest:
                link = _make("a", "", text, href=f"#heading-{number}")
                entries.append(_make("li", f"toc-{level}", link))
        return [_make("nav", "", entries)]

    def _jira(self, element: Element) -> Parts:
        key = _parameter(element, "key")
        if not key:
            query = _parameter(element, "jqlQuery") or _parameter(element, "jql")
            return [_absent(f"issues where {query}", "jira")]
        summary = self._around.issues.get(key, "")
        address = f"/browse/{quote(key, safe='')}"
        shown = _make("a", "issue", _make("b", "", key), href=address)
        return [_fill(shown, [f" {summary}"] if summary else [])]

    def _code(self, element: Element) -> Parts:
        title = _parameter(element, "title")
        body = _make("pre", "code", _make("code", "", _body(element)))
        return [_make("p", "code-title", title), body] if title else [body]

    def _image(self, element: Element) -> Parts:
        file = element.find(ri("attachment"))
        name = "" if file is None else file.get(ri("filename"), "")
        alternative = element.get(ac("alt")) or name
        if name not in self._around.files:
            return [_absent(name or "image", "image")]
        made = _make("img", "", src=self._around.files[name], alt=alternative)
        if _SPANS.fullmatch(width := element.get(ac("width"), "")):
            made.set("width", width)
        return [made]

    def _link(self, element: Element) -> Parts:
        body = element.find(ac("link-body"))
        words: Parts = [_body(element)] if body is None else self.inside(body)
        page, file = element.find(ri("page")), element.find(ri("attachment"))
        address = f"#{anchor}" if (anchor := element.get(ac("anchor"))) else ""
        name = ""
        if page is not None:
            name = page.get(ri("content-title"), "")
            address = self._around.pages.get(name, "") + address
        elif file is not None:
            name = file.get(ri("filename"), "")
            address = self._around.files.get(name, "")
        shown: Parts = words if _says(words) else [name or address]
        return [self._to(address, shown)]

    def _tasks(self, element: Element) -> Parts:
        made = _make("ul", "tasks")
        for task in element.iter(ac("task")):
            done = _text(task.find(ac("task-status"))) == "complete"
            box = _make("input", type="checkbox", disabled="")
            box.set("aria-label", "done" if done else "to do")
            if done:
                box.set("checked", "")
            body = task.find(ac("task-body"))
            words = [] if body is None else self.inside(body)
            made.append(_make("li", "", box, " ", *words))
        return [made]

    def _layout(self, element: Element) -> Parts:
        return [_make("div", "layout", *self.inside(element))]

    def _section(self, element: Element) -> Parts:
        kind = element.get(ac("type"), "single")
        name = kind if re.fullmatch(r"[a-z_-]{1,40}", kind) else "single"
        return [_make("div", f"section section-{name}", *self.inside(element))]

    def _cell(self, element: Element) -> Parts:
        return [_make("div", "cell", *self.inside(element))]

    def _adf(self, element: Element) -> Parts:
        node = element.find(ac("adf-node"))
        if node is None or node.get("type") != "panel":
            fallback = element.find(ac("adf-fallback"))
            known = [] if fallback is None else self.inside(fallback)
            return [_absent("extension", "app", *known)]
        attributes = {one.get("key"): _text(one) for one in node}
        content = node.find(ac("adf-content"))
        kind = _PANELS.get(attributes.get("panel-type", ""), "note")
        return [
            _make(
                "div",
                f"panel panel-{kind}",
                *([] if content is None else self.inside(content)),
            )
        ]

    def _emoticon(self, element: Element) -> Parts:
        name = element.get(ac("name"), "")
        return [element.get(ac("emoji-fallback")) or f":{name}:"]


def _says(parts: Parts) -> bool:
    return any(not isinstance(part, str) or part for part in parts)


def _absent(name: str, kind: str = "element", *inside: Part) -> Element:
    """Show that something stands here which this view cannot show."""
    made = _make("span", "absent", f"[{kind}: {name}]")
    return _make("div", "absent-with", made, *inside) if inside else made


def _parameter(macro: Element, name: str) -> str:
    for one in macro.findall(ac("parameter")):
        if one.get(ac("name")) == name:
            return _text(one)
    return ""


def _body(element: Element) -> str:
    for name in ("plain-text-body", "plain-text-link-body"):
        if (found := element.find(ac(name))) is not None:
            return "".join(map(str, found.itertext()))
    return ""
