"""Pages, as REST v2 takes and tells them."""

from typing import Any, Final

from starlette.responses import JSONResponse, Response

from connectors.sandbox.confluence import answers
from connectors.sandbox.confluence.content import Page
from connectors.sandbox.confluence.gate import Call, several
from connectors.sandbox.confluence.macros import Surroundings
from connectors.sandbox.confluence.refusals import invalid, missing
from connectors.sandbox.confluence.store import Edit
from connectors.sandbox.confluence.view import render

_VIEWS: Final = ("view", "export_view", "styled_view", "anonymous_export_view")
_BODIES: Final = ("storage", "atlas_doc_format", *_VIEWS, "editor")
_STATUSES: Final = ("current", "archived", "deleted", "trashed")


def told(call: Call, page: Page, *, bulk: bool = False) -> dict[str, Any]:
    """Tell a page with the body format, version and parts that were asked for."""
    number = _number(call)
    if number is not None and all(t.version.number != number for t in page.texts):
        raise missing("Version", number)
    answer = answers.page(page, call.wiki, number=number)
    text = next((t for t in page.texts if t.version.number == number), page.now)
    answer["body"] = _body(call.one("body-format"), text.body, page, bulk=bulk)
    if not bulk:
        answer["_links"]["base"] = call.base
        _include(call, page, answer)
    return answer


def _number(call: Call) -> int | None:
    given = call.one("version")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit()):
        raise invalid(f"Provided value '{given}' for 'version' is not a number.")
    return int(given)


def _body(wanted: str | None, body: str, page: Page, *, bulk: bool) -> dict[str, Any]:
    if wanted is None:
        return {}
    if wanted not in (_BODIES[:2] if bulk else _BODIES):
        raise invalid(f"Provided value '{wanted}' for 'body-format' is not valid.")
    if wanted == "storage":
        return {"storage": {"representation": "storage", "value": body}}
    if wanted in _VIEWS:
        html = render(body, Surroundings.of(page))
        return {wanted: {"representation": wanted, "value": html}}
    raise invalid(f"This pretend site does not make '{wanted}'; ask for storage.")


def _include(call: Call, page: Page, answer: dict[str, Any]) -> None:
    parts = {
        "include-labels": (
            "labels",
            [answers.label(name, prefix) for name, prefix in page.labels.items()],
        ),
        "include-properties": (
            "properties",
            [answers.property_(one) for one in page.properties.values()],
        ),
        "include-versions": (
            "versions",
            [answers.version(text.version) for text in reversed(page.texts)],
        ),
    }
    for parameter, (name, results) in parts.items():
        if call.flag(parameter):
            answer[name] = {"results": results, "meta": {"hasMore": False}}


def list_pages(call: Call) -> Response:
    """List pages by id, space, title and status."""
    ids, spaces = call.many("id"), call.many("space-id")
    statuses, title = call.many("status") or ["current"], call.one("title")
    for status in statuses:
        if status not in _STATUSES:
            raise invalid(f"Provided value '{status}' for 'status' is not valid.")
    found = [
        told(call, page, bulk=True)
        for page in call.wiki.pages.values()
        if call.readable(call.wiki.space(page.space))
        and page.status in statuses
        and (not ids or page.id in ids)
        and (not spaces or page.space in spaces)
        and title in (None, page.now.title)
    ]
    return several(call, found)


def create_page(call: Call) -> Response:
    """Make a page."""
    given = call.object()
    space = call.find_space(text_in(given, "spaceId"))
    call.check_edit(space)
    if text_in(given, "status", "current") != "current":
        raise invalid("This pretend site keeps no drafts; status must be current.")
    parent = given.get("parentId")
    page = call.wiki.create(
        space.id,
        text_in(given, "title"),
        storage_in(given.get("body")),
        parent=None if parent is None else text_in(given, "parentId"),
        by=call.by,
    )
    return JSONResponse(told(call, page))


def read_page(call: Call) -> Response:
    """Tell one page; one in the trash only where that status is asked for."""
    page = call.find_page(call.path("id"), trashed="trashed" in call.many("status"))
    return JSONResponse(told(call, page))


