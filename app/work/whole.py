"""Read a whole backlog: page by page into our copy, saying how far it is."""

import logging
from collections.abc import Iterable
from datetime import datetime

from app import clock
from app.books.bites import bites
from app.books.copies import ISSUES, LINKED
from app.jql import in_rank_order
from app.work.copying import MOST_ISSUES, OVERLAP, Copying, TooManyIssuesError
from app.work.evidence import read_evidence_parts
from app.work.slimming import linked_ends, slim
from scoring.item import Issue

_log = logging.getLogger(__name__)

# So many issues are kept at a time, and so often it is said how far the reading is.
AT_ONCE = 500
TOLD_EVERY = 5_000


def read_whole(copying: Copying, *, now: datetime) -> None:
    """Copy all issues that the JQL finds, with no more than the fields we map.

    The index may be seconds behind: what webhooks told of stays noted, and is read
    by id afterwards. So is what we knew and was not seen, for it may be gone, have
    left, or be hidden from us.
    """
    backlog, copies = copying.backlog.id, copying.copies
    names = copying.field_names()
    number = _begin(copying, now)
    count, ends = 0, dict[str, Issue]()
    jql = in_rank_order(copying.backlog.jql)
    found = copying.jira.search(jql, fields=copying.fields)
    for some in bites((slim(issue) for issue in found), AT_ONCE):
        count += len(some)
        if count > MOST_ISSUES:
            raise TooManyIssuesError(jql, MOST_ISSUES)
        _keep(copying, number, some, count)
        ends |= {end.id: end for issue in some for end in linked_ends(issue)}
    troubles = read_evidence_parts(copying)
    with copying.writing() as connection:
        own = {place.id for place in copies.places(connection, backlog)}
        linked = [place.id for place in copies.places(connection, backlog, LINKED)]
        strangers = [end for end in ends.values() if end.id not in own]
        copies.put(connection, backlog, LINKED, strangers)
        lonely = [one for one in linked if one not in ends or one in own]
        copies.drop(connection, backlog, LINKED, lonely)
        missing = copies.unseen(connection, backlog, number)
        copying.unread.note(connection, backlog, missing, now=now)
        projects = copies.projects(connection, backlog)
        copying.snapshots.read(connection, backlog, began=now, ended=clock.now())
        copying.snapshots.describe(
            connection,
            backlog,
            names=names,
            troubles=troubles,
            projects=projects,
            rank_field=copying.jira.rank_field,
        )
    _log.info("%s: all %d issues are read", backlog, count)


def _begin(copying: Copying, now: datetime) -> int:
    """Begin a whole reading; a copy that was made by other settings is forgotten."""
    backlog = copying.backlog.id
    with copying.writing() as connection:
        known = copying.snapshots.find(connection, backlog)
        made = known and (known.backlog_version, known.mapping_version)
        if made != copying.settings:
            copying.copies.clear(connection, backlog)
            long_ago = now - OVERLAP  # the index knows of it by now
            copying.unread.forget(connection, backlog, before=long_ago)
        return copying.snapshots.begin(connection, backlog, copying.settings)


def _keep(copying: Copying, number: int, issues: Iterable[Issue], count: int) -> None:
    backlog = copying.backlog.id
    with copying.writing() as connection:
        copying.copies.put(connection, backlog, ISSUES, issues, whole=number)
        copying.snapshots.progress(connection, backlog, count)
    if count % TOLD_EVERY == 0:
        _log.info("%s: %d issues are read so far", backlog, count)
