"""The backlog as a table: which columns, which rows, in rank order."""

import re
from dataclasses import dataclass
from typing import Final

from connectors.sandbox.accounts import Account
from connectors.sandbox.fields import RANK, SPRINT, Field
from connectors.sandbox.model import Issue
from connectors.sandbox.state import Site
from connectors.sandbox.web.cells import NUMBERS, Cell, cell

FIRST: Final = ("status", "duedate")  # built-in fields that every backlog shows
_SCORE: Final = re.compile(r"\b(cd3|score|delay cost)\b", re.IGNORECASE)
_COST: Final = re.compile(r"\b(cost|value|duration|days|weeks)\b", re.IGNORECASE)
MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the backlog is to be seen."""

    project: str
    words: str = ""
    done: bool = False
    most: int = MOST_ROWS


@dataclass(frozen=True, slots=True)
class Row:
    """One issue; `links` are phrase and key, from this issue's side."""

    key: str
    place: int
    summary: Cell
    kind: str
    category: str
    cells: tuple[Cell, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that are shown, and how many there are in all."""

    columns: tuple[Field, ...]
    rows: tuple[Row, ...]
    found: int

    @property
    def signature(self) -> str:
        """What changes when the columns do."""
        return ",".join(column.id for column in self.columns)


def table(site: Site, wanted: Wanted) -> Table:
    """Make the table; the site's lock is held."""
    shown = [
        issue
        for issue in site.in_rank_order()
        if issue.project == wanted.project and (wanted.done or not _done(site, issue))
    ]
    # A board's project is one that will be scored, even if it was not yet.
    ranked = any(board.project == wanted.project for board in site.boards)
    columns = tuple(site.fields[name] for name in FIRST)
    columns += _columns(site, shown, scored=ranked)
    # Only what may be shown is read, but a filter has to read everything.
    numbered = list(enumerate(shown, 1))
    if words := wanted.words.casefold().split():
        numbered = [
            (place, issue)
            for place, issue in numbered
            if _holds(_row(site, issue, place, columns), words)
        ]
    rows = (
        _row(site, issue, place, columns) for place, issue in numbered[: wanted.most]
    )
    return Table(columns, tuple(rows), len(numbered))


def people(site: Site) -> list[Account]:
    """List the accounts as which somebody may edit here, real people first."""
    able = [one for one in site.accounts if one.may("EDIT_ISSUES")]
    return sorted(able, key=lambda one: one.type != "atlassian")


def _columns(site: Site, issues: list[Issue], *, scored: bool) -> tuple[Field, ...]:
    """Choose the custom fields: scores first, then costs and durations, then others."""
    used = {name for issue in issues for name, kept in issue.values.items() if kept}
    fields = [
        field
        for field in site.fields.values()
        if field.custom
        and field.id not in (RANK, SPRINT)
        and (field.id in used or (scored and _is_score(field)))
    ]
    return tuple(
        sorted(
            fields,
            key=lambda one: (
                not _is_score(one),
                not (_is_score(one) or _COST.search(one.name)),
                one.id,
            ),
        )
    )


def _is_score(field: Field) -> bool:
    return (
        field.kind in NUMBERS
        and bool(_SCORE.search(field.name))
        and "per week" not in field.name
    )


def _done(site: Site, issue: Issue) -> bool:
    return site.status(issue.values["status"]).category == "done"


def _row(site: Site, issue: Issue, place: int, columns: tuple[Field, ...]) -> Row:
    kinds = {one.id: one.name for one in site.issue_types}
    return Row(
        key=issue.key,
        place=place,
        summary=cell(site, site.fields["summary"], issue),
        kind=kinds.get(issue.values.get("issuetype", ""), ""),
        category=site.status(issue.values["status"]).category,
        cells=tuple(cell(site, column, issue) for column in columns),
        links=_links(site, issue),
    )


def _links(site: Site, issue: Issue) -> tuple[tuple[str, str], ...]:
    types = {one.id: one for one in site.link_types}
    told = []
    for link_id in site.links_of.get(issue.id, ()):
        link = site.links[link_id]
        outward = link.source == issue.id
        other = site.issues[link.target if outward else link.source]
        kind = types[link.type]
        told.append((kind.outward if outward else kind.inward, other.key))
    return tuple(sorted(told))


def _holds(row: Row, words: list[str]) -> bool:
    everything = " ".join(
        (
            row.key,
            row.summary.shown,
            row.kind,
            *(one.shown for one in row.cells),
            *(key for _, key in row.links),
        )
    ).casefold()
    return all(word in everything for word in words)
