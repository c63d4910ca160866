"""The JQL of a backlog, turned to what of it is finished."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

# What asks for open issues: their status as it is, or that they are not resolved.
_OPEN: Final = re.compile(
    r"""(not\s+)?(
        (status|"?status\s*category"?)\s*(=|!=|in\b|not\s+in\b|is\b)
        | resolution\s*(=|is\b|in\b)[\s(]*["']?(unresolved|empty|null)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_WORD: Final = re.compile(
    r"""
    "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'  # a quoted text
    | [()] | && | \|\| | [^\s()"'&|]+ | .    # a sign, a word, whatever else
    """,
    re.VERBOSE | re.DOTALL,
)
_AND: Final = frozenset({"and", "&&"})
_OR: Final = frozenset({"or", "||"})
# No query is meant to be deeper; beyond it, all is kept as it is.
_DEEPEST: Final = 50


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
    conditions = [("".join(one).strip(), one) for one in _conditions(_words(jql))]
    kept = [f"({text})" for text, words in conditions if not _asks_for_open(words)]
    kept += ["statusCategory = Done", f"resolved >= -{days}d"]
    dropped = tuple(text for text, words in conditions if _asks_for_open(words))
    return FinishedJql(f"{' AND '.join(kept)} ORDER BY resolved DESC", dropped)


def _words(jql: str) -> list[str]:
    """Part a JQL into words, quoted texts, signs and spaces; leave its order out."""
    words = _WORD.findall(jql)
    full = [(at, word.lower()) for at, word in enumerate(words) if word.strip()]
    for (at, word), (_, after) in pairwise(full):
        if (word, after) == ("order", "by"):
            return words[:at]
    return words


def _conditions(words: list[str], levels: int = _DEEPEST) -> Iterator[list[str]]:
    """Give the conditions that all have to hold, brackets round several undone."""
    inner = _inside(words)
    parts = _parted(words, _AND)
    if levels and inner is not None:
        yield from _conditions(inner, levels - 1)
    elif levels and len(parts) > 1 and len(_parted(words, _OR)) == 1:
        for part in parts:
            yield from _conditions(part, levels - 1)
    elif "".join(words).strip():
        yield words


def _asks_for_open(words: list[str]) -> bool:
    """Say whether a condition, or each of several joined by OR, wants open issues."""
    if len(_parted(words, _AND)) > 1:
        return False
    return all(_OPEN.match("".join(one).strip()) for one in _parted(words, _OR))


def _inside(words: list[str]) -> list[str] | None:
    """Take away brackets that enclose everything; None where none do."""
    full = [at for at, word in enumerate(words) if word.strip()]
    if not full or words[full[0]] != "(":
        return None
    depth = 0
    for at in full:
        depth += (words[at] == "(") - (words[at] == ")")
        if not depth:
            return words[full[0] + 1 : at] if at == full[-1] else None
    return None


def _parted(words: list[str], joints: frozenset[str]) -> list[list[str]]:
    """Part at each of these joints that stands outside of brackets."""
    parts: list[list[str]] = [[]]
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if not depth and word.lower() in joints:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts
