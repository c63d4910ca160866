"""The view's routes: plain pages, a few scripts of our own, no login, no outside."""

import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.confluence.refusals import RefusalError
from connectors.sandbox.state import Site
from connectors.sandbox.web import acting, showing, wiki
from connectors.sandbox.web.looks import HEADERS, page

_STATIC: Final = {
    "style.css": "text/css",
    "backlog.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
Show = Callable[[Site, Request], Response]
Act = Callable[[Site, Request, bytes], Response]


def routes(site: Site) -> list[Route]:
    """Make the view's routes for a site."""
    return [
        _show(site, "/", showing.backlog),
        _show(site, "/sandbox/changes", showing.changes),
        _show(site, "/browse/{key}", showing.browse),
        _show(site, "/ui/webhooks", showing.webhooks),
        _show(site, "/ui/requests", showing.requests),
        _show(site, "/ui/pages", wiki.list_pages),
        _show(site, "/ui/pages/{id}", wiki.read_page),
        _show(site, "/ui/pages/{id}/files/{attachment}", wiki.file),
        _show(site, "/wiki", _to_pages),
        _show(site, "/wiki/spaces/{key}", _to_pages),
        _show(site, "/wiki/spaces/{key}/pages/{id}", _to_page),
        _show(site, "/wiki/spaces/{key}/pages/{id}/{title:path}", _to_page),
        _show(site, "/wiki/x/{id}", _to_page),
        _act(site, "/ui/issues/{key}/fields/{field}", acting.edit),
        _act(site, "/ui/issues/{key}/rank", acting.move),
        Route("/ui/static/{name}", _static, methods=["GET"]),
    ]


def _show(site: Site, path: str, show: Show) -> Route:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_shown, site, request, show)

    return Route(path, endpoint, methods=["GET"])


def _shown(site: Site, request: Request, show: Show) -> Response:
    try:
        with site.lock:
            answer = show(site, request)
    except (AnswerError, RefusalError) as refusal:
        told: dict[str, Any] = {"words": _words(refusal)}
        answer = page(site, "refused.html", told, status=refusal.status)
    answer.headers.update(HEADERS)
    return answer


def _act(site: Site, path: str, act: Act) -> Route:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_acted, site, request, body, act)

    return Route(path, endpoint, methods=["POST"])


def _acted(site: Site, request: Request, body: bytes, act: Act) -> Response:
    try:
        acting.check_origin(site, request)
        # No lock here: what changes takes it, and sends webhooks once it is free.
        answer = act(site, request, body)
    except AnswerError as refusal:
        answer = JSONResponse({"error": _words(refusal)}, refusal.status)
    answer.headers.update(HEADERS)
    return answer


def _words(refusal: AnswerError | RefusalError) -> str:
    if isinstance(refusal, RefusalError):
        return refusal.words
    return " ".join((*refusal.messages, *refusal.errors.values()))


def _to_pages(_site: Site, _request: Request) -> Response:
    return RedirectResponse("/ui/pages", 303)


def _to_page(_site: Site, request: Request) -> Response:
    page_id = str(request.path_params["id"])
    if not re.fullmatch(r"\d{1,20}", page_id):
        raise AnswerError(404, "There is no such page.")
    return RedirectResponse(f"/ui/pages/{page_id}", 303)


async def _static(request: Request) -> Response:
    name = str(request.path_params["name"])
    if name not in _STATIC:
        return Response(status_code=404)
    content = files("connectors.sandbox.web").joinpath("static", name).read_bytes()
    return Response(content, media_type=_STATIC[name], headers=dict(HEADERS))
