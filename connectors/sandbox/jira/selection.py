"""Which fields of an issue are shown: ids, `*all`, `*navigable`, `-id`."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from connectors.sandbox.changelog import show_history
from connectors.sandbox.model import Issue
from connectors.sandbox.rendering import show_issue
from connectors.sandbox.state import Site

EVERYTHING: Final = ("*all",)
NAVIGABLE: Final = ("*navigable",)
ID_ONLY: Final = ("id",)
LIGHT: Final = frozenset({"id", "key"})


def chosen_fields(site: Site, asked: Sequence[str]) -> list[str]:
    """Name the fields to show; what the site does not know is passed over."""
    wanted: dict[str, None] = {}
    if all(name.startswith("-") for name in asked):
        wanted = dict.fromkeys(site.fields)
    for name in asked:
        if name in ("*all", "*navigable"):
            wanted |= dict.fromkeys(site.fields)
        elif name.startswith("-"):
            wanted.pop(name[1:], None)
        elif name in site.fields:
            wanted[name] = None
    return list(wanted)


def show_chosen(
    site: Site,
    issue: Issue,
    asked: Sequence[str],
    *,
    expand: Collection[str] = (),
    properties: Sequence[str] = (),
) -> dict[str, Any]:
    """Show an issue as asked for."""
    if set(asked) <= LIGHT:
        shown = show_issue(site, issue, ())
        # A Data Center tells key and address whatever is asked for.
        bare = set(asked) == {"id"} and site.flavour.is_cloud
        return {"id": issue.id} if bare else shown
    fields = chosen_fields(site, asked)
    shown = show_issue(site, issue, fields)
    if properties:
        shown["properties"] = {
            key: issue.properties[key] for key in properties if key in issue.properties
        }
    if "changelog" in expand and not site.flavour.is_cloud:
        shown["changelog"] = show_history(site, issue)
    return shown | expanded(site, fields, expand)


def expanded(
    site: Site, fields: Sequence[str], expand: Collection[str]
) -> dict[str, Any]:
    """Add names and types of the shown fields where they are asked for."""
    extra: dict[str, Any] = {}
    if "names" in expand:
        extra["names"] = {name: site.fields[name].name for name in fields}
    if "schema" in expand:
        extra["schema"] = {name: site.fields[name].schema() for name in fields}
    return extra


def split(expand: str | None) -> frozenset[str]:
    """Read an `expand` text."""
    return frozenset(part.strip() for part in (expand or "").split(",") if part)
