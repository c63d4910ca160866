"""Read only what changed: a few issues by id, and whether they still belong.

Jira's search is behind by seconds, but for issues that it is told to reconcile, 50 at
most: so changed issues are asked for by id, together with the backlog's own JQL. Data
Center cannot be told: what its search shows as we knew it already is looked up singly.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.books.copies import ISSUES, LINKED, Copy, milliseconds, same
from app.books.unread import Pending
from app.jql import among, either
from app.work.copying import NOTES, Copying
from app.work.evidence import read_evidence_parts
from app.work.keeping import keep_issues
from app.work.slimming import linked_ends, slim
from connectors.errors import RefusedError, UnauthorizedError
from connectors.jira import MOST_RECONCILED
from scoring.item import Issue

CHUNK = MOST_RECONCILED
BAD_REQUEST = 400
MOST_DOUBTED = 20


class OtherBucketError(Exception):
    """Jira has spread its ranks anew: ours compare no longer, so all is read again."""


@dataclass(slots=True)
class Read:
    """What a narrow reading came to.

    `touched` are the keys of issues that belong to the backlog now; `differing` are
    the issues, by id, that were not as our copy had them, each with Jira's `updated`.
    """

    touched: list[str] = field(default_factory=list)
    differing: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Looked:
    """What Jira says of the issues asked for.

    `found` belong to the backlog, `noted` to its evidence; `others` can be seen and
    belong to neither; what is in none of them cannot be seen.
    """

    found: list[Issue]
    noted: list[Issue] | None = None
    others: list[Issue] = field(default_factory=list)


def read_pending(
    copying: Copying, pending: Sequence[Pending], *, now: datetime
) -> Read:
    """Read up to 50 issues by id and put our copy right."""
    asked = [one.issue for one in pending]
    with copying.reading() as connection:
        known = copying.copies.find(connection, copying.backlog.id, asked)
    deleted = {one.issue for one in pending if one.deleted}
    looked = _look(copying, asked, known, deleted)
    if not copying.jira.reconciles:
        _look_up(copying, pending, known, looked)
    _compare(copying, known, looked.found)
    read = _keep(copying, pending, known, looked, now)
    if looked.noted is not None and _is_new(known, looked.noted):
        # Which kind of evidence it is, only its own JQL can say.
        troubles = read_evidence_parts(copying)
        with copying.writing() as connection:
            copying.snapshots.describe(
                connection, copying.backlog.id, troubles=troubles
            )
    return read


def _look(
    copying: Copying,
    asked: Sequence[str],
    known: Sequence[Copy],
    deleted: Collection[str],
) -> _Looked:
    """Ask Jira which of the issues belong, and what became of those that do not."""
    seen: dict[str, Issue] | None = None
    if deleted:  # Jira refuses a JQL that names what is not there
        seen = _visible(copying, asked)
    jql = copying.backlog.jql
    try:
        found = _search(copying, jql, asked if seen is None else list(seen))
    except UnauthorizedError:
        raise
    except RefusedError as error:
        if seen is not None or error.status != BAD_REQUEST:
            raise
        seen = _visible(copying, asked)
        found = _search(copying, jql, list(seen))
    noted = _noted(copying, asked if seen is None else list(seen))
    came = _names([*found, *(noted or ())])
    lost = {c.issue.id for c in known if c.part in {ISSUES, LINKED}} - came
    if lost and seen is None:
        seen = _visible(copying, sorted(lost))
    others = [i for i in (seen or {}).values() if i.id not in _names(found)]
    return _Looked(found, noted, others)


def _visible(copying: Copying, names: Sequence[str]) -> dict[str, Issue]:
    """Read the issues that can be seen at all, wherever they belong."""
    came = copying.jira.read_issues(names, copying.fields)
    return {issue.id: slim(issue) for issue in came if issue.id}


def _search(copying: Copying, jql: str, names: Sequence[str]) -> list[Issue]:
    if not names:
        return []
    jira = copying.jira
    numbers = [name for name in names if name.isdigit()] if jira.reconciles else ()
    found = jira.search(among(jql, names), fields=copying.fields, reconcile=numbers)
    return [slim(issue) for issue in found]


def _noted(copying: Copying, names: Sequence[str]) -> list[Issue] | None:
    """Ask which of the issues are evidence; None where there is none, or no answer."""
    if not copying.notes:
        return None
    try:
        return _search(copying, either(copying.notes.values()), names)
    except UnauthorizedError:
        raise
    except RefusedError:  # the next sweep says which kind, and why
        return None


def _look_up(
    copying: Copying,
    pending: Sequence[Pending],
    known: Sequence[Copy],
    looked: _Looked,
) -> None:
    """Read singly what the search may be behind with.

    That is what it shows as we knew it, or no newer, though something happened, and
    what changed more than once: of that it may show the first change only. What it
    shows changed after one notice is that change.
    """
    told = {one.issue: one.times for one in pending if not one.ours}
    before = {c.issue.id: c for c in known if c.part != LINKED}
    doubtful = [
        issue.id
        for issue in (*looked.found, *(looked.noted or ()))
        if _may_be_old(issue, before.get(issue.id), told.get(issue.id))
    ]
    doubtful.sort(key=lambda number: number not in told)
    some = list(dict.fromkeys(doubtful))[:MOST_DOUBTED]
    fresh = _visible(copying, some) if some else {}
    looked.found = [fresh.get(issue.id, issue) for issue in looked.found]
    if looked.noted is not None:
        looked.noted = [fresh.get(issue.id, issue) for issue in looked.noted]


def _may_be_old(issue: Issue, copy: Copy | None, notices: int | None) -> bool:
    """Doubt what is as we had it; of what others changed, what is not surely newer."""
    if copy is None or same(copy.issue, issue):
        return copy is not None
    if notices is None:  # we moved it ourselves: it has another rank now
        return False
    return notices > 1 or milliseconds(issue.updated) <= copy.updated


def _names(issues: Iterable[Issue]) -> set[str]:
    return {issue.id for issue in issues}


def _is_new(known: Sequence[Copy], noted: Sequence[Issue]) -> bool:
    return bool(_names(noted) - {c.issue.id for c in known if c.part in NOTES})


def refuse_other_bucket(was: Issue, now: Issue) -> None:
    """Refuse to compare ranks that Jira has spread anew with those of before."""
    if was.rank and now.rank and _bucket(was) != _bucket(now):
        raise OtherBucketError


def _compare(copying: Copying, known: Sequence[Copy], found: Sequence[Issue]) -> None:
    """Refuse to go on where copies compare no longer, or a field is out of sight."""
    before = {copy.issue.id: copy.issue for copy in known if copy.part == ISSUES}
    for issue in found:
        was = before.get(issue.id)
        if was is None:
            continue
        refuse_other_bucket(was, issue)
        lost = {name for name, value in was.fields.items() if value is not None}
        if lost - set(issue.fields):
            copying.field_names()  # refuses where it is gone altogether
            return


def _bucket(issue: Issue) -> str:
    return issue.rank.partition("|")[0]


def _keep(
    copying: Copying,
    pending: Sequence[Pending],
    known: Sequence[Copy],
    looked: _Looked,
    now: datetime,
) -> Read:
    before = {copy.issue.id: copy for copy in known if copy.part == ISSUES}
    found, seen = _names(looked.found), _names(looked.others)
    lost = [copy for number, copy in before.items() if number not in found]
    gone = _gone(pending, known, found | seen)
    away = _names(copy.issue for copy in gone) | seen
    hidden = [copy.issue.id for copy in lost if copy.issue.id not in away]
    times = {issue.id: issue.updated for issue in looked.others}
    departed = [copy.issue.id for copy in lost if not copy.hidden]
    read = Read(
        touched=[issue.key for issue in looked.found],
        differing=differences(before, looked.found)
        | {one: times.get(one, "") for one in departed},
    )
    backlog, copies = copying.backlog.id, copying.copies
    with copying.writing() as connection:
        copies.drop(connection, backlog, ISSUES, away)
        copies.hide(connection, backlog, hidden, now=now)
        copies.drop(connection, backlog, LINKED, away)
        copies.put(connection, backlog, LINKED, _outside(known, looked, gone))
        keep_issues(copying, connection, looked.found)
        for part in copying.notes if looked.noted is not None else ():
            here = {c.issue.id for c in known if c.part == part}
            still = [issue for issue in looked.noted or () if issue.id in here]
            copies.put(connection, backlog, part, still)
            copies.drop(connection, backlog, part, here - _names(still))
        copying.unread.settle(connection, backlog, pending)
        # A link shows the key of its other end, which has just changed.
        renamed = _renamed(before, looked.found)
        copying.unread.note(connection, backlog, renamed, now=now)
        if set(found) - set(before):
            projects = copies.projects(connection, backlog)
            copying.snapshots.describe(connection, backlog, projects=projects)
    return read


def _gone(
    pending: Sequence[Pending], known: Sequence[Copy], visible: Collection[str]
) -> list[Copy]:
    """Give the copies of issues that Jira told us are deleted, and shows no longer."""
    deleted = {one.issue for one in pending if one.deleted}
    return [
        copy
        for copy in known
        if copy.part in {ISSUES, LINKED}
        and copy.issue.id not in visible
        and deleted & {copy.issue.id, copy.issue.key}
    ]


def differences(before: dict[str, Copy], found: Sequence[Issue]) -> dict[str, str]:
    """Name the issues that are not as our copy has them, each with its time."""
    return {
        issue.id: issue.updated
        for issue in found
        if issue.id not in before or not same(before[issue.id].issue, issue)
    }


def _outside(
    known: Sequence[Copy], looked: _Looked, gone: Sequence[Copy]
) -> list[Issue]:
    """Give what only links lead to now; an issue that is gone orders nothing."""
    linked = {c.issue.id for c in known if c.part == LINKED or linked_ends(c.issue)}
    seen = [i for i in looked.others if i.id in linked]
    deleted = [copy for copy in gone if copy.issue.id in linked]
    bare = [replace(issue, fields={}, summary="", rank="") for issue in seen]
    return bare + [
        Issue(id=copy.issue.id, key=copy.issue.key, done=True) for copy in deleted
    ]


def _renamed(before: dict[str, Copy], found: Sequence[Issue]) -> set[str]:
    """Name the issues linked to one whose key has changed."""
    return {
        end.id
        for issue in found
        if issue.id in before and before[issue.id].issue.key != issue.key
        for end in linked_ends(issue)
    }
