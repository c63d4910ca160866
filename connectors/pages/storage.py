"""Confluence's storage format as a tree: the only place that makes tags.

Whatever comes from people becomes text, and nothing else: every string passes `clean`,
lxml escapes it, and `serialise` reads its own output back before it gives it away.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from lxml import etree
from lxml.etree import _Element

Element: TypeAlias = _Element
Content: TypeAlias = str | Element
Cell: TypeAlias = Content | Sequence[Content]
Colour: TypeAlias = Literal["Grey", "Red", "Yellow", "Green", "Blue", "Purple"]
Shade: TypeAlias = Literal["green", "yellow", "red", "grey"]
Notice: TypeAlias = Literal["info", "tip", "note", "warning"]

LONGEST: Final = 2_000
SHADES: Final[Mapping[Shade, str]] = MappingProxyType(
    {"green": "#e3fcef", "yellow": "#fffae6", "red": "#ffebe6", "grey": "#f4f5f7"}
)
SPACES: Final = {
    "ac": "http://atlassian.com/content",
    "ri": "http://atlassian.com/resource/identifier",
}
# Never html, iframe, include, widget: what they show is not ours to vouch for.
MACROS: Final = frozenset(
    {"code", "expand", "info", "jira", "note", "status", "tip", "toc", "warning"}
)
BLOCKS: Final = frozenset({"p", "ul", "table", "h1", "h2", "h3"})
ISSUE_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{0,254}-[0-9]{1,18}")
ADDRESS: Final = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+")

# What XML 1.0 forbids, the other control characters, and the overrides that let a
# text pretend to be another («bidi»). Tab and newline stay.
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_LONE: Final = re.compile("[\ud800-\udfff]")


def clean(text: str, *, longest: int = LONGEST) -> str:
    """Make a text fit for a page: no control characters, NFC, not too long."""
    fit = _UNWANTED.sub("", _LONE.sub("\ufffd", text))
    fit = unicodedata.normalize("NFC", fit)
    return fit if len(fit) <= longest else fit[: longest - 1] + "…"


def line(text: str, *, longest: int = 255) -> str:
    """Clean a text that must stand on one line, such as a title."""
    return clean(" ".join(clean(text, longest=longest * 4).split()), longest=longest)


def p(*content: Content) -> Element:
    """Make a paragraph."""
    return _make("p", content)


def heading(text: str, *, level: Literal[1, 2, 3] = 2) -> Element:
    """Make a heading."""
    return _make(f"h{level}", [line(text)])


def strong(*content: Content) -> Element:
    """Make a weighty piece of a line."""
    return _make("strong", content)


def faint(*content: Content) -> Element:
    """Make a piece of a line that stands back."""
    return _make("em", content)


def bullets(items: Iterable[Cell]) -> Element:
    """Make a list; each item is one paragraph."""
    return _make("ul", [_make("li", [p(*_pieces(item))]) for item in items])


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    numeric: Collection[int] = (),
) -> Element:
    """Make a table; the columns named by `numeric` (0-based) are set to the right."""
    first = _make("tr", [_make("th", [p(strong(name))]) for name in head])
    others = [
        _make("tr", [_cell(cell, right=at in numeric) for at, cell in enumerate(row)])
        for row in rows
    ]
    return _make("table", [_make("tbody", [first, *others])])


def shaded(shade: Shade, *content: Content) -> Element:
    """Make a cell of a table on a coloured ground."""
    return _make("td", [_make("p", content)], {"data-highlight-colour": SHADES[shade]})


def status(text: str, colour: Colour = "Grey") -> Element:
    """Make a lozenge."""
    return _macro("status", {"title": line(text, longest=60), "colour": colour})


def notice(*content: Content, title: str = "", kind: Notice = "info") -> Element:
    """Make a coloured panel; its content is blocks."""
    return _macro(kind, {"title": line(title)} if title else {}, rich=content)


def expand(title: str, *content: Content) -> Element:
    """Make a part that opens on a click; its content is blocks."""
    return _macro("expand", {"title": line(title)}, rich=content)


def toc(*, deepest: int = 2) -> Element:
    """Make the table of contents, on one line."""
    return _macro("toc", {"maxLevel": str(deepest), "type": "flat"})


def code(text: str) -> Element:
    """Make a block of text set as it is."""
    macro = _macro("code", {})
    etree.SubElement(macro, _name("ac:plain-text-body")).text = etree.CDATA(clean(text))
    return macro


def jira_issue(key: str) -> Content:
    """Show an issue as it stands in Jira now; what is no issue key stays text."""
    return _macro("jira", {"key": key}) if ISSUE_KEY.fullmatch(key) else key


def link(url: str, text: str, *, own: str = "") -> Content:
    """Link to an https address, or to one under `own`; any other stays text."""
    if not ADDRESS.fullmatch(url) or not _trusted(url, own):
        return text
    return _make("a", [text], {"href": url})


def image(attachment: str, *, alt: str, width: int = 760) -> Element:
    """Show a picture that is attached to the page under this name."""
    name = {"ri:filename": line(attachment)}
    return _make(
        "ac:image",
        [_make("ri:attachment", [], name)],
        {"ac:alt": line(alt), "ac:width": str(width)},
    )


def serialise(elements: Iterable[Element]) -> str:
    """Write blocks as storage format, with bare `ac:` and `ri:` prefixes.

    Raises ValueError where reading the text back gives another tree: it never should.
    """
    root = etree.Element("page", nsmap=SPACES)
    root.extend(elements)
    etree.cleanup_namespaces(root, keep_ns_prefixes=list(SPACES))
    whole = etree.tostring(root, encoding="unicode")
    if skeleton(read(whole)) != skeleton(root):
        raise ValueError("a page does not read back as it was built; report this")
    return whole[whole.index(">") + 1 : whole.rindex("<")] if len(root) else ""


def read(whole: str) -> Element:
    """Parse a whole document without entities, DTD or network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(whole, parser)


