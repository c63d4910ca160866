"""REST for held writes: issues that could not be written, and why."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from app.api.calls import TheCall
from app.api.guard import GuardedRoute, needs
from app.api.paging import Cursor, Limit, Listing, after_text, cut
from app.api.parts import TheParts
from app.api.problems import not_found
from app.api.sites import read_site
from app.books.held import HeldWrites
from app.books.keys import Role

router = APIRouter(
    prefix="/sites/{site}/held-writes", tags=["sites"], route_class=GuardedRoute
)

LIST = "held-writes"
IssueKey = Annotated[str, Path(pattern=r"^[A-Z][A-Z0-9_]{0,254}-[0-9]{1,18}$")]


class HeldAnswer(BaseModel):
    """One issue that is not written before `not_before`; `dead` means given up."""

    key: str
    state: str
    attempts: int
    reason: str
    first_at: datetime
    not_before: datetime


@router.get("")
@needs(Role.READER)
def list_held_writes(
    site: str, parts: TheParts, limit: Limit = 50, cursor: Cursor = None
) -> Listing[HeldAnswer]:
    """List the issues of a site that could not be written, by key."""
    after = after_text(LIST, cursor)
    with parts.database.reading() as session:
        read_site(parts, session, site)
        held = HeldWrites(parts.database)
        found = held.list(session, site, after=after, limit=limit + 1)
    kept, more = cut(found, limit, LIST, lambda one: one.key)
    items = [HeldAnswer.model_validate(one, from_attributes=True) for one in kept]
    return Listing(items=items, next_cursor=more)


@router.post("/{key}/retry", status_code=HTTPStatus.ACCEPTED)
@needs(Role.APPROVER)
def retry_held_write(site: str, key: IssueKey, call: TheCall) -> dict[str, str]:
    """Have an issue written with the next rescore, which begins at once."""
    parts = call.parts
    with parts.database.writing() as session:
        read_site(parts, session, site)
        if not HeldWrites(parts.database).drop(session, site, key):
            raise not_found("held write", key)
        backlogs = parts.backlogs.ids_of(session, site)
        call.touch(session, backlogs, f"held write of {key} released")
        call.note(session, "held_write_released", f"sites/{site}", {"key": key})
    return {"key": key, "state": "released"}
