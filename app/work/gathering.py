"""Gather one backlog from Jira: issues in Jira's order, and what was noted beside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from app.books.backlogs import Backlog
from app.jql import in_rank_order
from connectors.errors import RefusedError, UnauthorizedError
from connectors.jira import MOST_RECONCILED, Jira
from scoring.evidence import Evidence
from scoring.item import Gap, Issue, Item, Link
from scoring.mapping import Mapping as FieldMapping
from scoring.mapping import mapping_fields
from scoring.reading.evidence import read_evidence
from scoring.reading.item import read_item
from scoring.reading.links import read_links

# What every reading needs besides the mapped fields.
ALWAYS = ("summary", "status", "issuelinks", "updated")
MOST_ISSUES = 50_000
MOST_NOTES = 1_000


class TooManyIssuesError(Exception):
    """The JQL finds more than we rank together; nothing is written."""


class VanishedFieldError(Exception):
    """The mapping names a field that we can no longer see: nothing is read or written.

    Read on, every issue would look empty and lose its score.
    """


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read. `issues` stand in Jira's order and are all still open.

    `keys` name every issue read, evidence too: by key and by id. `names` are the
    names of the site's fields by id. `troubles` says which part of the evidence could
    not be read, and why.
    """

    issues: tuple[Issue, ...]
    read: tuple[Item | Gap, ...]
    links: tuple[Link, ...]
    evidence: Evidence
    keys: tuple[str, ...]
    names: Mapping[str, str]
    troubles: Mapping[str, str]


def gather(
    jira: Jira,
    backlog: Backlog,
    mapping: FieldMapping,
    *,
    fresh: Sequence[str] = (),
) -> Gathered:
    """Read a backlog and what its mapping names beside it.

    `fresh` are the numeric ids of issues that have just changed: Jira's search is
    behind by seconds, but for those that it is asked to look up (50 at most).
    Raises the connectors' errors, `TooManyIssuesError` and `VanishedFieldError`.
    """
    names = {field.id: field.name for field in jira.fields()}
    _refuse_vanished(mapping, names)
    fields = sorted({*ALWAYS, *(use.field for use in mapping_fields(mapping))})
    jql, mode, currency = backlog.jql, backlog.mode, backlog.currency
    found = _search(jira, in_rank_order(jql), fields, MOST_ISSUES, fresh)
    issues = in_order(issue for issue in found if not issue.done)
    links = read_links(issues, mapping)
    noted, troubles = _read_notes(jira, mapping, fields)
    own = frozenset(issue.key for issue in issues)
    notes = [issue for found in noted.values() for issue in found]
    return Gathered(
        issues=issues,
        read=tuple(
            read_item(issue, mapping, mode=mode, currency=currency, place=place)
            for place, issue in enumerate(issues)
        ),
        links=links,
        evidence=read_evidence(mapping, **noted, keys=own),
        keys=tuple(n for issue in (*issues, *notes) for n in (issue.key, issue.id)),
        names=names,
        troubles=troubles,
    )


def _refuse_vanished(mapping: FieldMapping, names: Mapping[str, str]) -> None:
    gone = {u.field: u.role for u in mapping_fields(mapping) if u.field not in names}
    if gone:
        told = ", ".join(f"{field} ({role})" for field, role in gone.items())
        raise VanishedFieldError(
            f"the site shows no field {told} any more: give the account its sight back,"
            " or map another field"
        )


def _read_notes(
    jira: Jira, mapping: FieldMapping, fields: Sequence[str]
) -> tuple[dict[str, list[Issue]], dict[str, str]]:
    """Read what was noted beside; a search that is refused costs only its own pages."""
    noted: dict[str, list[Issue]] = {}
    troubles: dict[str, str] = {}
    for name in ("factors", "insights", "experiments"):
        uses = getattr(mapping.evidence, name)
        if uses is None:
            continue
        try:
            noted[name] = _search(jira, uses.jql, fields, MOST_NOTES)
        except UnauthorizedError:
            raise
        except (RefusedError, TooManyIssuesError) as error:
            noted[name] = []
            troubles[name] = str(error)
    return noted, troubles


def changed_ids(reasons: Iterable[str]) -> list[str]:
    """Take the numbers of the issues whose change set the mark, newest first."""
    numbers = (reason.rpartition("#")[2] for reason in reasons if "#" in reason)
    known = dict.fromkeys(number for number in numbers if number.isdigit())
    return list(reversed(known))


def in_order(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Put issues in the order of their rank values, where all of them have one.

    A search that is asked for changed issues has their values, not yet their places.
    """
    found = tuple(issues)
    if all(issue.rank for issue in found):
        return tuple(sorted(found, key=lambda issue: issue.rank))
    return found


def _search(
    jira: Jira, jql: str, fields: Sequence[str], most: int, fresh: Sequence[str] = ()
) -> list[Issue]:
    came = jira.search(jql, fields=fields, reconcile=fresh[:MOST_RECONCILED])
    found = list(islice(came, most + 1))
    if len(found) > most:
        raise TooManyIssuesError(
            f"«{jql}» finds more than {most:,} issues; narrow it with a project, a "
            "status or an issue type"
        )
    return found
