"""Which backlogs a webhook may concern: a pure question of what each one knows."""

from collections.abc import Iterable
from dataclasses import dataclass

from webhooks.events import IssueChanged, LinkChanged

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
    """What one backlog knows: the issues of its last ranking and their projects.

    `fields` are the fields that its mapping reads. A backlog that was never ranked
    knows nothing and is concerned by everything.
    """

    backlog: str
    keys: frozenset[str]
    ids: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    ranked: bool = True

    @property
    def projects(self) -> frozenset[str]:
        """Name the projects of the known issues."""
        return frozenset(key.rpartition("-")[0] for key in self.keys)


def concerned(event: IssueChanged, watches: Iterable[Watch]) -> list[str]:
    """Name the backlogs that must be looked at again because of an issue event."""
    return [watch.backlog for watch in watches if _concerns(event, watch)]


def concerned_by_link(event: LinkChanged, watches: Iterable[Watch]) -> list[str]:
    """Name the backlogs that know one end of a link; Jira gives numeric ids only."""
    ends = {event.source_id, event.destination_id}
    return [w.backlog for w in watches if not w.ranked or ends & w.ids]


def _concerns(event: IssueChanged, watch: Watch) -> bool:
    if not watch.ranked or not watch.keys:
        return True
    if event.key not in watch.keys:
        # It may have come into the JQL just now, or been renamed by a move.
        return event.project in watch.projects or _moved(event)
    if event.kind != "jira:issue_updated" or not event.changes:
        return True
    return any(
        change.field in watch.fields or change.name.casefold() not in IDLE
        for change in event.changes
    )


def _moved(event: IssueChanged) -> bool:
    return any(change.name.casefold() in {"key", "project"} for change in event.changes)
