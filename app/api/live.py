"""REST for what a site's Jira has, read live, so that people can choose from it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.api.guard import GuardedRoute, needs
from app.api.paging import Cursor, Limit, Listing, after_text, before_number, cut
from app.api.parts import JiraReads, Parts, TheParts
from app.api.sites import read_site
from app.books.keys import Role
from scoring.pointed import fold
from scoring.reading.fields import JiraField, LinkType

router = APIRouter(prefix="/sites/{site}", tags=["sites"], route_class=GuardedRoute)

TheQuery = Annotated[
    str, Query(max_length=200, description="Only those whose name or id holds this")
]


class FieldAnswer(BaseModel):
    """A field of the site's Jira."""

    id: str
    name: str
    type: str = Field(description="Such as number, option, array/option, date")
    custom: bool
    project: str | None = Field(description="The one project that it is for")
    same_name: list[str] = Field(
        description="Other fields with this name: choose by id"
    )

    @classmethod
    def of(cls, field: JiraField, named: Mapping[str, Sequence[str]]) -> Self:
        """Write a field as an answer."""
        return cls(
            id=field.id,
            name=field.name,
            type=field.kind,
            custom=field.custom,
            project=field.scope or None,
            same_name=[one for one in named[fold(field.name)] if one != field.id],
        )


class LinkTypeAnswer(BaseModel):
    """A link type, with the phrase that is read at each end."""

    id: str
    name: str
    outward: str
    inward: str


class BoardAnswer(BaseModel):
    """A board."""

    id: int
    name: str
    type: str


def open_jira(parts: Parts, site: str) -> JiraReads:
    """Connect to a site's Jira, or answer 404."""
    with parts.database.reading() as session:
        found = read_site(parts, session, site)
        secrets = parts.sites.secrets(session, site)
    jira, _confluence = parts.connect(found, secrets)
    return jira


@router.get("/fields")
@needs(Role.READER)
def list_fields(
    site: str,
    parts: TheParts,
    query: TheQuery = "",
    limit: Limit = 200,
    cursor: Cursor = None,
) -> Listing[FieldAnswer]:
    """List the fields by id; names that several fields share are told."""
    after = after_text("fields", cursor)
    fields = open_jira(parts, site).fields()
    named: defaultdict[str, list[str]] = defaultdict(list)
    for field in fields:
        named[fold(field.name)].append(field.id)
    found = sorted(
        (field for field in fields if _fits(query, field.name, field.id)),
        key=lambda field: field.id,
    )
    rest = [field for field in found if field.id > after]
    kept, more = cut(rest, limit, "fields", lambda field: field.id)
    items = [FieldAnswer.of(field, named) for field in kept]
    return Listing(items=items, next_cursor=more)


@router.get("/link-types")
@needs(Role.READER)
def list_link_types(
    site: str, parts: TheParts, limit: Limit = 200, cursor: Cursor = None
) -> Listing[LinkTypeAnswer]:
    """List the link types by id."""
    after = after_text("link-types", cursor)
    types = sorted(open_jira(parts, site).link_types(), key=lambda one: one.id)
    rest: list[LinkType] = [one for one in types if one.id > after]
    kept, more = cut(rest, limit, "link-types", lambda one: one.id)
    items = [LinkTypeAnswer.model_validate(one, from_attributes=True) for one in kept]
    return Listing(items=items, next_cursor=more)


@router.get("/boards")
@needs(Role.READER)
def list_boards(
    site: str,
    parts: TheParts,
    query: TheQuery = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[BoardAnswer]:
    """List the boards whose name holds the query, by id, 200 in all at most."""
    after = before_number("boards", cursor) or 0
    boards = sorted(open_jira(parts, site).boards(query), key=lambda board: board.id)
    rest = [board for board in boards if board.id > after]
    kept, more = cut(rest, limit, "boards", lambda board: board.id)
    items = [
        BoardAnswer(id=board.id, name=board.name, type=board.type) for board in kept
    ]
    return Listing(items=items, next_cursor=more)


def _fits(query: str, *texts: str) -> bool:
    return any(fold(query) in fold(text) for text in texts)
