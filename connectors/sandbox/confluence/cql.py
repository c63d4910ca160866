"""A small part of CQL: conditions joined by `and`, on what tells pages apart."""

import re
from collections.abc import Callable
from typing import Final

from connectors.sandbox.confluence.content import Page
from connectors.sandbox.confluence.refusals import RefusalError
from connectors.sandbox.confluence.store import WikiStore

_CONDITION: Final = re.compile(
    r"""\s*(?P<field>\w+)\s*
    (?P<sign>!=|=|~|\bnot\s+in\b|\bin\b)\s*
    (?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.~:-]+|\([^)]*\))\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_AND: Final = re.compile(r"and\b", re.IGNORECASE)
_ORDER: Final = re.compile(r"order\s+by\s+[\w\s,]+$", re.IGNORECASE)
_PART: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,()]+""")

Facts = dict[str, set[str]]


def search(cql: str, wiki: WikiStore) -> Callable[[Page], bool]:
    """Read a query into a test of pages; what this part cannot say is refused."""
    tests: list[Callable[[Facts], bool]] = []
    rest = _ORDER.sub("", cql).strip()
    while rest:
        found = _CONDITION.match(rest)
        if found is None:
            raise _unreadable(cql)
        tests.append(_test(found["field"].lower(), found["sign"], found["value"], cql))
        rest = rest[found.end() :]
        if rest:
            joined = _AND.match(rest)
            if joined is None or joined.end() == len(rest):
                raise _unreadable(cql)
            rest = rest[joined.end() :]
    if not tests:
        raise _unreadable(cql)
    return lambda page: all(test(_facts(page, wiki)) for test in tests)


def _facts(page: Page, wiki: WikiStore) -> Facts:
    ancestors = set()
    parent = page.parent
    while parent is not None and parent not in ancestors:
        ancestors.add(parent)
        parent = wiki.pages[parent].parent if parent in wiki.pages else None
    return {
        "label": set(page.labels),
        "type": {"page"},
        "space": {wiki.space(page.space).key},
        "title": {page.now.title},
        "id": {page.id},
        "parent": {page.parent} if page.parent else set(),
        "ancestor": ancestors,
    }


def _test(field: str, sign: str, value: str, cql: str) -> Callable[[Facts], bool]:
    field = {"space.key": "space", "content": "id"}.get(field, field)
    if field not in ("label", "type", "space", "title", "id", "parent", "ancestor"):
        raise RefusalError(400, f"Could not parse cql : {cql}: unknown field {field}")
    wanted = {_plain(part).casefold() for part in _PART.findall(value)}
    if sign == "~":
        return lambda facts: any(
            word in fact.casefold() for fact in facts[field] for word in wanted
        )
    negative = sign.startswith(("!", "n", "N"))
    return lambda facts: (
        negative != any(fact.casefold() in wanted for fact in facts[field])
    )


def _plain(part: str) -> str:
    if part[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", part[1:-1])
    return part


def _unreadable(cql: str) -> RefusalError:
    return RefusalError(400, f"Could not parse cql : {cql}")
