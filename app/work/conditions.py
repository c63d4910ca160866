"""The conditions of a JQL that all have to hold: pure."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile(
    r"""
    "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'  # a quoted text
    | [()] | && | \|\| | [^\s()"'&|]+ | .    # a sign, a word, whatever else
    """,
    re.VERBOSE | re.DOTALL,
)
AND: Final = frozenset({"and", "&&"})
OR: Final = frozenset({"or", "||"})
# No query is meant to be deeper; beyond it, all is kept as it is.
_DEEPEST: Final = 50


def conditions(jql: str) -> Iterator[list[str]]:
    """Give the conditions that all have to hold, each as its words, signs and spaces.

    What stands beside an OR is one condition.
    """
    return _conditions(_words(jql))


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
    parts = parted(words, AND)
    if levels and inner is not None:
        yield from _conditions(inner, levels - 1)
    elif levels and len(parts) > 1 and len(parted(words, OR)) == 1:
        for part in parts:
            yield from _conditions(part, levels - 1)
    elif "".join(words).strip():
        yield words


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


def parted(words: list[str], joints: frozenset[str]) -> list[list[str]]:
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
