"""Try on a site, while an admin waits, what is about to be saved.

What the site refuses is told with a pointer. Where a backlog cannot be tried now it is
saved all the same: its state tells later.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from http import HTTPStatus
from typing import Final

from app.api.parts import JiraReads, Parts, WikiReads
from app.api.problems import Fault, invalid
from app.books.backlogs import Backlog
from app.errors import SecretsError
from app.jql import in_rank_order
from connectors.errors import (
    ConnectorError,
    NotFoundError,
    RefusedError,
)
from scoring.item import Issue
from scoring.mapping import Mapping as FieldMapping
from scoring.reading.options import check_options, option_tables
from scoring.reading.shown import shown_options

_log = logging.getLogger(__name__)

# Which options a field has hangs on project and issue type: so many of both are asked.
MOST_KINDS: Final = 3
MOST_LOOKED_AT: Final = 50


def try_backlog(
    parts: Parts, wanted: Backlog, *, before: Backlog | None = None
) -> None:
    """Refuse a JQL or a space that the site refuses, where they are new.

    A site that cannot be reached, or does not let us in, keeps nobody from saving.
    """
    jql = wanted.jql if before is None or before.jql != wanted.jql else ""
    moved = before is None or before.pages != wanted.pages
    space = wanted.pages.space if wanted.pages and moved else ""
    if not jql and not space:
        return
    try:
        jira, wiki = _open(parts, wanted.site_id)
        faults = [
            *(_try_jql(jira, "/jql", jql) if jql else ()),
            *(_try_space(wiki, space) if space else ()),
        ]
    except (SecretsError, ConnectorError) as error:
        _log.warning("backlog %s is saved untried: %s", wanted.id, error)
        return
    if faults:
        raise invalid(*faults)


def try_mapping(jira: JiraReads, mapping: FieldMapping, backlog: Backlog) -> None:
    """Refuse searches that Jira refuses, and options that their fields do not have."""
    faults = list(_try_evidence(jira, mapping))
    sought = [table.field for table in option_tables(mapping)]
    try:
        found = _first_issues(jira, backlog, sought)
    except RefusedError as error:
        told = f"Jira refuses the backlog's own JQL, {backlog.jql}: {_words(error)}"
        faults.append(Fault("", "backlog_jql_refused", told))
        found = ()
    if sought:
        faults += _misnamed(jira, mapping, found, sought)
    if faults:
        raise invalid(*faults)


def read_options(
    jira: JiraReads, backlog: Backlog, sought: Sequence[str]
) -> dict[str, set[str]]:
    """Read which options fields have, as far as the backlog's first issues tell."""
    try:
        found = _first_issues(jira, backlog, sought)
    except ConnectorError as error:
        _log.info("options of %s cannot be read: %s", backlog.id, error)
        return {}
    return _read_options(jira, found, sought)


def _first_issues(
    jira: JiraReads, backlog: Backlog, sought: Sequence[str]
) -> tuple[Issue, ...]:
    return jira.peek(
        in_rank_order(backlog.jql),
        fields=["issuetype", "project", *sought],
        most=MOST_LOOKED_AT if sought else 1,
    )


def _open(parts: Parts, site_id: str) -> tuple[JiraReads, WikiReads]:
    with parts.database.reading() as session:
        site = parts.sites.find(session, site_id)
        if site is None:
            raise NotFoundError(f"there is no site {site_id!r} any more")
        secrets = parts.sites.secrets(session, site_id)
    return parts.connect(site, secrets)


def _try_evidence(jira: JiraReads, mapping: FieldMapping) -> Iterator[Fault]:
    for part in fields(mapping.evidence):
        uses = getattr(mapping.evidence, part.name)
        if uses is not None:
            yield from _try_jql(jira, f"/evidence/{part.name}/jql", uses.jql)


def _try_jql(jira: JiraReads, pointer: str, jql: str) -> Iterator[Fault]:
    """Have Jira run a search; gathering asks for the same in the order of rank."""
    try:
        jira.peek(in_rank_order(jql))
    except RefusedError as error:
        yield Fault(pointer, "jql_refused", f"Jira refuses it: {_words(error)}")


def _try_space(wiki: WikiReads, space: str) -> Iterator[Fault]:
    try:
        wiki.space_id(space)
    except NotFoundError as error:
        yield Fault("/pages/space", "unknown", str(error))


def _words(error: RefusedError) -> str:
    """Give Jira's own words on a search; any other refusal is not about the search."""
    if error.status != HTTPStatus.BAD_REQUEST:
        raise error
    return "; ".join(error.messages) or str(error)


def _misnamed(
    jira: JiraReads,
    mapping: FieldMapping,
    issues: Sequence[Issue],
    sought: Sequence[str],
) -> Iterator[Fault]:
    known = _read_options(jira, issues, sought)
    for one in check_options(mapping, known):
        yield Fault(one.pointer, one.code, one.message, candidates=one.candidates)


def _read_options(
    jira: JiraReads, issues: Sequence[Issue], sought: Sequence[str]
) -> dict[str, set[str]]:
    """Read which options there are, as far as Jira lists them for real issues.

    An option that an issue still holds is one, even where nobody can choose it anew.
    """
    known: dict[str, set[str]] = {}
    for issue in _kinds(issues).values():
        try:
            meta = jira.editmeta(issue.key)
        except ConnectorError as error:
            _log.info("options of %s cannot be read: %s", issue.key, error)
            continue
        for field in sought:
            if field in meta and meta[field].options:
                known.setdefault(field, set()).update(meta[field].options)
    for field, names in known.items():
        for issue in issues:
            names.update(shown_options(issue.fields.get(field)) or ())
    return known


def _kinds(issues: Sequence[Issue]) -> Mapping[object, Issue]:
    """Choose an issue of each of a few projects and types."""
    kinds: dict[object, Issue] = {}
    for issue in issues:
        kind = [_id(issue.fields.get(name)) for name in ("project", "issuetype")]
        if len(kinds) < MOST_KINDS:
            kinds.setdefault(tuple(kind), issue)
    return kinds


def _id(value: object) -> object:
    return value.get("id") if isinstance(value, Mapping) else None
