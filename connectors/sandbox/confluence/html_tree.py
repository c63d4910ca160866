"""Small pieces of HTML, built as a tree and never as text."""

from lxml import html

from connectors.sandbox.confluence.storage import Element, ac

Part = Element | str
Parts = list[Part]


def text_of(element: Element | None) -> str:
    """Read all text below an element."""
    return "" if element is None else "".join(map(str, element.itertext())).strip()


def fill(target: Element, parts: Parts) -> Element:
    """Put parts at the end of an element."""
    for part in parts:
        if not isinstance(part, str):
            target.append(part)
        elif len(target):
            target[-1].tail = (target[-1].tail or "") + part
        else:
            target.text = (target.text or "") + part
    return target


def make(tag: str, css: str = "", *parts: Part, **attributes: str) -> Element:
    """Make an element of HTML, its class first, then what it holds."""
    element = html.Element(tag)
    if css:
        element.set("class", css)
    for name, value in attributes.items():
        element.set(name, value)
    return fill(element, list(parts))


def absent(name: str, kind: str = "element", *inside: Part) -> Element:
    """Show that something stands here which this view cannot show."""
    made = make("span", "absent", f"[{kind}: {name}]")
    return make("div", "absent-with", made, *inside) if inside else made


def body_of(element: Element) -> str:
    """Read the plain text that a macro or a link holds as CDATA."""
    for name in ("plain-text-body", "plain-text-link-body"):
        if (found := element.find(ac(name))) is not None:
            return "".join(map(str, found.itertext()))
    return ""
