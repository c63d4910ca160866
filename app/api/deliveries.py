"""REST for deliveries: what Jira sent, what became of each, and dead letters."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from app.api.calls import Call, TheCall, caller_of
from app.api.delivery_schemas import (
    Beginning,
    DeliveryAnswer,
    DeliveryDetail,
    DeliveryState,
    Discard,
    Replay,
    Replayed,
)
from app.api.guard import GuardedRoute, needs
from app.api.paging import Cursor, Limit, Listing, before_number, cut
from app.api.parts import Parts, TheParts
from app.api.problems import ProblemError, not_found
from app.api.words import ID_PATTERN
from app.books.keys import Key, Role
from app.books.received import Received, Which
from webhooks.redaction import redact

router = APIRouter(prefix="/deliveries", tags=["operations"], route_class=GuardedRoute)

LIST = "deliveries"
DeliveryId = Annotated[int, Path(ge=1, lt=2**63)]


def _which(
    state: DeliveryState | None = None,
    site: Annotated[str, Query(pattern=ID_PATTERN)] | None = None,
    reason: Annotated[Beginning, Query(description="How the reason begins")] = "",
    event: Annotated[Beginning, Query(description="How the event's name begins")] = "",
    since: Annotated[
        AwareDatetime | None,
        Query(description="Only what came then or later, as 2026-11-02T09:00:00Z"),
    ] = None,
) -> Which:
    return Which(
        state=state or "", site_id=site or "", reason=reason, event=event, since=since
    )


@router.get("")
@needs(Role.READER)
def list_deliveries(
    parts: TheParts,
    which: Annotated[Which, Depends(_which)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[DeliveryAnswer]:
    """List the deliveries, newest first; dead letters are those with `state=dead`."""
    before = before_number(LIST, cursor)
    with parts.database.reading() as session:
        found = parts.received.list(session, which, before=before, limit=limit + 1)
    kept, more = cut(found, limit, LIST, lambda received: received.id)
    return Listing(items=[DeliveryAnswer.of(one) for one in kept], next_cursor=more)


@router.post("/replay")
@needs(Role.APPROVER)
def replay_deliveries(body: Replay, call: TheCall) -> Replayed:
    """Have many deliveries read again: dead letters, unless told otherwise.

    Each goes the same way as before under the same identity. Where some are `left`,
    call again with `after` set to `last`. What still cannot be worked off comes back
    as dead.
    """
    parts, which = call.parts, body.which()
    if body.dry_run:
        with parts.database.reading() as session:
            matched = parts.received.count(session, which)
        return Replayed(matched=matched, replayed=0, left=matched, dry_run=True)
    with parts.database.writing() as session:
        matched = parts.received.count(session, which)
        done = parts.letters.replay(
            session, which, actor=call.actor, now=parts.now(), limit=body.limit
        )
    return Replayed(
        matched=matched,
        replayed=len(done),
        left=matched - len(done),
        last=done[-1] if done else None,
        dry_run=False,
    )


@router.get("/{delivery}")
@needs(Role.READER)
def show_delivery(
    delivery: DeliveryId, parts: TheParts, caller: Annotated[Key, Depends(caller_of)]
) -> DeliveryDetail:
    """Show one delivery with its history; its body for approvers and admins only."""
    with parts.database.reading() as session:
        found = _find(parts, session, delivery)
        shown = caller.role.may(Role.APPROVER)
        body = parts.received.body(session, delivery) if shown else b""
    return DeliveryDetail.whole(found, redact(body) if shown else None)


@router.post("/{delivery}/replay")
@needs(Role.APPROVER)
def replay_delivery(delivery: DeliveryId, call: TheCall) -> DeliveryAnswer:
    """Have one delivery read again, the same way and under the same identity."""
    parts = call.parts
    with parts.database.writing() as session:
        found = _find(parts, session, delivery)
        if not parts.letters.replay(
            session, [delivery], actor=call.actor, now=parts.now()
        ):
            raise ProblemError(
                HTTPStatus.CONFLICT,
                "not_read_yet",
                f"Delivery {found.id} waits to be read; there is nothing to repeat.",
            )
    return _shown(call, delivery)


@router.post("/{delivery}/discard")
@needs(Role.APPROVER)
def discard_delivery(
    delivery: DeliveryId, body: Discard, call: TheCall
) -> DeliveryAnswer:
    """Put a dead letter away for good; it stays in the list as ignored, with why."""
    parts = call.parts
    with parts.database.writing() as session:
        found = _find(parts, session, delivery)
        if not parts.letters.discard(
            session, [delivery], reason=body.reason, actor=call.actor, now=parts.now()
        ):
            raise ProblemError(
                HTTPStatus.CONFLICT,
                "not_dead",
                f"Delivery {found.id} is {found.state}; only dead ones are discarded.",
            )
    return _shown(call, delivery)


def _shown(call: Call, delivery: int) -> DeliveryAnswer:
    with call.parts.database.reading() as session:
        return DeliveryAnswer.of(_find(call.parts, session, delivery))


def _find(parts: Parts, session: Session, delivery: int) -> Received:
    found = parts.received.find(session, delivery)
    if found is None:
        raise not_found("delivery", str(delivery))
    return found
