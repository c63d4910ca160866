"""To which projects a site's issue events may be narrowed, so that none is lost."""

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from app.books.backlogs import Backlog, Backlogs
from app.books.rankings import Known, Rankings
from app.work.conditions import conditions
from connectors.hooks import MOST_PROJECTS

# By key alone: a name may change while the backlog is read on. Whatever else asks for
# projects, as a function does, tells nothing.
_PROJECTS: Final = re.compile(
    r"""\s* (?i:"?project"?) \s*
    (?: = \s* (?P<one>["']?[A-Z][A-Z0-9_]+["']?)
      | (?i:in) \s* \( (?P<many>[A-Z0-9_"'\s,]+) \)
    ) \s*""",
    re.VERBOSE,
)
_KEY: Final = re.compile(r"""\s*["']?([A-Z][A-Z0-9_]+)["']?\s*""")


@dataclass(frozen=True, slots=True)
class Scope:
    """The projects that matter at a site, or, in words, why they are not known."""

    projects: frozenset[str] = frozenset()
    wide: str = ""


def scope_of(
    session: Session, site_id: str, backlogs: Backlogs, rankings: Rankings
) -> Scope:
    """Gather the projects of all that was read, and those that the backlogs name.

    One backlog of which neither tells makes it wide: what comes into it would send no
    word.
    """
    projects: set[str] = set()
    for backlog_id in backlogs.ids_of(session, site_id):
        backlog = backlogs.find(session, backlog_id)
        if backlog is None:
            continue  # dropped a moment ago
        found = _projects(backlog, rankings.known(session, backlog_id))
        if found.wide:
            return found
        projects |= found.projects
    if not projects:
        return Scope(wide="the site has no backlog yet")
    if len(projects) > MOST_PROJECTS:
        return Scope(wide=f"{len(projects)} projects are more than {MOST_PROJECTS}")
    return Scope(frozenset(projects))


def named_projects(jql: str) -> frozenset[str]:
    """Name the projects that all of a JQL's issues are in; empty where it leaves that.

    Only what is sure counts: a condition joined by AND, of projects' keys.
    """
    for words in conditions(jql):
        if (found := _PROJECTS.fullmatch("".join(words))) is None:
            continue
        keys = [
            _KEY.fullmatch(one) for one in (found["one"] or found["many"]).split(",")
        ]
        if all(keys):
            return frozenset(key[1] for key in keys if key)
    return frozenset()


def _projects(backlog: Backlog, known: Known | None) -> Scope:
    names = known.names if known else ()
    read = {name.rpartition("-")[0] for name in names if not name.isdigit()}
    # Where Jira has taken the JQL as it is now, the projects that it names are there.
    taken = known is not None and known.backlog_version == backlog.version
    named = named_projects(backlog.jql) if taken else frozenset()
    if read or named:
        return Scope(frozenset(read | named))
    if not taken:
        return Scope(wide=f"backlog {backlog.id} was not read yet")
    return Scope(
        wide=f"backlog {backlog.id} is empty, and its JQL does not say by key which "
        "projects it is of"
    )
