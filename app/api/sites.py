"""REST for sites: where they are, and who we are there."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from sqlalchemy.orm import Session

from app.api.calls import TheCall, TheEdit
from app.api.credentials import new_way_in, require_two_addresses
from app.api.etags import IfNoneMatch, etag, is_known
from app.api.guard import GuardedRoute, needs
from app.api.ids import choose_id
from app.api.merging import merge
from app.api.paging import Cursor, Limit, Listing, after_text, cut
from app.api.parts import Parts, TheParts
from app.api.problems import ProblemError, not_found
from app.api.site_changes import (
    change,
    checked_url,
    confluence_url_of,
    require_unguessable,
)
from app.api.site_schemas import ChangedSite, NewSite, SiteAnswer
from app.api.words import is_id
from app.books.keys import Role
from app.books.sites import Site, SiteSecrets

router = APIRouter(prefix="/sites", tags=["sites"], route_class=GuardedRoute)

LIST = "sites"


def read_site(parts: Parts, session: Session, name: str, *, lock: bool = False) -> Site:
    """Find a site or answer 404."""
    site = parts.sites.find(session, name, lock=lock) if is_id(name) else None
    if site is None:
        raise not_found("site", name)
    return site


def _current(parts: Parts, session: Session, path: Mapping[str, str]) -> str:
    return etag(read_site(parts, session, path["site"]).version)


@router.get("")
@needs(Role.READER)
def list_sites(
    parts: TheParts, limit: Limit = 50, cursor: Cursor = None
) -> Listing[SiteAnswer]:
    """List the sites."""
    after = after_text(LIST, cursor)
    with parts.database.reading() as session:
        found = parts.sites.list(session, after=after, limit=limit + 1)
    kept, more = cut(found, limit, LIST, lambda site: site.id)
    return Listing(items=[SiteAnswer.of(site) for site in kept], next_cursor=more)


@router.post("", status_code=HTTPStatus.CREATED)
@needs(Role.ADMIN)
def create_site(body: NewSite, call: TheCall) -> SiteAnswer:
    """Add a site."""
    parts = call.parts
    way_in = new_way_in(body)
    with parts.database.writing() as session:

        def is_free(name: str) -> bool:
            return parts.sites.find(session, name) is None

        site = Site(
            id=choose_id(body.id, body.name, "site", is_free),
            name=body.name,
            url=checked_url(parts, "/url", body.url),
            confluence_url=confluence_url_of(parts, body),
            email=way_in.name,
            credential=way_in.credential,
            webhook_proof=body.webhook_proof,
            writes_per_second=body.writes_per_second,
            created_at=parts.now(),
        )
        require_two_addresses(site)
        hook = body.webhook_secret
        hooks = (hook.get_secret_value(),) if hook else ()
        own = way_in.confluence_secret or ""
        secrets = SiteSecrets(way_in.secret or "", hooks, own)
        require_unguessable(body.webhook_proof, secrets)
        site = parts.sites.add(session, site, secrets)
        call.note(session, "site_created", f"sites/{site.id}")
    call.tag(site.version)
    call.response.headers["Location"] = f"/api/v1/sites/{site.id}"
    return SiteAnswer.of(site)


@router.get(
    "/{site}",
    response_model=SiteAnswer,
    responses={HTTPStatus.NOT_MODIFIED: {"description": "Still as you know it"}},
)
@needs(Role.READER)
def show_site(
    site: str, parts: TheParts, response: Response, if_none_match: IfNoneMatch = None
) -> Any:
    """Show a site."""
    with parts.database.reading() as session:
        found = read_site(parts, session, site)
    response.headers["ETag"] = tag = etag(found.version)
    if is_known(if_none_match, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    return SiteAnswer.of(found)


@router.put("/{site}")
@needs(Role.ADMIN, current=_current)
def replace_site(site: str, body: ChangedSite, edit: TheEdit) -> SiteAnswer:
    """Replace what is said of a site; secrets that are left out stay."""
    parts = edit.parts
    with parts.database.writing() as session:
        before = read_site(parts, session, site, lock=True)
        edit.require(before.version)
        after = change(edit, session, before, body)
    edit.tag(after.version)
    return SiteAnswer.of(after)


@router.patch("/{site}")
@needs(Role.ADMIN, current=_current)
def change_site(
    site: str,
    body: Annotated[dict[str, Any], Body(description="A merge patch (RFC 7396)")],
    edit: TheEdit,
) -> SiteAnswer:
    """Change parts of a site."""
    parts = edit.parts
    with parts.database.writing() as session:
        before = read_site(parts, session, site, lock=True)
        edit.require(before.version)
        current = SiteAnswer.of(before).model_dump(mode="json")
        wanted = merge(ChangedSite, _without_other_way(current, body), body)
        after = change(edit, session, before, wanted)
    edit.tag(after.version)
    return SiteAnswer.of(after)


def _without_other_way(
    current: dict[str, Any], patch: Mapping[str, Any]
) -> dict[str, Any]:
    """Begin with nothing where another way in is chosen: the old one's parts differ."""
    given = patch.get("credentials")
    kind = given.get("kind") if isinstance(given, Mapping) else None
    if kind in {None, current["credentials"]["kind"]}:
        return current
    return {**current, "credentials": {}, "email": None}


@router.delete("/{site}", status_code=HTTPStatus.NO_CONTENT)
@needs(Role.ADMIN, current=_current)
def delete_site(site: str, edit: TheEdit) -> None:
    """Forget a site and its secrets; it must have no backlogs any more."""
    parts = edit.parts
    with parts.database.writing() as session:
        found = read_site(parts, session, site, lock=True)
        edit.require(found.version)
        if backlogs := parts.backlogs.ids_of(session, site):
            raise ProblemError(
                HTTPStatus.CONFLICT,
                "site_in_use",
                f"Delete its backlogs first: {', '.join(backlogs[:10])}.",
            )
        parts.sites.drop(session, site)
        edit.note(session, "site_deleted", f"sites/{site}")
