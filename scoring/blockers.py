"""Which scored items must come before which, through unscored ones too."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from scoring.item import Cycle, Link


def scored_blockers(
    links: Iterable[Link],
    cycles: Sequence[Cycle],
    scored: Collection[str],
    through: Collection[str],
) -> dict[str, tuple[str, ...]]:
    """Name the nearest scored blockers of every scored item that has any, sorted.

    A blocks U and U blocks B is A before B where U has no score. Links that were
    dropped to break a loop do not count, nor do links to issues outside.
    """
    dropped = {cycle.dropped for cycle in cycles}
    direct: dict[str, list[str]] = {}
    for link in links:
        known = link.blocker in scored or link.blocker in through
        if known and link not in dropped and link.blocker != link.blocked:
            direct.setdefault(link.blocked, []).append(link.blocker)
    found = ((key, _nearest(key, direct, scored)) for key in direct if key in scored)
    return {key: blockers for key, blockers in found if blockers}


def _nearest(
    key: str, direct: Mapping[str, Sequence[str]], scored: Collection[str]
) -> tuple[str, ...]:
    seen: set[str] = set()
    edge = list(direct[key])
    while edge:
        blocker = edge.pop()
        if blocker not in seen:
            seen.add(blocker)
            if blocker not in scored:
                edge.extend(direct.get(blocker, ()))
    return tuple(sorted(one for one in seen if one in scored and one != key))
