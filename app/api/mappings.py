"""REST for mappings: suggested, tried on real issues, then saved as versions."""

from collections.abc import Mapping as Object
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.api.backlogs import read_backlog
from app.api.calls import Edit, TheEdit
from app.api.etags import ABSENT, IfNoneMatch, etag, is_known
from app.api.guard import GuardedRoute, needs
from app.api.live import open_jira
from app.api.paging import Cursor, Limit, Listing, before_number, cut
from app.api.parts import JiraReads, Parts, TheParts
from app.api.problems import Fault, ProblemError, invalid
from app.api.suggestions import CHOICES, Suggestions, suggest
from app.api.trying import read_options, try_mapping
from app.books.backlogs import Backlog
from app.books.keys import Role
from app.books.mappings import SavedMapping
from app.jql import in_rank_order
from app.work.copying import ALWAYS
from scoring.item import Gap, Issue, Item, Mode
from scoring.mapping import (
    Mapping,
    MappingError,
    mapping_fields,
    read_mapping,
    write_mapping,
)
from scoring.pointed import Problem
from scoring.reading.check import check_mapping
from scoring.reading.item import read_item
from scoring.reading.links import read_links
from scoring.reading.names import resolve_names

router = APIRouter(
    prefix="/backlogs/{backlog}/mapping", tags=["mapping"], route_class=GuardedRoute
)

LIST = "versions"
MOST_TRIED = 50

MappingBody = Annotated[
    dict[str, Any],
    Body(
        description="Which field plays which role; fields by id, or by a unique name",
        examples=[
            {
                "cost_of_delay": {
                    "model": "direct",
                    "value": {
                        "read": "number",
                        "field": "customfield_10101",
                        "per": "week",
                    },
                },
                "duration": {
                    "read": "number",
                    "field": "customfield_10102",
                    "unit": "weeks",
                },
            }
        ],
    ),
]


class VersionAnswer(BaseModel):
    """One version of a mapping."""

    version: int
    saved_by: str
    saved_at: datetime
    mapping: dict[str, Any]


class TriedItem(BaseModel):
    """What a mapping makes of an issue: per week and in weeks, with its sources."""

    key: str
    summary: str
    cost_of_delay: float
    duration: float
    deadline: str | None
    team: str
    sources: list[dict[str, Any]]


class TriedGap(BaseModel):
    """Why a mapping makes nothing of an issue."""

    key: str
    summary: str
    reason: str
    role: str
    field: str


class Trial(BaseModel):
    """A mapping tried on the first issues of a backlog; nothing is saved."""

    issues: int
    items: list[TriedItem]
    gaps: list[TriedGap]
    links: list[dict[str, str]]


def _current(parts: Parts, session: Session, path: Object[str, str]) -> str | None:
    read_backlog(parts, session, path["backlog"])
    saved = parts.mappings.newest(session, path["backlog"])
    return etag(saved.version) if saved else None


