"""A plan applies only to the order it was computed from.

Our copy may be seconds behind, and people drag issues about: so right before the
first rank call the places that the moves hang on are read again.
"""

from collections.abc import Sequence
from itertools import islice

from connectors.clients import AnyJira
from scoring.item import Issue
from scoring.plan import Move

# More than this are not read again: then the calls take minutes themselves.
MOST_CONFIRMED = 1_000


class StaleOrderError(Exception):
    """Jira's order is not the one that was read: read `issues` (ids) and decide again.

    An issue that is not there any more is among them.
    """

    def __init__(self, message: str, issues: Sequence[str]) -> None:
        super().__init__(message)
        self.issues = tuple(issues)


def confirm_order(
    jira: AnyJira, issues: Sequence[Issue], moves: Sequence[Move]
) -> None:
    """Raise StaleOrderError where an issue that moves or an anchor has moved since."""
    known = {issue.key: issue for issue in issues if issue.rank}
    named = (key for move in moves for key in (move.anchor, *move.keys))
    sought = [known[key] for key in dict.fromkeys(named) if key in known]
    sought = list(islice(sought, MOST_CONFIRMED))
    if not sought:
        return
    now = jira.ranks([issue.id for issue in sought])
    stale = [issue for issue in sought if now.get(issue.id) != issue.rank]
    if stale:
        raise StaleOrderError(
            f"{stale[0].key} has moved since the backlog was read",
            [issue.id for issue in stale],
        )
