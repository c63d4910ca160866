"""A Confluence Data Center's content: REST v1, all of it, below the same `/wiki`."""

from typing import Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.confluence import answers, leftovers
from connectors.sandbox.confluence.content import Page, Property, Space, Version
from connectors.sandbox.confluence.gate import Call, Handle, limit_of, route
from connectors.sandbox.confluence.pages import storage_in, text_in, version_in
from connectors.sandbox.confluence.refusals import RefusalError, invalid, missing
from connectors.sandbox.confluence.site import Site
from connectors.sandbox.confluence.store import Edit

BASE: Final = "/wiki/rest/api"
_STATUSES: Final = ("current", "trashed", "any")


def routes(site: Site) -> list[Route]:
    """Make the routes of a Data Center's wiki."""
    return [route(site, verbs, BASE + path, do, style="v1") for verbs, path, do in _ALL]


def _expands(call: Call) -> set[str]:
    return set(call.many("expand"))


def _version(one: Version, call: Call) -> dict[str, Any]:
    by = call.site.user(one.author)
    told = {"when": one.at, "message": one.message, "number": one.number}
    return {"by": by, **told, "minorEdit": False, "hidden": False}


def _told(call: Call, page: Page, *, whole: bool = False) -> dict[str, Any]:
    """Tell a page with what was asked to be expanded; `whole` after a write."""
    key = call.wiki.space(page.space).key
    wanted = _expands(call)
    told: dict[str, Any] = {
        "id": page.id,
        "type": "page",
        "status": page.status,
        "title": page.now.title,
        "_expandable": {"space": f"/rest/api/space/{key}"},
        "_links": {
            "webui": f"/display/{key}/{page.id}",
            "self": f"{call.base}/rest/api/content/{page.id}",
            "base": call.base,
            "context": "/wiki",
        },
    }
    if whole or "version" in wanted:
        told["version"] = _version(page.now.version, call)
    if whole or "body.storage" in wanted:
        stored = {"value": page.now.body, "representation": "storage"}
        told["body"] = {"storage": stored}
    if "space" in wanted:
        told["space"] = _space(call, call.wiki.space(page.space))
    return told


def _listed(results: list[dict[str, Any]], call: Call) -> Response:
    """Answer one page of a list, by `start` and `limit`."""
    given = call.one("start") or "0"
    if not (given.isascii() and given.isdigit()):
        raise invalid(f"start must be a number, not '{given}'.")
    start, limit = int(given), limit_of(call)
    kept = results[start : start + limit]
    told = {"results": kept, "start": start, "limit": limit, "size": len(kept)}
    return JSONResponse(told | {"_links": {"base": call.base, "context": "/wiki"}})


def _space(call: Call, space: Space) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": int(space.id),
        "key": space.key,
        "name": space.name,
        "type": "global",
        "_links": {"webui": f"/display/{space.key}"},
    }
    if "homepage" in _expands(call) and (home := answers.home_of(space, call.wiki)):
        told["homepage"] = {"id": home, "type": "page", "status": "current"}
    return told


def list_spaces(call: Call) -> Response:
    """List the spaces that the caller sees, by key where asked."""
    keys = call.many("spaceKey")
    found = [
        _space(call, space)
        for space in call.wiki.spaces.values()
        if call.readable(space) and (not keys or space.key in keys)
    ]
    return _listed(found, call)


def read_space(call: Call) -> Response:
    """Tell one space."""
    return JSONResponse(_space(call, _named_space(call, call.path("key"))))


def _named_space(call: Call, key: object) -> Space:
    for space in call.wiki.spaces.values():
        if space.key == key and call.readable(space):
            return space
    raise RefusalError(404, f"No space with key : {key}")


def list_content(call: Call) -> Response:
    """List pages by space, title and status."""
    status = call.one("status") or "current"
    if status not in _STATUSES:
        raise invalid(f"Invalid status '{status}'.")
    wanted = ("current", "trashed") if status == "any" else (status,)
    key, title = call.one("spaceKey"), call.one("title")
    found = [
        _told(call, page)
        for page in call.wiki.pages.values()
        if page.status in wanted
        and call.readable(call.wiki.space(page.space))
        and key in (None, call.wiki.space(page.space).key)
        and title in (None, page.now.title)
    ]
    return _listed(found, call)


def create_content(call: Call) -> Response:
    """Make a page."""
    given = call.object()
    if given.get("type") != "page":
        raise invalid("This pretend site makes pages only: type must be page.")
    named = given.get("space")
    space = _named_space(call, named.get("key") if isinstance(named, dict) else None)
    call.check_edit(space)
    page = call.wiki.create(
        space.id,
        text_in(given, "title"),
        storage_in(given.get("body")),
        parent=_parent(given.get("ancestors")),
        by=call.by,
    )
    return JSONResponse(_told(call, page, whole=True))


def _parent(ancestors: Any) -> str | None:
    """Read the page that stands directly above: the last of the ancestors."""
    if not ancestors:
        return None
    last = ancestors[-1] if isinstance(ancestors, list) else None
    if not isinstance(last, dict) or last.get("id") is None:
        raise invalid("'ancestors' must be a list of objects with an id.")
    return str(last["id"])


