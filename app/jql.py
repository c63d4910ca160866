"""What we must know of a JQL that people wrote: where its own order begins."""

import re

# A quoted text, with \\ as Jira's escape, or the two words outside of one.
_PIECES = re.compile(
    r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\border\s+by\b", re.IGNORECASE
)


def without_order(jql: str) -> str:
    """Cut off a JQL's own ORDER BY; what stands in quotes is no keyword."""
    for piece in _PIECES.finditer(jql):
        if piece.group()[0] not in "\"'":
            return jql[: piece.start()].strip()
    return jql.strip()


def in_rank_order(jql: str) -> str:
    """Ask for the same issues in the order of Jira's rank.

    A JQL without any condition is left bare: Jira refuses it as unbounded, in words.
    """
    condition = without_order(jql)
    return f"({condition}) ORDER BY Rank ASC" if condition else "ORDER BY Rank ASC"
