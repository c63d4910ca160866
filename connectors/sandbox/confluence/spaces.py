"""Spaces, as REST v2 tells them."""

from starlette.responses import JSONResponse, Response

from connectors.sandbox.confluence import answers
from connectors.sandbox.confluence.gate import Call, several
from connectors.sandbox.confluence.pages import told


def list_spaces(call: Call) -> Response:
    """List the spaces that the caller sees, by key or id where asked."""
    keys, ids = call.many("keys"), call.many("ids")
    found = [
        answers.space(space, call.wiki)
        for space in call.wiki.spaces.values()
        if call.readable(space)
        and (not keys or space.key in keys)
        and (not ids or space.id in ids)
    ]
    return several(call, found)


def read_space(call: Call) -> Response:
    """Tell one space."""
    space = call.find_space(call.path("id"))
    links = {"_links": {"webui": f"/spaces/{space.key}", "base": call.base}}
    told_space = answers.space(space, call.wiki) | links
    told_space.pop("currentActiveAlias")
    return JSONResponse(told_space)


def list_operations(call: Call) -> Response:
    """Tell what the caller may do in a space."""
    space = call.find_space(call.path("id"))
    held = [{"operation": "read", "targetType": "space"}]
    if space.editors is None or call.account.account_id in space.editors:
        held += [
            {"operation": "create", "targetType": kind}
            for kind in ("page", "comment", "attachment")
        ]
    return JSONResponse({"operations": held})


def list_pages(call: Call) -> Response:
    """List the pages of one space."""
    space = call.find_space(call.path("id"))
    title = call.one("title")
    pages = call.wiki.current(
        lambda page: page.space == space.id and title in (None, page.now.title)
    )
    return several(call, [told(call, page, bulk=True) for page in pages])
