"""Keep issues of a backlog as they were just read, and whom their links lead to."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from app.books.copies import ISSUES, LINKED
from app.work.copying import Copying
from app.work.slimming import linked_ends
from scoring.item import Issue


def keep_issues(
    copying: Copying, connection: Connection, issues: Sequence[Issue]
) -> None:
    """Put issues into our copy; their links' other ends too, where we lack them."""
    backlog, copies = copying.backlog.id, copying.copies
    copies.put(connection, backlog, ISSUES, issues)
    copies.drop(connection, backlog, LINKED, [issue.id for issue in issues])
    ends = {end.id: end for issue in issues for end in linked_ends(issue)}
    own = copies.find(connection, backlog, ends.keys())
    placed = {copy.issue.id for copy in own if copy.part in {ISSUES, LINKED}}
    strangers = [end for end in ends.values() if end.id not in placed]
    copies.put(connection, backlog, LINKED, strangers)
