"""Which part of a page is ours: what stands between our two fences, and no more.

People write above and below; that is kept to the byte. Fences are invisible anchors,
each in a paragraph of its own, named by the page's mark.
"""

import hashlib
import re
from dataclasses import dataclass
from html import unescape
from typing import Final

from lxml import etree

# The tags that storage.py does not make: they hold letters, digits and dashes only.
_ANCHOR: Final = (
    '<ac:structured-macro ac:name="anchor" ac:schema-version="1">'
    '<ac:parameter ac:name="">{}</ac:parameter></ac:structured-macro>'
)
# As it comes back: attributes in any order, more of them, perhaps no paragraph.
_KEPT: Final = (
    r"(?:<p\b[^>]*>\s*)?<ac:structured-macro\b[^>]*>\s*"
    r"<ac:parameter\b[^>]*>{}</ac:parameter>\s*</ac:structured-macro>(?:\s*</p>)?"
)
_DECLARED: Final = (
    '<page xmlns:ac="urn:ac" xmlns:ri="urn:ri" xmlns:at="urn:at">{}</page>'
)
_CDATA: Final = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_OWN: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})


class BrokenFenceError(ValueError):
    """What stands there has our fences not at all, twice, or torn out of place."""


@dataclass(frozen=True, slots=True)
class Region:
    """A stored page cut at our fences; `inside` is ours, the rest people's."""

    above: str
    inside: str
    below: str


def anchor(name: str) -> str:
    """Make an invisible anchor; the name holds letters, digits and dashes only."""
    return _ANCHOR.format(name)


def fenced(mark: str, body: str) -> str:
    """Put our fences round what we write."""
    begin, end = (f"<p>{anchor(f'{mark}-{side}')}</p>" for side in ("begin", "end"))
    return f"{begin}{body}{end}"


def cut(stored: str, mark: str) -> Region:
    """Cut what Confluence keeps at our fences; BrokenFenceError where it cannot be."""
    begin, end = (_only(stored, f"{mark}-{side}") for side in ("begin", "end"))
    if begin.end() > end.start():
        raise BrokenFenceError("the end stands before the beginning")
    region = Region(
        stored[: begin.start()],
        stored[begin.end() : end.start()],
        stored[end.end() :],
    )
    for part in (region.above, region.inside, region.below):
        _tree(part)
    return region


def renewed(region: Region, mark: str, body: str) -> str:
    """Put a new text between the fences; what people wrote stays as it is kept."""
    return f"{region.above}{fenced(mark, body)}{region.below}"


def words_of(text: str) -> str:
    """Digest the words of a text, blanks and markup aside.

    Confluence adds ids, bodies of tables and orders of its own, but never a word: so
    words tell whether a person wrote in our part.
    """
    tree = _tree(text)
    for macro in tree.iter("{urn:ac}structured-macro"):
        if macro.get("{urn:ac}name") == "anchor":
            macro[:] = []  # a mark of ours is no word of anybody's
    words = " ".join("".join(map(str, tree.itertext())).split())
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _only(stored: str, name: str) -> re.Match[str]:
    found = list(re.finditer(_KEPT.format(re.escape(name)), stored))
    if len(found) != 1:
        raise BrokenFenceError(f"the mark {name} stands there {len(found)} times")
    return found[0]


def _tree(part: str) -> etree._Element:
    """Read a part of a page; one that does not stand by itself is torn."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(_DECLARED.format(_numbered(part)), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenFenceError(f"a fence stands inside of something: {error}") from None


def _numbered(part: str) -> str:
    """Write HTML's named signs, which Confluence knows, as XML's numbers."""
    return "".join(
        piece if piece.startswith("<![CDATA[") else _ENTITY.sub(_number, piece)
        for piece in _CDATA.split(part)
    )


def _number(entity: re.Match[str]) -> str:
    if entity[1] in _XML_OWN:
        return entity[0]
    return "".join(f"&#{ord(sign)};" for sign in unescape(entity[0]))
