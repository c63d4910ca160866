"""What has no score and yet has a say: links lead through it, and items wait for it."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from scoring.item import Cycle, Link

# So many are named in a sentence; the rest is counted.
_MOST_NAMED: Final = 3


def passed_through(
    links: Iterable[Link], scored: Collection[str], gaps: Collection[str]
) -> set[str]:
    """Name the issues without a score that links are carried through.

    These are the gaps, and what is outside the backlog wherever a link leads to it and
    another one on: A blocks U and U blocks B is A before B. Whatever only ends a chain
    joins nothing.
    """
    inside = {*scored, *gaps}
    left = [ln for ln in links if ln.blocker not in inside or ln.blocked not in inside]
    size = -1
    while size != len(left):
        size = len(left)
        reached = inside | {link.blocked for link in left}
        leading = inside | {link.blocker for link in left}
        left = [
            link for link in left if link.blocker in reached and link.blocked in leading
        ]
    ends = {end for link in left for end in (link.blocker, link.blocked)}
    return {*gaps, *(ends - inside)}


def awaited(
    links: Iterable[Link], cycles: Sequence[Cycle], scored: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Name what each scored item waits for that has no score, sorted.

    These are the direct blockers only. What was dropped to break a loop is not waited
    for.
    """
    dropped = {(cycle.dropped.blocker, cycle.dropped.blocked) for cycle in cycles}
    found: dict[str, set[str]] = {}
    for link in links:
        if link.blocked not in scored or link.blocker in scored:
            continue
        if (link.blocker, link.blocked) not in dropped:
            found.setdefault(link.blocked, set()).add(link.blocker)
    return {key: tuple(sorted(them)) for key, them in found.items()}


def also_waits(why: str, them: Sequence[str], gaps: Collection[str]) -> str:
    """Add to a sentence what an item waits for that has no place in the order."""
    if not them:
        return why
    named = [
        f"{key} ({'not scored' if key in gaps else 'outside the backlog'})"
        for key in them[:_MOST_NAMED]
    ]
    if len(them) > _MOST_NAMED:
        named.append(f"{len(them) - _MOST_NAMED:,} more")
    *most, last = named
    told = f"{', '.join(most)} and {last}" if most else last
    return f"{why}; also waits for {told}"