def read_content(call: Call) -> Response:
    """Tell one page; one in the trash only where that status is asked for."""
    wanted = call.one("status") in ("trashed", "any")
    page = call.find_page(call.path("id"), trashed=wanted)
    return JSONResponse(_told(call, page))


def update_content(call: Call) -> Response:
    """Give a page its next version."""
    page = call.open_page(call.path("id"))
    given = call.object()
    if given.get("type") != "page":
        raise invalid("'type' is required and cannot change.")
    number, message = version_in(given)
    text = storage_in(given["body"]) if given.get("body") else page.now.body
    edit = Edit(text_in(given, "title"), text, number, message)
    call.wiki.update(page, edit, call.by)
    if given.get("ancestors"):
        page.parent = _parent(given["ancestors"])
    return JSONResponse(_told(call, page, whole=True))


def delete_content(call: Call) -> Response:
    """Move a page to the trash, or purge one that is there."""
    page = call.open_page(call.path("id"), trashed=True)
    if call.one("status") == "trashed":
        call.wiki.purge(page)
    elif page.status == "trashed":
        raise missing("Page", page.id)
    else:
        call.wiki.trash(page)
    return Response(status_code=204)


def _property(one: Property, call: Call) -> dict[str, Any]:
    return {
        "id": one.id,
        "key": one.key,
        "value": one.value,
        "version": _version(one.version, call),
    }


def _find_property(page: Page, key: str) -> Property:
    for one in page.properties.values():
        if one.key == key:
            return one
    raise RefusalError(404, f"No property found with key: {key}")


def list_properties(call: Call) -> Response:
    """List a page's properties."""
    page = call.find_page(call.path("id"))
    return _listed([_property(one, call) for one in page.properties.values()], call)


def create_property(call: Call) -> Response:
    """Make a property; a key that is taken is a conflict."""
    page, given = call.open_page(call.path("id")), call.object()
    one = call.wiki.add_property(
        page, text_in(given, "key"), given.get("value"), call.by
    )
    return JSONResponse(_property(one, call))


def read_property(call: Call) -> Response:
    """Tell one property, by its key."""
    page = call.find_page(call.path("id"))
    return JSONResponse(_property(_find_property(page, call.path("key")), call))


def update_property(call: Call) -> Response:
    """Change a property; its version goes up by one."""
    one = _find_property(call.open_page(call.path("id")), call.path("key"))
    given = call.object()
    number, _ = version_in(given)
    call.wiki.set_property(one, given.get("value"), number, call.by)
    return JSONResponse(_property(one, call))


def delete_property(call: Call) -> Response:
    """Remove one property."""
    page = call.open_page(call.path("id"))
    del page.properties[_find_property(page, call.path("key")).id]
    return Response(status_code=204)


def list_labels(call: Call) -> Response:
    """List a page's labels."""
    page = call.find_page(call.path("id"))
    found = [answers.old_label(name, prefix) for name, prefix in page.labels.items()]
    return _listed(found, call)


def list_attachments(call: Call) -> Response:
    """List a page's files, by name where asked."""
    page, name = call.find_page(call.path("id")), call.one("filename")
    found = [
        answers.old_attachment(one, page.id)
        for one in page.attachments.values()
        if name in (None, one.name)
    ]
    return _listed(found, call)


def renew_attachment(call: Call) -> Response:
    """Give a file that is there new bytes."""
    page = call.open_page(call.path("id"))
    known = leftovers.find_attachment(page, call.path("attachment"))
    name, media_type, data, comment = leftovers.file_in(call)
    one = call.wiki.attach(page, (known.name, media_type, data), comment, call.by)
    one.name = name
    return JSONResponse(answers.old_attachment(one, page.id))


def current_user(call: Call) -> Response:
    """Tell who is calling."""
    return JSONResponse(call.site.user(call.account.account_id) | {"type": "known"})


_ALL: tuple[tuple[str, str, Handle], ...] = (
    ("GET", "/space", list_spaces),
    ("GET", "/space/{key}", read_space),
    ("GET", "/content", list_content),
    ("POST", "/content", create_content),
    ("GET", "/content/search", leftovers.search_content),
    ("GET", "/content/{id}", read_content),
    ("PUT", "/content/{id}", update_content),
    ("DELETE", "/content/{id}", delete_content),
    ("GET", "/content/{id}/property", list_properties),
    ("POST", "/content/{id}/property", create_property),
    ("GET", "/content/{id}/property/{key}", read_property),
    ("PUT", "/content/{id}/property/{key}", update_property),
    ("DELETE", "/content/{id}/property/{key}", delete_property),
    ("GET", "/content/{id}/label", list_labels),
    ("POST", "/content/{id}/label", leftovers.add_labels),
    ("DELETE", "/content/{id}/label", leftovers.remove_label),
    ("GET", "/content/{id}/child/attachment", list_attachments),
    ("POST", "/content/{id}/child/attachment", leftovers.attach),
    (
        "POST",
        "/content/{id}/child/attachment/{attachment}/data",
        renew_attachment,
    ),
    ("GET", "/user/current", current_user),
)
