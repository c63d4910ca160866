"""Which backlogs a webhook may concern: a pure question of what each one knows."""

from collections.abc import Iterable
from dataclasses import dataclass

from webhooks.events import Change, IssueChanged, LinkChanged

# Changes of these fields move no order and, in practice, no JQL; should one do, the
# round by the clock sees it. Names as in Jira's changelog, lower-case.
IDLE = frozenset(
    {
        "attachment",
        "comment",
        "description",
        "environment",
        "remoteworkitemlink",
        "remoteissuelink",
        "timespent",
        "votes",
        "watches",
        "worklogid",
        "worklogtimespent",
    }
)


@dataclass(frozen=True, slots=True)
class Watch:
    """What one backlog knows: its issues and evidence, and the projects of these.

    `keys` and `ids` may be only those of the issues that are asked about. `fields`
    are the fields that its mapping reads. A backlog that was never read by its newest
    settings knows nothing and is concerned by everything.
    """

    backlog: str
    keys: frozenset[str]
    ids: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    ranked: bool = True
    projects: frozenset[str] = frozenset()


def concerned(event: IssueChanged, watches: Iterable[Watch]) -> list[str]:
    """Name the backlogs that must be looked at again because of an issue event."""
    return [watch.backlog for watch in watches if _concerns(event, watch)]


def concerned_by_link(
    event: LinkChanged, watches: Iterable[Watch]
) -> dict[str, set[str]]:
    """Name the backlogs that know an end of a link, each with the ends it knows.

    Jira gives numeric ids only.
    """
    given = {event.source_id, event.destination_id}
    ends = {one for one in given if one.isdecimal()}
    known = {w.backlog: ends & w.ids if w.ranked else ends for w in watches}
    return {backlog: which for backlog, which in known.items() if which}


def _concerns(event: IssueChanged, watch: Watch) -> bool:
    if not watch.ranked:
        return True
    if event.key not in watch.keys and event.id not in watch.ids:
        # It may have come into the JQL just now, or been renamed by a move.
        return not watch.projects or event.project in watch.projects or _moved(event)
    if event.kind != "jira:issue_updated" or not event.changes:
        return True
    return any(_matters(change, watch) for change in event.changes)


def _matters(change: Change, watch: Watch) -> bool:
    # On Data Center Jira's own fields are named as their ids are; a custom field may
    # be called «Votes» as well.
    mapped = change.field in watch.fields or change.name in watch.fields
    return mapped or change.custom or change.name.casefold() not in IDLE


def _moved(event: IssueChanged) -> bool:
    return any(change.name.casefold() in {"key", "project"} for change in event.changes)
