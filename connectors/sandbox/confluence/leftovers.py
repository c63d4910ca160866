"""What is left of REST v1: labels, attachments, search, the current user."""

import re
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from connectors.sandbox.confluence import answers
from connectors.sandbox.confluence.content import Attachment, Page
from connectors.sandbox.confluence.cql import search
from connectors.sandbox.confluence.gate import Call, File, limit_of
from connectors.sandbox.confluence.refusals import RefusalError, missing

_LABEL: Final = re.compile(r"[^\s!#&()*,.:;<>?@\[\]^]{1,255}")
_MOST_FOUND: Final = 1000


def add_labels(call: Call) -> Response:
    """Add labels to a page, one or several."""
    page = call.open_page(call.path("id"))
    given = call.json()
    for one in given if isinstance(given, list) else [given]:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise RefusalError(400, "A label needs a prefix and a name.")
        name, prefix = one["name"], one.get("prefix")
        if prefix not in ("global", "my", "team"):
            raise RefusalError(400, f"Label prefix '{prefix}' is not valid.")
        if not _LABEL.fullmatch(name):
            raise RefusalError(400, f"Label '{name}' contains invalid characters.")
        page.labels[name.lower()] = prefix
    return _labels(page)


def remove_label(call: Call) -> Response:
    """Take a label off a page."""
    page = call.open_page(call.path("id"))
    name = call.one("name")
    if name is None or name not in page.labels:
        raise missing("Label", name)
    del page.labels[name]
    return Response(status_code=204)


def _labels(page: Page) -> Response:
    results = [answers.old_label(name, prefix) for name, prefix in page.labels.items()]
    size = len(results)
    return JSONResponse(
        {"results": results, "start": 0, "limit": 200, "size": size, "_links": {}}
    )


def attach(call: Call) -> Response:
    """Put a file on a page; PUT makes a new version of a name, POST refuses it."""
    page = call.open_page(call.path("id"))
    name, media_type, data, said = file_in(call)
    taken = any(one.name == name for one in page.attachments.values())
    if taken and call.request.method == "POST":
        raise RefusalError(
            400,
            "Cannot add a new attachment with same file name as an existing attachment:"
            f" {name}",
        )
    one = call.wiki.attach(page, (name, media_type, data), said, call.by)
    return JSONResponse(_contents([answers.old_attachment(one, page.id)], call, 0, 25))


def file_in(call: Call) -> tuple[str, str, bytes, str]:
    """Read the file that a form brings: name, media type, bytes, comment."""
    if call.request.headers.get("x-atlassian-token", "").lower() not in (
        "nocheck",
        "no-check",
    ):
        raise RefusalError(403, "XSRF check failed")
    file, comment = call.form.get("file"), call.form.get("comment", "")
    if not isinstance(file, File) or not file.name:
        raise RefusalError(400, "At least one file must be attached.")
    said = comment.data.decode() if isinstance(comment, File) else comment
    return file.name, file.media_type, file.data, said


def download(call: Call) -> Response:
    """Send the reader on to where the bytes are, as Cloud does."""
    one = find_attachment(call.find_page(call.path("id")), call.path("attachment"))
    place = f"/wiki/download/media/{one.file_id}/binary?name={one.id}"
    return Response(status_code=302, headers={"Location": place})


def find_attachment(page: Page, attachment_id: str) -> Attachment:
    """Find a page's attachment by its id."""
    if attachment_id not in page.attachments:
        raise missing("Attachment", attachment_id)
    return page.attachments[attachment_id]


def media(call: Call) -> Response:
    """Give the bytes of a file to where `download` sent its reader."""
    file_id = call.path("file")
    for page in call.wiki.pages.values():
        for one in page.attachments.values():
            if one.file_id == file_id:
                return Response(
                    one.data,
                    media_type="application/octet-stream",
                    headers={"Content-Disposition": "attachment"},
                )
    raise missing("File", file_id)


def _found(call: Call) -> tuple[list[Page], int, int]:
    cql = call.one("cql")
    if cql is None:
        raise RefusalError(400, "The parameter cql is required.")
    matches = search(cql, call.wiki)
    start = call.one("start") or "0"
    if not (start.isascii() and start.isdigit()):
        raise RefusalError(400, f"start must be a number, not '{start}'.")
    pages = call.wiki.current(
        lambda page: call.readable(call.wiki.space(page.space)) and matches(page)
    )
    return pages, int(start), limit_of(call, most=_MOST_FOUND)


def search_content(call: Call) -> Response:
    """Find pages by CQL, as contents."""
    pages, start, limit = _found(call)
    results = [
        answers.old_page(page, call.wiki) for page in pages[start : start + limit]
    ]
    return JSONResponse(_contents(results, call, start, limit))


def search_all(call: Call) -> Response:
    """Find pages by CQL, as search results."""
    pages, start, limit = _found(call)
    results = [_result(page, call) for page in pages[start : start + limit]]
    return JSONResponse(
        _contents(results, call, start, limit)
        | {
            "totalSize": len(pages),
            "cqlQuery": call.one("cql"),
            "searchDuration": 1,
        }
    )


def _result(page: Page, call: Call) -> dict[str, Any]:
    content = answers.old_page(page, call.wiki)
    return {
        "content": content,
        "title": page.now.title,
        "excerpt": "",
        "url": content["_links"]["webui"],
        "breadcrumbs": [],
        "entityType": "content",
        "iconCssClass": "aui-icon content-type-page",
        "lastModified": page.now.version.at,
        "friendlyLastModified": page.now.version.at[:10],
        "score": 0.0,
    }


def _contents(
    results: list[dict[str, Any]], call: Call, start: int, limit: int
) -> dict[str, Any]:
    return {
        "results": results,
        "start": start,
        "limit": limit,
        "size": len(results),
        "_links": {"base": call.base, "context": "/wiki"},
    }


def current_user(call: Call) -> Response:
    """Tell who is calling."""
    account = call.account
    return JSONResponse(
        {
            "type": "known",
            "accountId": account.account_id,
            "accountType": account.type,
            "email": account.email,
            "publicName": account.display_name,
            "displayName": account.display_name,
            "isExternalCollaborator": False,
            "_links": {"base": call.base, "context": "/wiki"},
        }
    )


def gone(call: Call) -> Response:
    """Refuse what v1 no longer does."""
    raise RefusalError(
        410,
        "This deprecated endpoint has been removed. "
        f"{call.request.method} {call.request.url.path}",
    )
