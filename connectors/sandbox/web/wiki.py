"""Published pages, as a person reads them."""

from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.confluence.content import Page
from connectors.sandbox.confluence.macros import Surroundings
from connectors.sandbox.confluence.refusals import missing
from connectors.sandbox.confluence.view import render
from connectors.sandbox.state import Site
from connectors.sandbox.web.looks import page

# Kinds that a browser may show in place; anything else is only to be saved.
_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def list_pages(site: Site, _request: Request) -> Response:
    """List all pages by space, the latest changed first."""
    pages = sorted(
        site.wiki.current(), key=lambda one: one.now.version.at, reverse=True
    )
    told = {
        "spaces": [
            (space, [one for one in pages if one.space == space.id])
            for space in site.wiki.spaces.values()
        ],
        "names": _names(site),
    }
    return page(site, "pages.html", told)


def read_page(site: Site, request: Request) -> Response:
    """Show one page; another version of it where one is asked for."""
    one = site.wiki.page(request.path_params["id"])
    number = request.query_params.get("version", "")
    text = next((t for t in one.texts if str(t.version.number) == number), one.now)
    told = {
        "page": one,
        "text": text,
        "space": site.wiki.space(one.space),
        # The renderer's output is made element by element; nothing in it is foreign.
        "body": Markup(render(text.body, _surroundings(site, one))),  # noqa: S704 - see above
        "full": _full_width(one),
        "names": _names(site),
        "versions": [one.version for one in reversed(one.texts)],
    }
    return page(site, "page.html", told)


def _full_width(one: Page) -> bool:
    return any(
        known.key == "content-appearance-published" and known.value == "full-width"
        for known in one.properties.values()
    )


def _names(site: Site) -> dict[str, str]:
    return {one.account_id: one.display_name for one in site.accounts}


def _surroundings(site: Site, one: Page) -> Surroundings:
    return Surroundings(
        files={
            file.name: f"/ui/pages/{one.id}/files/{file.id}"
            for file in one.attachments.values()
        },
        pages={
            other.now.title: f"/ui/pages/{other.id}"
            for other in site.wiki.current(lambda other: other.space == one.space)
        },
        issues={
            issue.key: str(issue.values.get("summary", ""))
            for issue in site.issues.values()
        },
    )


def file(site: Site, request: Request) -> Response:
    """Give an attachment: pictures in place, anything else to be saved."""
    one = site.wiki.page(request.path_params["id"])
    found = one.attachments.get(request.path_params["attachment"])
    if found is None:
        raise missing("Attachment", request.path_params["attachment"])
    if found.media_type in _PICTURES:
        return Response(found.data, media_type=found.media_type)
    headers = {"Content-Disposition": "attachment"}
    return Response(found.data, media_type="application/octet-stream", headers=headers)