@router.get(
    "",
    response_model=dict[str, Any],
    responses={HTTPStatus.NOT_MODIFIED: {"description": "Still as you know it"}},
)
@needs(Role.READER)
def show_mapping(
    backlog: str, parts: TheParts, response: Response, if_none_match: IfNoneMatch = None
) -> Any:
    """Show the mapping in force, as it may be sent back."""
    with parts.database.reading() as session:
        read_backlog(parts, session, backlog)
        saved = parts.mappings.newest(session, backlog)
    if saved is None:
        raise ProblemError(
            HTTPStatus.NOT_FOUND,
            "no_mapping",
            f"Nothing is mapped yet. See /api/v1/backlogs/{backlog}/mapping/suggestions"
            " for a beginning, then PUT the mapping here.",
            headers={"ETag": ABSENT},
        )
    response.headers["ETag"] = tag = etag(saved.version)
    if is_known(if_none_match, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    return dict(saved.mapping)


@router.put("", responses={HTTPStatus.CREATED: {"description": "The first one"}})
@needs(Role.ADMIN, current=_current)
def replace_mapping(backlog: str, body: MappingBody, edit: TheEdit) -> dict[str, Any]:
    """Put a mapping in force, once it fits what the site's Jira has.

    The first one needs no If-Match. The one already in force makes no new version.
    """
    found, jira = _open(edit.parts, backlog)
    checked = read_checked(body, jira, found.mode)
    try_mapping(jira, checked, found)
    wanted = write_mapping(checked)
    with edit.parts.database.writing() as session:
        before = _newest(edit, session, backlog)
        saved = edit.parts.mappings.save(
            session, backlog, wanted, by=edit.actor, now=edit.parts.now()
        )
        if before is None or saved.version != before.version:
            detail = {"version": saved.version}
            edit.note(session, "mapping_saved", f"backlogs/{found.id}/mapping", detail)
            edit.touch(session, [backlog], "mapping saved")
    edit.tag(saved.version)
    if before is None:
        edit.response.status_code = HTTPStatus.CREATED
    return dict(saved.mapping)


def _newest(edit: Edit, session: Session, backlog: str) -> SavedMapping | None:
    """Read the mapping in force again, now that nobody else can save another."""
    read_backlog(edit.parts, session, backlog, lock=True)
    saved = edit.parts.mappings.newest(session, backlog, lock=True)
    if saved is not None:
        edit.require(saved.version)
    return saved


@router.get("/suggestions")
@needs(Role.READER)
def suggest_mapping(backlog: str, parts: TheParts) -> Suggestions:
    """Suggest fields for each role, from their names, types and options."""
    found, jira = _open(parts, backlog)
    fields = jira.fields()
    sought = [field.id for field in fields if field.custom and field.kind in CHOICES]
    options = read_options(jira, found, sought)
    return suggest(fields, jira.link_types(), found.mode, options)


@router.post("/preview")
@needs(Role.ADMIN)
def preview_mapping(
    backlog: str,
    body: MappingBody,
    parts: TheParts,
    limit: Annotated[int, Query(ge=1, le=MOST_TRIED)] = 20,
) -> Trial:
    """Try a mapping on the first issues of the backlog; nothing is saved or written."""
    found, jira = _open(parts, backlog)
    mapping = read_checked(body, jira, found.mode)
    try_mapping(jira, mapping, found)
    fields = sorted({*ALWAYS, *(use.field for use in mapping_fields(mapping))})
    issues = list(islice(jira.search(in_rank_order(found.jql), fields=fields), limit))
    return _try(found, mapping, issues)


@router.get("/versions")
@needs(Role.READER)
def list_versions(
    backlog: str, parts: TheParts, limit: Limit = 50, cursor: Cursor = None
) -> Listing[VersionAnswer]:
    """List the versions, newest first."""
    name = f"{LIST}:{backlog}"
    before = before_number(name, cursor)
    with parts.database.reading() as session:
        read_backlog(parts, session, backlog)
        found = parts.mappings.list(session, backlog, before=before, limit=limit + 1)
    kept, more = cut(found, limit, name, lambda saved: saved.version)
    items = [VersionAnswer.model_validate(one, from_attributes=True) for one in kept]
    return Listing(items=items, next_cursor=more)


def read_checked(body: Object[str, Any], jira: JiraReads, mode: Mode) -> Mapping:
    """Hold a mapping against the site and the mode, or answer 422 with candidates."""
    fields, types = jira.fields(), jira.link_types()
    try:
        mapping = read_mapping(resolve_names(dict(body), fields, types))
    except MappingError as error:
        raise invalid(*map(_fault, error.problems)) from error
    if problems := check_mapping(mapping, fields, types, mode):
        raise invalid(*map(_fault, problems))
    return mapping


def _fault(problem: Problem) -> Fault:
    return Fault(
        problem.pointer, problem.code, problem.message, candidates=problem.candidates
    )


def _open(parts: Parts, backlog: str) -> tuple[Backlog, JiraReads]:
    with parts.database.reading() as session:
        found = read_backlog(parts, session, backlog)
    return found, open_jira(parts, found.site_id)


def _try(backlog: Backlog, mapping: Mapping, issues: list[Issue]) -> Trial:
    read = [
        read_item(
            issue, mapping, mode=backlog.mode, currency=backlog.currency, place=place
        )
        for place, issue in enumerate(issues)
    ]
    return Trial(
        issues=len(issues),
        items=[_tried(one) for one in read if isinstance(one, Item)],
        gaps=[
            TriedGap.model_validate(one, from_attributes=True)
            for one in read
            if isinstance(one, Gap)
        ],
        links=[
            {"blocker": link.blocker, "blocked": link.blocked}
            for link in read_links(issues, mapping)
        ],
    )


def _tried(item: Item) -> TriedItem:
    return TriedItem(
        key=item.key,
        summary=item.summary,
        cost_of_delay=item.cost_of_delay,
        duration=item.duration,
        deadline=item.deadline.isoformat() if item.deadline else None,
        team=item.team,
        sources=[
            {
                "role": source.role,
                "field": source.field,
                "text": source.text,
                "value": source.value,
                "unit": source.unit,
                "formula": source.formula,
            }
            for source in item.sources
        ],
    )
