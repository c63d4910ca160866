"""Spare watchers the mail that Jira sends for each edit, where we may.

Who administers neither Jira nor the project may not: Jira then refuses the whole edit
with 403, and writes nothing. So whole readings and rounds by the clock ask for the
right, and the books keep where it is missing. An edit never asks: it tries where
nothing speaks against it, and keeps what was refused.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.books.bars import MAIL, Bar, Bars
from app.work.fencing import Fence
from connectors.clients import AnyJira
from connectors.errors import RefusedError, UnauthorizedError

# The first holds for all projects.
ADMIN_RIGHTS: Final = ("ADMINISTER", "ADMINISTER_PROJECTS")
# Of more projects at once the others' first edits find out.
MOST_ASKED: Final = 50
_REASON: Final = "only who administers the project may spare its watchers the mail"


@dataclass(slots=True)
class Hush:
    """Where one run may not: what the books hold, and what it met itself."""

    barred: frozenset[str] = frozenset()
    fresh: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, bars: Iterable[Bar]) -> "Hush":
        """Begin with what is in the books; what is due is for the clock to ask."""
        return cls(frozenset(one.what for one in bars if one.what.startswith(MAIL)))

    def may(self, project: str) -> bool:
        """Say whether edits in a project may be kept from the mail."""
        return MAIL + project not in self.barred | self.fresh.keys()

    def refused(self, project: str) -> None:
        """Remember that Jira took an edit only with the mail."""
        self.fresh[MAIL + project] = _REASON


def ask_for_hush(
    jira: AnyJira,
    fence: Fence,
    projects: Collection[str] | None,
    *,
    as_of: str,
    now: datetime,
) -> None:
    """Ask where edits may be kept from the mail, and keep where they may not.

    Of these projects, after a whole reading; without any, of those that are due.
    """
    bars = Bars()
    with fence.database.reading() as session:
        found = bars.of(session, fence.backlog, as_of=as_of, now=now)
    known = {
        one.what.removeprefix(MAIL): one.due
        for one in found
        if one.what.startswith(MAIL)
    }
    asked = [one for one, due in known.items() if due] if projects is None else projects
    told = _ask(jira, sorted(asked)[:MOST_ASKED])
    gone = set() if projects is None else known.keys() - set(projects)
    lifted = known.keys() & ({one for one, may in told.items() if may} | gone)
    # Where Jira does not tell, what was known stays so for another hour.
    missing = [p for p, may in told.items() if may is False or (not may and p in known)]
    if not lifted and not missing:
        return
    with fence.closing() as session:
        bars.lift(session, fence.backlog, frozenset(MAIL + one for one in lifted))
        kept = {MAIL + one: _REASON for one in missing}
        bars.keep(session, fence.backlog, kept, as_of=as_of, now=now)


def _ask(jira: AnyJira, projects: Collection[str]) -> dict[str, bool | None]:
    """Ask about each project, until one answer holds for all."""
    told: dict[str, bool | None] = {}
    for project in projects:
        try:
            held = jira.permissions(ADMIN_RIGHTS, project)
        except UnauthorizedError:
            raise
        except RefusedError:
            told[project] = None  # an edit there says what is wrong
            continue
        everywhere, here = (held.get(right) for right in ADMIN_RIGHTS)
        if everywhere:
            return dict.fromkeys(projects, True)
        told[project] = True if here else None if None in (everywhere, here) else False
    return told