def skeleton(
    root: Element,
) -> list[tuple[str, dict[str, str], int, str, str]]:
    """List each element's tag, attributes, number of children and texts, in order."""
    return [
        (
            str(each.tag),
            {str(name): str(value) for name, value in each.attrib.items()},
            len(each),
            each.text or "",
            each.tail or "",
        )
        for each in root.iter()
    ]


def _name(tag: str) -> str:
    prefix, _, bare = tag.rpartition(":")
    return f"{{{SPACES[prefix]}}}{bare}" if prefix else bare


def _make(
    tag: str, content: Iterable[Content], attributes: Mapping[str, str] | None = None
) -> Element:
    made = etree.Element(_name(tag), nsmap=SPACES)
    for name, value in (attributes or {}).items():
        made.set(_name(name), clean(value))
    for piece in content:
        if isinstance(piece, str):
            _write(made, clean(piece))
        else:
            made.append(piece)
    return made


def _write(parent: Element, text: str) -> None:
    """Put text behind what the element holds already."""
    if len(parent):
        last = parent[-1]
        last.tail = (last.tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _macro(
    name: str, parameters: Mapping[str, str], rich: Iterable[Content] = ()
) -> Element:
    if name not in MACROS:
        raise ValueError(f"the macro {name!r} is not among those we may write")
    known = {"ac:name": name, "ac:schema-version": "1"}
    macro = _make("ac:structured-macro", [], known)
    for key, value in parameters.items():
        macro.append(_make("ac:parameter", [value], {"ac:name": key}))
    body = [_block(piece) for piece in rich]
    if body:
        macro.append(_make("ac:rich-text-body", body))
    return macro


def _cell(cell: Cell, *, right: bool) -> Element:
    pieces = _pieces(cell)
    if len(pieces) == 1 and isinstance(pieces[0], Element) and pieces[0].tag == "td":
        return pieces[0]
    if any(isinstance(piece, Element) and piece.tag in BLOCKS for piece in pieces):
        return _make("td", [_block(piece) for piece in pieces])
    style = {"style": "text-align: right;"} if right else {}
    return _make("td", [_make("p", pieces, style)])


def _block(piece: Content) -> Element:
    return p(piece) if isinstance(piece, str) else piece


def _pieces(cell: Cell) -> Sequence[Content]:
    return [cell] if isinstance(cell, str | Element) else cell


def _trusted(url: str, own: str) -> bool:
    """Say whether a link may lead there: anywhere over TLS, or under our own site."""
    return url.startswith("https://") or (
        bool(own) and url.startswith(own.rstrip("/") + "/")
    )
