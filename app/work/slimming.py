"""What we keep of an issue: the fields that we map, without what no reading uses."""

from collections.abc import Mapping
from dataclasses import replace

from scoring.item import Issue

# Addresses, pictures and words of the site: half of what an answer holds.
_BALLAST = frozenset({"self", "iconUrl", "avatarUrls", "avatarId"})
_ENDS = ("outwardIssue", "inwardIssue")


def slim(issue: Issue) -> Issue:
    """Keep what readings use; Jira's `updated` stands beside the fields."""
    fields = {
        name: _links(value) if name == "issuelinks" else _light(value)
        for name, value in issue.fields.items()
        if name != "updated"
    }
    return replace(issue, fields=fields)


def linked_ends(issue: Issue) -> list[Issue]:
    """Give the issues at the other ends of an issue's links, as its links show them."""
    links = issue.fields.get("issuelinks")
    if not isinstance(links, list):
        return []
    shown = [_part(link, end) for link in links for end in _ENDS]
    return [
        Issue(id=str(one["id"]), key=str(one["key"]), done=_category(one) == "done")
        for one in shown
        if one.get("id") and one.get("key")
    ]


def _links(raws: object) -> object:
    if not isinstance(raws, list):
        return raws
    return [_link(raw) for raw in raws if isinstance(raw, dict)]


def _link(raw: Mapping[str, object]) -> dict[str, object]:
    kept: dict[str, object] = {"id": raw.get("id"), "type": _light(raw.get("type"))}
    for end in _ENDS:
        other = raw.get(end)
        if isinstance(other, dict):
            status = {"statusCategory": {"key": _category(other)}}
            kept[end] = {
                "id": other.get("id"),
                "key": other.get("key"),
                "fields": {"status": status},
            }
    return kept


def _category(issue: Mapping[str, object]) -> object:
    at: Mapping[str, object] = issue
    for step in ("fields", "status", "statusCategory"):
        at = _part(at, step)
    return at.get("key")


def _light(value: object) -> object:
    if isinstance(value, dict):
        return {k: _light(part) for k, part in value.items() if k not in _BALLAST}
    if isinstance(value, list):
        return [_light(part) for part in value]
    return value


def _part(raw: object, name: str) -> Mapping[str, object]:
    part = raw.get(name) if isinstance(raw, Mapping) else None
    return part if isinstance(part, Mapping) else {}
