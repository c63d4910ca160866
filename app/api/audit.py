"""REST for the audit: who did what to what."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.api.guard import GuardedRoute, needs
from app.api.paging import Cursor, Limit, Listing, before_number, cut
from app.api.parts import TheParts
from app.books.keys import Role

router = APIRouter(prefix="/audit", tags=["operations"], route_class=GuardedRoute)

LIST = "audit"


class EntryAnswer(BaseModel):
    """One thing that was done."""

    id: int
    at: datetime
    actor: str
    action: str
    object: str
    detail: dict[str, Any]


@router.get("")
@needs(Role.READER)
def list_audit(
    parts: TheParts,
    on: Annotated[
        str,
        Query(
            max_length=200,
            pattern=r"^[A-Za-z0-9/_.-]*$",
            description="Only entries on this object, such as `backlogs/harbour`",
            alias="object",
        ),
    ] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[EntryAnswer]:
    """List the entries, newest first."""
    before = before_number(LIST, cursor)
    with parts.database.reading() as session:
        found = parts.audit.list(session, object_id=on, before=before, limit=limit + 1)
    kept, more = cut(found, limit, LIST, lambda entry: entry.id)
    items = [EntryAnswer.model_validate(entry, from_attributes=True) for entry in kept]
    return Listing(items=items, next_cursor=more)
