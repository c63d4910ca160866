"""REST for deliveries: what Jira sent, and what became of each."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from app.api.guard import GuardedRoute, needs
from app.api.paging import Cursor, Limit, Listing, before_number, cut
from app.api.parts import TheParts
from app.api.problems import not_found
from app.api.words import ID_PATTERN
from app.books.keys import Role
from app.books.received import Received

router = APIRouter(prefix="/deliveries", tags=["operations"], route_class=GuardedRoute)

LIST = "deliveries"
DeliveryState = Literal["new", "done", "ignored", "dead"]


class DeliveryAnswer(BaseModel):
    """A delivery; its body is never shown."""

    id: int
    site: str
    identifier: str
    state: DeliveryState
    reason: str
    event: str
    issue_key: str
    retry: int
    received_at: datetime
    closed_at: datetime | None


def _answer(received: Received) -> DeliveryAnswer:
    values = asdict(received)
    return DeliveryAnswer(site=values.pop("site_id"), **values)


@router.get("")
@needs(Role.READER)
def list_deliveries(
    parts: TheParts,
    state: DeliveryState | None = None,
    site: Annotated[str, Query(pattern=ID_PATTERN)] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[DeliveryAnswer]:
    """List the deliveries, newest first."""
    before = before_number(LIST, cursor)
    with parts.database.reading() as session:
        found = parts.received.list(
            session,
            state=state or "",
            site_id=site or "",
            before=before,
            limit=limit + 1,
        )
    kept, more = cut(found, limit, LIST, lambda received: received.id)
    return Listing(items=[_answer(received) for received in kept], next_cursor=more)


@router.get("/{delivery}")
@needs(Role.READER)
def show_delivery(
    delivery: Annotated[int, Path(ge=1, lt=2**63)], parts: TheParts
) -> DeliveryAnswer:
    """Show one delivery."""
    with parts.database.reading() as session:
        found = parts.received.find(session, delivery)
    if found is None:
        raise not_found("delivery", str(delivery))
    return _answer(found)
