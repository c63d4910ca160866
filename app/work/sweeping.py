"""Compare our copy with Jira cheaply: who belongs, in which order, what is newer.

Ids come 5,000 a page, so membership and order of a large backlog cost few requests,
and what changed lately is one search. What else differs it notes; reading that is
`narrow`'s work.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.books.bites import bites
from app.books.copies import ISSUES, LINKED, Copy, Place, milliseconds
from app.books.snapshots import Snapshot
from app.jql import changed_within, in_rank_order
from app.work.copying import MOST_ISSUES, OVERLAP, Copying, TooManyIssuesError
from app.work.evidence import read_evidence_parts
from app.work.keeping import keep_issues
from app.work.narrow import differences, refuse_other_bucket
from app.work.slimming import slim
from scoring.item import Issue

LINKED_AT_ONCE = 1_000
# Where more than this differs, reading all is cheaper than reading it by id.
FEW = 200
MOST_DIFFERING = 0.5


@dataclass(frozen=True, slots=True)
class Swept:
    """What a comparison came to, by id: new here, no longer here, moved, changed.

    `fresh` are those that changed lately, as the search shows them; `differing` those
    of them that are not as our copy had them, each with its time. `told` are issues
    that somebody had told us of already.
    """

    entered: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    fresh: tuple[Issue, ...] = ()
    differing: Mapping[str, str] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    known: int = 0

    @property
    def unread(self) -> frozenset[str]:
        """Name the issues that must be read one by one."""
        return (self.entered | self.missing | self.moved) - self.told

    @property
    def untold(self) -> frozenset[str]:
        """Name all that differs, or may, and that nobody had told us of."""
        return self.unread | (frozenset(self.differing) - self.told)

    @property
    def is_most(self) -> bool:
        """Tell whether so much differs that all is better read anew."""
        return len(self.unread) > max(FEW, MOST_DIFFERING * self.known)


def compare(copying: Copying, snapshot: Snapshot, *, now: datetime) -> Swept:
    """Compare a copy with Jira, changing nothing."""
    backlog = copying.backlog.id
    order = _order(copying)
    lately = _changed(copying, snapshot, now)
    with copying.reading() as connection:
        places = copying.copies.places(connection, backlog)
        told = copying.unread.all_names(connection, backlog)
        found = copying.copies.find(connection, backlog, [one.id for one in lately])
    before = {copy.issue.id: copy for copy in found if copy.part == ISSUES}
    known, present = {place.id: place for place in places}, set(order)
    shown = [known[one] for one in order if one in known]
    back = {place.id for place in shown if place.hidden}
    fresh = tuple(
        issue
        for issue in lately
        if issue.id in present and _is_newer(issue, before.get(issue.id))
    )
    known_by_now = {issue.id for issue in fresh}
    return Swept(
        entered=frozenset(present - set(known) - known_by_now),
        missing=frozenset(
            place.id for place in places if place.id not in present and not place.hidden
        ),
        moved=frozenset((out_of_place(shown) | back) - known_by_now),
        fresh=fresh,
        differing=differences(before, fresh),
        told=told,
        known=len(places),
    )


def sweep(copying: Copying, snapshot: Snapshot, *, now: datetime) -> Swept:
    """Compare a copy with Jira; keep what is newer, note what must be read.

    Raises OtherBucketError where ranks compare no longer.
    """
    backlog = copying.backlog.id
    names = copying.field_names()
    swept = compare(copying, snapshot, now=now)
    _read_linked(copying)
    troubles = read_evidence_parts(copying)
    with copying.writing() as connection:
        keep_issues(copying, connection, swept.fresh)
        if not swept.is_most:
            # What we wrote ourselves and is not found any more has left, too.
            unread = swept.unread | swept.missing
            copying.unread.note(connection, backlog, unread, now=now)
        projects = copying.copies.projects(connection, backlog)
        copying.snapshots.describe(
            connection,
            backlog,
            names=names,
            troubles=troubles,
            projects=projects,
            rank_field=copying.jira.rank_field,
        )
        copying.snapshots.swept(connection, backlog, began=now)
    return swept


def out_of_place(shown: Sequence[Place]) -> set[str]:
    """Name the fewest issues that would have to move for our order to be Jira's.

    `shown` stand in Jira's order. Where ranks are not known, nothing is out of place.
    """
    if not all(place.rank for place in shown):
        return set()
    ours = sorted(range(len(shown)), key=lambda at: shown[at].rank)
    rank_of = [0] * len(shown)
    for place, at in enumerate(ours):
        rank_of[at] = place
    kept = set(_longest_rise(rank_of))
    return {place.id for at, place in enumerate(shown) if at not in kept}


def _longest_rise(numbers: Sequence[int]) -> list[int]:
    """Give the positions of a longest rising run, by patience sorting."""
    tops: list[int] = []
    at_top: list[int] = []
    before = [-1] * len(numbers)
    for at, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        if pile == len(tops):
            tops.append(number)
            at_top.append(at)
        else:
            tops[pile], at_top[pile] = number, at
        before[at] = at_top[pile - 1] if pile else -1
    found: list[int] = []
    at = at_top[-1] if at_top else -1
    while at >= 0:
        found.append(at)
        at = before[at]
    return found


def _order(copying: Copying) -> list[str]:
    jql = in_rank_order(copying.backlog.jql)
    order: list[str] = []
    for number in copying.jira.ids(jql):
        order.append(number)
        if len(order) > MOST_ISSUES:
            raise TooManyIssuesError(jql, MOST_ISSUES)
    return order


def _changed(copying: Copying, snapshot: Snapshot, now: datetime) -> list[Issue]:
    since = snapshot.swept_at or snapshot.read_at or now
    minutes = math.ceil((now - since + OVERLAP) / timedelta(minutes=1))
    jql = changed_within(copying.backlog.jql, max(minutes, 1))
    found = copying.jira.search(jql, fields=copying.fields)
    return [slim(issue) for issue in found]


def _is_newer(issue: Issue, copy: Copy | None) -> bool:
    if copy is None:
        return True
    refuse_other_bucket(copy.issue, issue)
    return copy.updated < milliseconds(issue.updated)


def _read_linked(copying: Copying) -> None:
    """Read again what only links lead to: a done blocker blocks nobody."""
    backlog = copying.backlog.id
    with copying.reading() as connection:
        ids = copying.copies.open_links(connection, backlog)
    for some in bites(ids, LINKED_AT_ONCE):
        came = copying.jira.read_issues(some, ())
        bare = [replace(issue, fields={}, summary="", rank="") for issue in came]
        with copying.writing() as connection:
            copying.copies.put(connection, backlog, LINKED, bare)
