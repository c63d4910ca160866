"""Changelog items in Jira's words: what a field was and what it became."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from connectors.sandbox.fields import RANK, Field
from connectors.sandbox.model import Issue, Named
from connectors.sandbox.state import Site

Told = tuple[str | None, str | None]


def change_items(
    site: Site, issue: Issue, was: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Name every field whose kept value differs from what it was."""
    items: list[dict[str, Any]] = []
    for name, old in was.items():
        new = issue.values.get(name)
        if old == new:
            continue
        field = site.fields[name]
        if field.kind == "timetracking":
            items += _time_items(old, new)
        else:
            items.append(_item(field, _told(site, field, old), _told(site, field, new)))
    return items


def rank_item(direction: str) -> dict[str, Any]:
    """Say that an issue was ranked; Jira leaves both values empty."""
    return {
        "field": "Rank",
        "fieldtype": "custom",
        "fieldId": RANK,
        "from": "",
        "fromString": "",
        "to": "",
        "toString": f"Ranked {direction}",
    }


def _item(field: Field, was: Told, now: Told) -> dict[str, Any]:
    return {
        "field": field.name if field.custom else field.id,
        "fieldtype": "custom" if field.custom else "jira",
        "fieldId": field.id,
        "from": was[0],
        "fromString": was[1],
        "to": now[0],
        "toString": now[1],
    }


def _time_items(
    old: Mapping[str, int] | None, new: Mapping[str, int] | None
) -> list[dict[str, Any]]:
    items = []
    for key, name in (
        ("original", "timeoriginalestimate"),
        ("remaining", "timeestimate"),
    ):
        was, now = (old or {}).get(key), (new or {}).get(key)
        if was != now:
            field = Field(name, name, "seconds")
            items.append(_item(field, _seconds(was), _seconds(now)))
    return items


def _seconds(value: int | None) -> Told:
    text = None if value is None else str(value)
    return text, text


def _told(site: Site, field: Field, value: Any) -> Told:
    """Give `from`/`to` and `fromString`/`toString` of a value."""
    if value is None:
        return None, None
    teller = TELLERS.get(field.kind)
    return teller(site, field, value) if teller else (None, str(value))


def _told_option(_site: Site, field: Field, value: str) -> Told:
    return value, "".join(_texts(field, [value]))


def _told_options(_site: Site, field: Field, value: list[str]) -> Told:
    return f"[{', '.join(value)}]", ", ".join(_texts(field, value))


def _told_user(site: Site, _field: Field, value: str) -> Told:
    account = site.accounts.find(value)
    if account is None:
        return value, None
    known = value if site.flavour.is_cloud else account.key
    return known, account.display_name


def _told_choice(site: Site, field: Field, value: str) -> Told:
    return value, _name(_choices(site, field.kind), value)


def _told_date(_site: Site, _field: Field, value: str) -> Told:
    day = date.fromisoformat(value)
    return value, f"{day.day}/{day:%b}/{day:%y}"


def _told_pair(_site: Site, field: Field, value: list[str | None]) -> Told:
    parent = field.option(value[0])
    child = parent.child(value[1]) if parent and value[1] else None
    levels = [
        f"Parent values: {parent.value}({parent.id})" if parent else "",
        f"Level 1 values: {child.value}({child.id})" if child else "",
    ]
    return None, "".join(levels)


def _texts(field: Field, option_ids: Iterable[str]) -> list[str]:
    return [option.value for option in field.options if option.id in set(option_ids)]


def _choices(site: Site, kind: str) -> list[Named]:
    return {
        "priority": site.priorities,
        "issuetype": site.issue_types,
        "resolution": site.resolutions,
        "status": [Named(status.id, status.name) for status in site.statuses],
    }[kind]


def _name(choices: Iterable[Named], wanted: str) -> str | None:
    return next((choice.name for choice in choices if choice.id == wanted), None)


TELLERS: Final[Mapping[str, Callable[[Site, Field, Any], Told]]] = {
    "select": _told_option,
    "radio": _told_option,
    "multiselect": _told_options,
    "checkboxes": _told_options,
    "cascading": _told_pair,
    "labels": lambda _site, _field, value: (None, " ".join(value)),
    "user": _told_user,
    "priority": _told_choice,
    "issuetype": _told_choice,
    "status": _told_choice,
    "resolution": _told_choice,
    "date": _told_date,
    "number": lambda _site, _field, value: (None, f"{value:.15g}"),
}
