"""Storage format made into HTML that a person can read, and nothing that runs.

The output is a tree of elements that this file names one by one; whatever the page
holds beyond them is shown as its text, or as a placeholder that says what is missing.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from lxml import etree, html

from connectors.sandbox.confluence.html_tree import (
    Parts,
    absent,
    body_of,
    fill,
    make,
    text_of,
)
from connectors.sandbox.confluence.macros import (
    COLOUR,
    PANELS,
    Surroundings,
    show_macro,
)
from connectors.sandbox.confluence.storage import Element, ac, parse, ri

Show = Callable[[Element], Parts]

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


def render(body: str, around: Surroundings) -> str:
    """Render storage format as a fragment of HTML."""
    wiki = parse(body)
    page = html.Element("div")
    view = _View(around, _outline(wiki))
    fill(page, view.inside(wiki))
    text = str(html.tostring(page, encoding="unicode"))
    return text.removeprefix("<div>").removesuffix("</div>")


def _outline(wiki: Element) -> list[tuple[int, str]]:
    """List all headings with their level, in order, for the table of contents."""
    found = wiki.iter("h1", "h2", "h3", "h4", "h5", "h6")
    return [(int(one.tag[1]), text_of(one)) for one in found]


class _View:
    """One rendering: it counts the headings and knows how to show each element."""

    def __init__(self, around: Surroundings, outline: list[tuple[int, str]]) -> None:
        self.around = around
        self.outline = outline
        self._headings = 0
        self._special: dict[str, Show] = {
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
        return [absent(etree.QName(tag).localname)]

    def _plain(self, element: Element) -> Element:
        tag = str(element.tag)
        made = make(tag)
        for name in ("colspan", "rowspan"):
            if _SPANS.fullmatch(element.get(name, "")):
                made.set(name, element.get(name, ""))
        style = element.get("style", "").rstrip("; ")
        if style and all(_STYLE.fullmatch(one) for one in style.split(";")):
            made.set("style", style)
        if COLOUR.fullmatch(colour := element.get("data-highlight-colour", "")):
            made.set("style", f"background-color: {colour}")
        if tag[0] == "h" and tag[1:].isdigit():
            self._headings += 1
            made.set("id", f"heading-{self._headings}")
        return fill(made, self.inside(element))

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
            return make("a", "", *parts, href=address.strip(), rel="noreferrer")
        return make("span", "", *parts)

    def _macro(self, element: Element) -> Parts:
        return show_macro(element, self)

    def _image(self, element: Element) -> Parts:
        file = element.find(ri("attachment"))
        name = "" if file is None else file.get(ri("filename"), "")
        alternative = element.get(ac("alt")) or name
        if name not in self.around.files:
            return [absent(name or "image", "image")]
        made = make("img", "", src=self.around.files[name], alt=alternative)
        if _SPANS.fullmatch(width := element.get(ac("width"), "")):
            made.set("width", width)
        return [made]

    def _link(self, element: Element) -> Parts:
        body = element.find(ac("link-body"))
        words: Parts = [body_of(element)] if body is None else self.inside(body)
        page, file = element.find(ri("page")), element.find(ri("attachment"))
        address = f"#{anchor}" if (anchor := element.get(ac("anchor"))) else ""
        name = ""
        if page is not None:
            name = page.get(ri("content-title"), "")
            address = self.around.pages.get(name, "") + address
        elif file is not None:
            name = file.get(ri("filename"), "")
            address = self.around.files.get(name, "")
        shown: Parts = words if _says(words) else [name or address]
        return [self._to(address, shown)]

    def _tasks(self, element: Element) -> Parts:
        made = make("ul", "tasks")
        for task in element.iter(ac("task")):
            done = text_of(task.find(ac("task-status"))) == "complete"
            box = make("input", type="checkbox", disabled="")
            box.set("aria-label", "done" if done else "to do")
            if done:
                box.set("checked", "")
            body = task.find(ac("task-body"))
            words = [] if body is None else self.inside(body)
            made.append(make("li", "", box, " ", *words))
        return [made]

    def _layout(self, element: Element) -> Parts:
        return [make("div", "layout", *self.inside(element))]

    def _section(self, element: Element) -> Parts:
        kind = element.get(ac("type"), "single")
        name = kind if re.fullmatch(r"[a-z_-]{1,40}", kind) else "single"
        return [make("div", f"section section-{name}", *self.inside(element))]

    def _cell(self, element: Element) -> Parts:
        return [make("div", "cell", *self.inside(element))]

    def _adf(self, element: Element) -> Parts:
        node = element.find(ac("adf-node"))
        if node is None or node.get("type") != "panel":
            fallback = element.find(ac("adf-fallback"))
            known = [] if fallback is None else self.inside(fallback)
            return [absent("extension", "app", *known)]
        attributes = {one.get("key"): text_of(one) for one in node}
        content = node.find(ac("adf-content"))
        kind = PANELS.get(attributes.get("panel-type", ""), "note")
        return [
            make(
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
