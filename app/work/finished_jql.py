"""The JQL of a backlog, turned to what of it is finished."""

import re
from dataclasses import dataclass
from typing import Final

from app.work.conditions import AND, OR, conditions, parted

# What asks for open issues: their status as it is, or that they are not resolved.
_OPEN: Final = re.compile(
    r"""(not\s+)?(
        (status|"?status\s*category"?)\s*(=|!=|in\b|not\s+in\b|is\b)
        | resolution\s*(=|is\b|in\b)[\s(]*["']?(unresolved|empty|null)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class FinishedJql:
    """The JQL to send, and the conditions of the backlog's own that it lacks."""

    jql: str
    dropped: tuple[str, ...] = ()


def finished_jql(jql: str, *, days: int) -> FinishedJql:
    """Ask for what of a backlog was resolved within so many days, the newest first.

    Conditions that keep the backlog to open issues are left out where they are joined
    by AND; what stands beside an OR stays as it is, unless all of it is of that kind.
    """
    found = [("".join(one).strip(), one) for one in conditions(jql)]
    kept = [f"({text})" for text, words in found if not _asks_for_open(words)]
    kept += ["statusCategory = Done", f"resolved >= -{days}d"]
    dropped = tuple(text for text, words in found if _asks_for_open(words))
    return FinishedJql(f"{' AND '.join(kept)} ORDER BY resolved DESC", dropped)


def _asks_for_open(words: list[str]) -> bool:
    """Say whether a condition, or each of several joined by OR, wants open issues."""
    if len(parted(words, AND)) > 1:
        return False
    return all(_OPEN.match("".join(one).strip()) for one in parted(words, OR))
