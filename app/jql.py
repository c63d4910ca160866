"""What we must know of a JQL that people wrote: where its own order begins."""

import re
from collections.abc import Iterable

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


def among(jql: str, issues: Iterable[str]) -> str:
    """Ask which of these issues, by id or key, a JQL finds."""
    condition = without_order(jql)
    named = f"id in ({', '.join(issues)})"
    return f"{named} AND ({condition})" if condition else named


def of_other_types(jql: str, project: str, types: Iterable[str]) -> str:
    """Ask for a JQL's issues in one project that are of none of these types, by id."""
    others = ", ".join(f'"{kind}"' for kind in types if kind)
    named = f'project = "{project}"'
    named += f" AND issuetype not in ({others})" if others else ""
    condition = without_order(jql)
    return f"{named} AND ({condition})" if condition else named


def either(jqls: Iterable[str]) -> str:
    """Ask for what any of several JQLs finds."""
    return " OR ".join(f"({without_order(jql)})" for jql in jqls)


def changed_within(jql: str, minutes: int) -> str:
    """Ask for those of a JQL's issues that changed in the last minutes.

    Relative to Jira's own clock: neither ours nor anybody's time zone plays a part.
    """
    condition = without_order(jql)
    recent = f'updated >= "-{minutes}m"'
    return f"{recent} AND ({condition})" if condition else recent
