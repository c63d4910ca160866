"""REST for backlogs: what is ranked together, and what may be done about it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from sqlalchemy.orm import Session

from app.api.backlog_schemas import (
    BacklogAnswer,
    BacklogInput,
    ChangedBacklog,
    NewBacklog,
    currency_of,
    pages_of,
    policy_of,
)
from app.api.calls import Call, Edit, TheCall, TheEdit
from app.api.etags import IfNoneMatch, etag, is_known
from app.api.guard import GuardedRoute, needs
from app.api.ids import choose_id
from app.api.merging import merge
from app.api.paging import Cursor, Limit, Listing, after_text, cut
from app.api.parts import Parts, TheParts
from app.api.problems import Fault, invalid, not_found
from app.api.trying import try_backlog
from app.api.words import ID_PATTERN, is_id
from app.books.backlogs import Backlog
from app.books.keys import Role

router = APIRouter(prefix="/backlogs", tags=["backlogs"], route_class=GuardedRoute)

LIST = "backlogs"
MOST_NAMED = 20


def read_backlog(
    parts: Parts, session: Session, name: str, *, lock: bool = False
) -> Backlog:
    """Find a backlog or answer 404."""
    backlog = parts.backlogs.find(session, name, lock=lock) if is_id(name) else None
    if backlog is None:
        raise not_found("backlog", name)
    return backlog


def _current(parts: Parts, session: Session, path: Mapping[str, str]) -> str:
    return etag(read_backlog(parts, session, path["backlog"]).version)


@router.get("")
@needs(Role.READER)
def list_backlogs(
    parts: TheParts,
    site: Annotated[str, Query(pattern=ID_PATTERN)] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[BacklogAnswer]:
    """List the backlogs."""
    after = after_text(LIST, cursor)
    with parts.database.reading() as session:
        found = parts.backlogs.list(
            session, site_id=site or "", after=after, limit=limit + 1
        )
    kept, more = cut(found, limit, LIST, lambda backlog: backlog.id)
    return Listing(items=[BacklogAnswer.of(one) for one in kept], next_cursor=more)


@router.post("", status_code=HTTPStatus.CREATED)
@needs(Role.ADMIN)
def create_backlog(body: NewBacklog, call: TheCall) -> BacklogAnswer:
    """Add a backlog; nothing is ranked before it has a mapping."""
    parts = call.parts
    backlog = Backlog(
        id=body.id or "",
        site_id=body.site,
        name=body.name,
        jql=body.jql,
        mode=body.mode,
        currency=currency_of(body),
        created_at=parts.now(),
        policy=policy_of(body),
        pages=pages_of(body),
    )
    with parts.database.reading() as session:
        _require_site(parts, session, body.site)
    # No transaction is held open while Jira takes its time.
    try_backlog(parts, backlog)
    with parts.database.writing() as session:

        def is_free(name: str) -> bool:
            return parts.backlogs.find(session, name) is None

        _require_site(parts, session, body.site)
        chosen = choose_id(body.id, body.name, "backlog", is_free)
        backlog = replace(backlog, id=chosen)
        parts.backlogs.add(session, backlog)
        call.note(session, "backlog_created", _path(backlog))
    call.tag(backlog.version)
    call.response.headers["Location"] = f"/api/v1/backlogs/{backlog.id}"
    return BacklogAnswer.of(backlog)


@router.get(
    "/{backlog}",
    response_model=BacklogAnswer,
    responses={HTTPStatus.NOT_MODIFIED: {"description": "Still as you know it"}},
)
@needs(Role.READER)
def show_backlog(
    backlog: str, parts: TheParts, response: Response, if_none_match: IfNoneMatch = None
) -> Any:
    """Show a backlog."""
    with parts.database.reading() as session:
        found = read_backlog(parts, session, backlog)
    response.headers["ETag"] = tag = etag(found.version)
    if is_known(if_none_match, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    return BacklogAnswer.of(found)


@router.put("/{backlog}")
@needs(Role.ADMIN, current=_current)
def replace_backlog(backlog: str, body: ChangedBacklog, edit: TheEdit) -> BacklogAnswer:
    """Replace what is said of a backlog."""
    return _replace(edit, backlog, lambda _before: body)


@router.patch("/{backlog}")
@needs(Role.ADMIN, current=_current)
def change_backlog(
    backlog: str,
    body: Annotated[dict[str, Any], Body(description="A merge patch (RFC 7396)")],
    edit: TheEdit,
) -> BacklogAnswer:
    """Change parts of a backlog."""

    def merged(before: Backlog) -> ChangedBacklog:
        current = BacklogAnswer.of(before).model_dump(mode="json")
        return merge(ChangedBacklog, current, body)

    return _replace(edit, backlog, merged)


@router.delete("/{backlog}", status_code=HTTPStatus.NO_CONTENT)
@needs(Role.ADMIN, current=_current)
def delete_backlog(backlog: str, edit: TheEdit) -> None:
    """Forget a backlog; what stands in Jira and Confluence stays as it is."""
    parts = edit.parts
    with parts.database.writing() as session:
        found = read_backlog(parts, session, backlog, lock=True)
        edit.require(found.version)
        parts.backlogs.drop(session, backlog)
        edit.note(session, "backlog_deleted", _path(found))


def _replace(
    edit: Edit, backlog: str, body_for: Callable[[Backlog], ChangedBacklog]
) -> BacklogAnswer:
    """Try what is new on the site, then write it if nobody was quicker."""
    parts = edit.parts
    with parts.database.reading() as session:
        seen = read_backlog(parts, session, backlog)
    edit.require(seen.version)
    body = body_for(seen)
    _require_same(seen, body)
    try_backlog(parts, _wanted(seen, body), before=seen)
    with parts.database.writing() as session:
        before = read_backlog(parts, session, backlog, lock=True)
        edit.require(before.version)
        after = _change(edit, session, before, body_for(before))
    edit.tag(after.version)
    return BacklogAnswer.of(after)


def _change(
    call: Call, session: Session, before: Backlog, body: ChangedBacklog
) -> Backlog:
    _require_same(before, body)
    wanted = _wanted(before, body)
    changed = [
        name
        for name in ("name", "jql", "mode", "currency", "policy", "pages")
        if getattr(before, name) != getattr(wanted, name)
    ]
    if not changed:
        return before
    after = call.parts.backlogs.change(session, wanted)
    call.note(session, "backlog_changed", _path(after), {"changed": changed})
    call.touch(session, [before.id], "backlog changed")
    return after


def _wanted(before: Backlog, body: BacklogInput) -> Backlog:
    return replace(
        before,
        name=body.name,
        jql=body.jql,
        mode=body.mode,
        currency=currency_of(body),
        policy=policy_of(body),
        pages=pages_of(body),
    )


def _require_same(before: Backlog, body: ChangedBacklog) -> None:
    if body.id not in (None, before.id):
        raise invalid(Fault("/id", "read_only", "the id of a backlog stays"))
    if body.site not in (None, before.site_id):
        message = "a backlog stays at its site; add a new one at the other"
        raise invalid(Fault("/site", "read_only", message))


def _require_site(parts: Parts, session: Session, site: str) -> None:
    if parts.sites.find(session, site) is None:
        known = tuple(one.id for one in parts.sites.list(session, limit=MOST_NAMED))
        message = f"there is no site {site!r}"
        raise invalid(Fault("/site", "unknown", message, candidates=known))


def _path(backlog: Backlog) -> str:
    return f"backlogs/{backlog.id}"
