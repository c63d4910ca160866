"""The history of an issue: who changed what, when; kept, and shown as Jira does."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from connectors.sandbox.accounts import Account
from connectors.sandbox.answers import SeedError
from connectors.sandbox.clock import read_stamp, stamp
from connectors.sandbox.model import Issue
from connectors.sandbox.rendering import show_account
from connectors.sandbox.state import Site

# Of each issue; the oldest changes are forgotten first.
MOST_KEPT: Final = 500


def keep_change(
    site: Site, account: Account, issue: Issue, items: Sequence[Mapping[str, Any]]
) -> str:
    """Keep one change in the issue's history; give its id."""
    number = str(site.next("changelog", 10_001))
    _keep(issue, number, stamp(site.now()), account.account_id, items)
    return number


def show_change(
    site: Site, change: Mapping[str, Any], *, fields: Collection[str] | None = None
) -> dict[str, Any] | None:
    """Show a change, of some fields only where they are named; None of none."""
    items = [i for i in change["items"] if fields is None or i["fieldId"] in fields]
    if not items:
        return None
    told = told_items(site, items)
    shown = {"id": change["id"], "created": change["created"], "items": told}
    author = show_account(site, site.accounts.find(change["author"]))
    return shown if author is None else {"author": author, **shown}


def told_items(
    site: Site, items: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """Tell items as the site does: a Data Center names fields by their name alone."""
    if site.flavour.is_cloud:
        return items
    return [
        {name: value for name, value in item.items() if name != "fieldId"}
        for item in items
    ]


def show_history(site: Site, issue: Issue) -> dict[str, Any]:
    """Show the whole history, as a Data Center adds it to an issue."""
    histories = [show_change(site, change) for change in issue.history]
    count = len(histories)
    return {"startAt": 0, "maxResults": count, "total": count, "histories": histories}


def plant_history(
    site: Site, issue: Issue, entries: Iterable[Mapping[str, Any]], place: str
) -> None:
    """Take a seed's status changes, oldest first: when, and to which status.

    The first one leaves the site's first status, unless it names another; the last one
    must lead to the status that the issue has.
    """
    held = site.statuses[0].name
    for entry in entries:
        held = str(entry.get("from", held))
        item = _status_item(site, held, str(entry["to"]), place)
        number = str(site.next("changelog", 10_001))
        author = str(entry.get("by") or issue.values.get("assignee") or "")
        _keep(issue, number, stamp(read_stamp(entry["at"])), author, [item])
        held = str(entry["to"])
    if issue.history and issue.history[-1]["items"][0]["to"] != issue.values["status"]:
        raise SeedError(
            f"{place}: its history ends in «{held}», which is not its status"
        )


def _keep(
    issue: Issue,
    number: str,
    created: str,
    author: str,
    items: Sequence[Mapping[str, Any]],
) -> None:
    kept = {"id": number, "created": created, "author": author, "items": list(items)}
    issue.history.append(kept)
    del issue.history[:-MOST_KEPT]


def _status_item(site: Site, was: str, now: str, place: str) -> dict[str, Any]:
    ids = {status.name: status.id for status in site.statuses}
    for name in (was, now):
        if name not in ids:
            raise SeedError(f"{place}: no status is called «{name}»")
    return {
        "field": "status",
        "fieldtype": "jira",
        "fieldId": "status",
        "from": ids[was],
        "fromString": was,
        "to": ids[now],
        "toString": now,
    }
