"""A plan applies only to the order it was computed from.

The search that a plan came from may be seconds behind, and people drag issues about:
so right before the first rank call the places that the moves hang on are read again,
from the issues themselves.
"""

from collections.abc import Sequence
from itertools import islice

from connectors.jira import Jira
from scoring.item import Issue
from scoring.plan import Move

# More than this are not read again: then the calls take minutes themselves.
MOST_CONFIRMED = 1_000


class StaleOrderError(Exception):
    """Jira's order is not the one that was read: read and decide again."""


def confirm_order(jira: Jira, issues: Sequence[Issue], moves: Sequence[Move]) -> None:
    """Raise StaleOrderError where an issue that moves or an anchor has moved since."""
    ranks = {issue.key: issue.rank for issue in issues if issue.rank}
    named = (key for move in moves for key in (move.anchor, *move.keys))
    sought = [key for key in dict.fromkeys(named) if key in ranks]
    sought = list(islice(sought, MOST_CONFIRMED))
    if not sought:
        return
    now = {issue.key: issue.rank for issue in jira.read_issues(sought, fields=())}
    for key in sought:
        if key in now and now[key] != ranks[key]:
            raise StaleOrderError(f"{key} has moved since the backlog was read")
