"""Storage format as Confluence takes it in: well-formed, known prefixes, normalised.

What comes back is never what was sent: macros and tables get ids of Confluence's
own, attributes another order, tables a body. Nobody can rely on reading back.
"""

import re
from html.entities import html5
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from connectors.sandbox.confluence.refusals import RefusalError

Element = etree._Element  # noqa: SLF001 - lxml has no public name for the type of its elements
AC: Final = "http://atlassian.com/content"
RI: Final = "http://atlassian.com/resource/identifier"
AT: Final = "http://atlassian.com/template"
XHTML: Final = ""
PREFIXES: Final = {"ac": AC, "ri": RI, "at": AT}
_WRAPPED: Final = "<wiki {}>{{}}</wiki>".format(
    " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())
)
_CDATA: Final = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_OWN: Final = {"amp", "lt", "gt", "quot", "apos"}


def ac(name: str) -> str:
    """Name something of Confluence's own namespace, as lxml does."""
    return f"{{{AC}}}{name}"


def ri(name: str) -> str:
    """Name something of the resource namespace, as lxml does."""
    return f"{{{RI}}}{name}"


def parse(body: str) -> Element:
    """Read storage format into one wrapping element, or refuse it."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False
    )
    try:
        wiki = etree.fromstring(_WRAPPED.format(_numbered(body)), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RefusalError(400, f"Error parsing xhtml: {error}") from error
    for element in wiki.iter():
        _check(element)
    return wiki


def normalise(body: str, page_id: str) -> str:
    """Say the same as Confluence would keep it; refuse what it would refuse."""
    wiki = parse(body)
    for number, element in enumerate(list(wiki.iter(etree.Element))):
        _mark(element, f"{page_id}/{number}/{element.tag}")
        _order(element)
        if element.tag == "table":
            _give_body(element)
    text = etree.tostring(wiki, encoding="unicode")
    inside = text[text.index(">") + 1 :].removesuffix("</wiki>")
    return "" if text.endswith("/>") and not len(wiki) and not wiki.text else inside


def _numbered(body: str) -> str:
    """Put the HTML entities, which Confluence knows, into numbers, which XML knows."""
    parts = _CDATA.split(body)
    return "".join(
        part if part.startswith("<![CDATA[") else _ENTITY.sub(_number, part)
        for part in parts
    )


def _number(entity: re.Match[str]) -> str:
    name = entity[1]
    if name in _XML_OWN or f"{name};" not in html5:
        return entity[0]
    return "".join(f"&#{ord(char)};" for char in html5[f"{name};"])


def _check(element: Element) -> None:
    tag: object = element.tag
    if tag is etree.Comment:
        return
    if not isinstance(tag, str):
        raise RefusalError(
            400, "Error parsing xhtml: undeclared entity or processing instruction"
        )
    for name in (tag, *map(str, element.attrib)):
        uri = etree.QName(name).namespace
        if uri not in (None, AC, RI, AT):
            raise RefusalError(400, f"Error parsing xhtml: unknown namespace {uri}")


def _mark(element: Element, own: str) -> None:
    if element.tag == ac("structured-macro"):
        _set(element, ac("schema-version"), "1")
        _set(element, ac("local-id"), _id(f"{own}/local"))
        _set(element, ac("macro-id"), _id(f"{own}/macro"))
    elif element.tag in ("table", "p", "h1", "h2", "h3", "h4", "h5", "h6"):
        _set(element, "local-id", _id(own))


def _set(element: Element, name: str, value: str) -> None:
    if element.get(name) is None:
        element.set(name, value)


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def _order(element: Element) -> None:
    """Sort the attributes, backwards, so that no client's own order survives."""
    pairs = sorted(element.attrib.items(), reverse=True)
    element.attrib.clear()
    element.attrib.update(pairs)


def _give_body(table: Element) -> None:
    rows = [child for child in table if child.tag == "tr"]
    if not rows:
        return
    body = etree.Element("tbody")
    rows[0].addprevious(body)
    body.extend(rows)
