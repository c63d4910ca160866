"""Judge what Jira shows us no longer, though nobody told that it was deleted.

A deletion whose webhook was lost and a right that was lost look the same: 404. A few
issues in a project that we may still browse are left out, and gone when they stay away.
Many at once, or a project that we may not browse any more, mean that we see only a
part, and an order made from a part is wrong.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from app.books.copies import ISSUES, LINKED, Copy
from app.work.copying import Copying
from app.work.rights import holds
from app.work.slimming import linked_ends
from connectors.clients import AnyJira
from scoring.item import Issue

_log = logging.getLogger(__name__)

# No more than so many, or than this share of the backlog, are a few.
FEW: Final = 5
FEW_OF_ALL: Final = 0.05
# What stays away for so long, seen to be away by comparisons before and after, is gone.
GONE_AFTER: Final = timedelta(hours=1)
# In more projects than this nobody loses an issue or two by deleting them.
MOST_PROJECTS: Final = 20
TOLD: Final = 5
_BROWSE: Final = "BROWSE_PROJECTS"


def are_few(hidden: int, known: int) -> bool:
    """Tell whether so many of all known issues may be away one by one."""
    return hidden <= max(FEW, FEW_OF_ALL * known)


def why_blind(jira: AnyJira, hidden: Sequence[str], known: int) -> str:
    """Say why these issues (keys) are a sight that is lost; empty if a few are away."""
    if not are_few(len(hidden), known):
        return f"{len(hidden):,} of {known:,} issues at once"
    projects = sorted({key.rpartition("-")[0] for key in hidden})
    if len(projects) > MOST_PROJECTS:
        return f"issues of {len(projects)} projects at once"
    for project in projects:
        if holds(jira, _BROWSE, project) is False:
            return f"our account may not browse project {project}"
    return ""


def forget_gone(copying: Copying, *, now: datetime) -> tuple[str, ...]:
    """Forget the few issues that have stayed away for long; name them by key."""
    backlog, copies = copying.backlog.id, copying.copies
    with copying.reading() as connection:
        hidden = copies.hidden(connection, backlog)
        long = copies.hidden_before(connection, backlog, now - GONE_AFTER)
        known = copies.count(connection, backlog)
    if not long or why_blind(copying.jira, hidden, known):
        return ()
    back = {i.id for i in copying.jira.read_issues([c.issue.id for c in long], ())}
    gone = [copy for copy in long if copy.issue.id not in back]
    with copying.writing() as connection:
        copies.drop(connection, backlog, ISSUES, [copy.issue.id for copy in gone])
        copies.put(connection, backlog, LINKED, _ends(gone))
        copying.unread.note(connection, backlog, back, now=now)
    keys = tuple(copy.issue.key for copy in gone)
    if keys:
        _log.warning("%s: %s stayed away, so it is gone", backlog, some(keys))
    return keys


def some(keys: Sequence[str]) -> str:
    """Name a few issues, and count the rest."""
    more = len(keys) - TOLD
    return ", ".join(keys[:TOLD]) + (f" and {more:,} more" if more > 0 else "")


def _ends(gone: Sequence[Copy]) -> list[Issue]:
    """Give what links may still lead to: an issue that is gone orders nothing."""
    linked = [copy.issue for copy in gone if linked_ends(copy.issue)]
    return [Issue(id=one.id, key=one.key, done=True) for one in linked]