def update_page(call: Call) -> Response:
    """Give a page its next version; the document names five required parts."""
    page = call.open_page(call.path("id"))
    given = call.object()
    for name in ("id", "status", "title", "body", "version"):
        if given.get(name) is None:
            raise invalid(f"'{name}' is required.")
    if text_in(given, "id") != page.id:
        raise invalid("The id in the body must be the id in the path.")
    if text_in(given, "status") != "current":
        raise invalid("This pretend site keeps no drafts; status must be current.")
    number, message = version_in(given)
    edit = Edit(text_in(given, "title"), storage_in(given["body"]), number, message)
    call.wiki.update(page, edit, call.by)
    _move(call, page, given)
    return JSONResponse(told(call, page))


def _move(call: Call, page: Page, given: dict[str, Any]) -> None:
    if given.get("spaceId") not in (None, page.space):
        raise invalid("A page cannot be moved to another space this way.")
    if given.get("parentId") is not None:
        page.parent = call.find_page(text_in(given, "parentId")).id


def rename_page(call: Call) -> Response:
    """Give a page another title."""
    page = call.open_page(call.path("id"))
    given = call.object()
    text_in(given, "status")
    call.wiki.rename(page, text_in(given, "title"), call.by)
    return JSONResponse(told(call, page))


def delete_page(call: Call) -> Response:
    """Move a page to the trash, or purge one that is there."""
    page = call.open_page(call.path("id"), trashed=True)
    if call.flag("purge"):
        call.wiki.purge(page)
    elif page.status == "trashed":
        raise missing("Page", page.id)
    else:
        call.wiki.trash(page)
    return Response(status_code=204)


def list_children(call: Call) -> Response:
    """List a page's children."""
    page = call.find_page(call.path("id"))
    children = call.wiki.current(lambda other: other.parent == page.id)
    found = [
        {
            "id": child.id,
            "status": "current",
            "title": child.now.title,
            "spaceId": child.space,
            "childPosition": place,
        }
        for place, child in enumerate(children)
    ]
    return several(call, found)


def list_versions(call: Call) -> Response:
    """List a page's versions, latest first."""
    page = call.find_page(call.path("id"))
    found = [
        answers.version(text.version)
        | {"page": {"id": page.id, "title": text.title, "body": {}}}
        for text in reversed(page.texts)
    ]
    return several(call, found)


def list_labels(call: Call) -> Response:
    """List a page's labels."""
    page = call.find_page(call.path("id"))
    wanted = call.one("prefix")
    found = [
        answers.label(name, prefix)
        for name, prefix in page.labels.items()
        if wanted in (None, prefix)
    ]
    return several(call, found)


def list_attachments(call: Call) -> Response:
    """List a page's attachments."""
    page = call.find_page(call.path("id"))
    name, media_type = call.one("filename"), call.one("mediaType")
    found = [
        answers.attachment(one, page.id)
        for one in page.attachments.values()
        if name in (None, one.name) and media_type in (None, one.media_type)
    ]
    return several(call, found)


def version_in(given: dict[str, Any]) -> tuple[int, str]:
    """Read the version's number and message from a body."""
    version = given.get("version")
    if not isinstance(version, dict):
        raise invalid("'version' must be an object.")
    number, message = version.get("number"), version.get("message", "")
    if not isinstance(number, int) or isinstance(number, bool):
        raise invalid("'version.number' must be an integer.")
    if not isinstance(message, str):
        raise invalid("'version.message' must be a string.")
    return number, message


def text_in(given: dict[str, Any], name: str, usual: str | None = None) -> str:
    """Read a text that a body must hold."""
    value = given.get(name, usual)
    if not isinstance(value, str):
        raise invalid(f"'{name}' is required and must be a string.")
    return value


def storage_in(body: Any) -> str:
    """Read a body's storage format, given flat or nested."""
    if isinstance(body, dict) and "storage" in body:
        body = body["storage"]
    if body is None:
        return ""
    if not isinstance(body, dict) or not isinstance(body.get("value"), str):
        raise invalid("'body' must hold a representation and a value.")
    if body.get("representation", "storage") != "storage":
        raise invalid("This pretend site takes the representation storage only.")
    return str(body["value"])
