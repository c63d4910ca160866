"""Which issue must come before which, from the links that Jira shows at both ends."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Object

from scoring.item import Issue, Link
from scoring.mapping import Mapping
from scoring.pointed import finite

Known = Object[str, bool]  # by key: whether the issue is done


def read_links(issues: Sequence[Issue], mapping: Mapping) -> tuple[Link, ...]:
    """Read the links of the mapped types, oldest first, each once.

    Jira shows a link at both ends: at X, `outwardIssue: Y` says «X blocks Y» and
    `inwardIssue: Y` «X is blocked by Y», in the link type's own phrases. A link whose
    blocker or blocked issue is done orders nothing and is left out; a malformed one is
    passed over. Blockers outside the issues stay in.
    """
    sides = {rule.type: rule.blocker for rule in mapping.links}
    done = {issue.key: issue.done for issue in issues}
    found: dict[object, Link] = {}
    for issue in issues:
        if issue.done:
            continue
        for raw in _objects(issue.fields.get("issuelinks")):
            for link in _read_link(issue.key, raw, sides, done):
                found.setdefault(link.id or (link.blocker, link.blocked), link)
    return tuple(sorted(found.values(), key=_age))


def linked_keys(issue: Issue) -> tuple[str, ...]:
    """Give the keys of all issues that an issue is linked to, by any type."""
    keys = []
    for raw in _objects(issue.fields.get("issuelinks")):
        for end in ("outwardIssue", "inwardIssue"):
            other = raw.get(end)
            key = other.get("key") if isinstance(other, dict) else None
            if isinstance(key, str) and key:
                keys.append(key)
    return tuple(dict.fromkeys(keys))


def _objects(raw: object) -> Iterator[dict[str, object]]:
    if isinstance(raw, list):
        yield from (each for each in raw if isinstance(each, dict))


def _read_link(
    key: str, raw: dict[str, object], sides: Object[str, str], done: Known
) -> Iterator[Link]:
    kind = raw.get("type")
    side = sides.get(_id(kind.get("id"))) if isinstance(kind, dict) else None
    if side is None:
        return
    for end, own in (("outwardIssue", "outward"), ("inwardIssue", "inward")):
        other = raw.get(end)
        if not isinstance(other, dict) or _is_done(other, done):
            continue
        name = other.get("key")
        if isinstance(name, str) and name:
            blocker, blocked = (key, name) if own == side else (name, key)
            yield Link(blocker, blocked, _id(raw.get("id")))


def _is_done(other: Object[str, object], done: Known) -> bool:
    """Tell whether the other end is done: as we read it, else as the link shows it."""
    key = other.get("key")
    if isinstance(key, str) and key in done:
        return done[key]
    at: object = other
    for step in ("fields", "status", "statusCategory", "key"):
        at = at.get(step) if isinstance(at, dict) else None
    return at == "done"


def _id(raw: object) -> str:
    if isinstance(raw, int) and finite(raw) is not None:
        return str(raw)
    return raw if isinstance(raw, str) else ""


def _age(link: Link) -> tuple[int, str, str, str]:
    """Sort by age: ids grow, so the shorter number and then the smaller is older."""
    return (len(link.id), link.id, link.blocker, link.blocked)
