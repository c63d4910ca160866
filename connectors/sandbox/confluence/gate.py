"""Every request's way in: who calls, what is asked, how a refusal is told."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.accounts import Account
from connectors.sandbox.answers import NOT_SIGNED_IN
from connectors.sandbox.confluence.content import Page, Space
from connectors.sandbox.confluence.refusals import RefusalError, invalid, missing
from connectors.sandbox.confluence.site import Site
from connectors.sandbox.confluence.store import By, WikiStore

MOST: Final = 250  # the highest `limit`
USUAL: Final = 25
MOST_REQUEST_BYTES: Final = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class File:
    """A file that came in a form."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read whole, by a known account; the site's lock is held."""

    site: Site
    account: Account
    request: Request
    body: bytes
    form: dict[str, str | File]

    @property
    def wiki(self) -> WikiStore:
        """The wiki that is spoken to."""
        return self.site.wiki

    @property
    def base(self) -> str:
        """The wiki's own address, for `_links.base`."""
        return f"{str(self.request.base_url).rstrip('/')}/wiki"

    @property
    def by(self) -> By:
        """Who changes something, and when."""
        at = self.site.now().isoformat(timespec="milliseconds")
        return By(self.account.account_id, at.replace("+00:00", "Z"))

    def path(self, name: str) -> str:
        """Read a part of the path."""
        return str(self.request.path_params[name])

    def one(self, name: str) -> str | None:
        """Read a query parameter that stands alone."""
        return self.request.query_params.get(name)

    def many(self, name: str) -> list[str]:
        """Read a query parameter that may repeat or hold commas."""
        given = self.request.query_params.getlist(name)
        return [part for value in given for part in value.split(",") if part]

    def flag(self, name: str) -> bool:
        """Read a query parameter that is true or false."""
        value = self.one(name) or "false"
        if value not in ("true", "false"):
            raise invalid(f"Parameter '{name}' must be true or false, not '{value}'.")
        return value == "true"

    def json(self) -> Any:
        """Read the body as JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise invalid(f"Request body is not JSON: {error}") from error

    def object(self) -> dict[str, Any]:
        """Read the body as a JSON object."""
        body = self.json()
        if not isinstance(body, dict):
            raise invalid("Request body must be a JSON object.")
        return body

    def readable(self, space: Space) -> bool:
        """Say whether the caller may see a space."""
        return space.readers is None or self.account.account_id in space.readers

    def find_space(self, space_id: str) -> Space:
        """Find a space that the caller may see."""
        space = self.wiki.space(space_id)
        if not self.readable(space):
            raise missing("Space", space_id)
        return space

    def find_page(self, page_id: str, *, trashed: bool = False) -> Page:
        """Find a page that the caller may see."""
        page = self.wiki.page(page_id, trashed=trashed)
        if not self.readable(self.wiki.space(page.space)):
            raise missing("Page", page_id)
        return page

    def open_page(self, page_id: str, *, trashed: bool = False) -> Page:
        """Find a page that the caller may change."""
        page = self.find_page(page_id, trashed=trashed)
        self.check_edit(self.wiki.space(page.space))
        return page

    def check_edit(self, space: Space) -> None:
        """Refuse who may read a space but not write in it."""
        if space.editors is not None and self.account.account_id not in space.editors:
            raise RefusalError(
                403, f"User not permitted to edit content in space {space.key}"
            )


Handle = Callable[[Call], Response]


def route(
    site: Site, methods: str, path: str, handle: Handle, *, style: Literal["v1", "v2"]
) -> Route:
    """Make a route whose handler runs under the lock and may refuse."""

    async def endpoint(request: Request) -> Response:
        try:
            if (account := site.authenticate(request)) is None:
                raise RefusalError(401, NOT_SIGNED_IN)  # noqa: TRY301 - told below
            body, form = await _read(request)
            call = Call(site, account, request, body, form)
            return await run_in_threadpool(_locked, call, handle)
        except RefusalError as refusal:
            return tell(refusal, style)

    return Route(path, endpoint, methods=methods.split())


def _locked(call: Call, handle: Handle) -> Response:
    with call.site.lock:
        answer = handle(call)
        if call.request.method not in ("GET", "HEAD"):
            call.site.changed()
    return answer


async def _read(request: Request) -> tuple[bytes, dict[str, str | File]]:
    if int(request.headers.get("content-length") or 0) > MOST_REQUEST_BYTES:
        raise RefusalError(413, "The request is too large.")
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return await _body(request), {}
    form: dict[str, str | File] = {}
    async with request.form(max_files=20, max_fields=40) as parts:
        for name, part in parts.items():
            if isinstance(part, UploadFile):
                media_type = part.content_type or "application/octet-stream"
                form[name] = File(part.filename or "", media_type, await part.read())
            else:
                form[name] = part
    return b"", form


async def _body(request: Request) -> bytes:
    """Read a body whose length nobody need have told."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_REQUEST_BYTES:
            raise RefusalError(413, "The request is too large.")
    return bytes(body)


def tell(refusal: RefusalError, style: Literal["v1", "v2"]) -> Response:
    """Tell a refusal as the version of the interface tells it."""
    if style == "v2":
        error = {
            "status": refusal.status,
            "code": refusal.code,
            "title": refusal.words,
            "detail": None,
        }
        return JSONResponse({"errors": [error]}, refusal.status)
    found = {"authorized": refusal.status not in (401, 403), "valid": True}
    return JSONResponse(
        {
            "statusCode": refusal.status,
            "data": found | {"errors": [], "successful": False},
            "message": refusal.words,
        },
        refusal.status,
    )


def limit_of(call: Call, *, most: int = MOST, usual: int = USUAL) -> int:
    """Read the page size that was asked for."""
    given = call.one("limit")
    if given is None:
        return usual
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= most:
        raise invalid(f"Provided value '{given}' for 'limit' must be in [1, {most}].")
    return int(given)


def start_of(call: Call) -> int:
    """Read where the cursor points; only cursors that we gave are taken."""
    cursor = call.one("cursor")
    if cursor is None:
        return 0
    try:
        return int(orjson.loads(urlsafe_b64decode(cursor))["from"])
    except (ValueError, KeyError, TypeError) as error:
        raise invalid(f"Invalid cursor '{cursor}'.") from error


def several(call: Call, found: Sequence[dict[str, Any]]) -> Response:
    """Answer one page of a list, with the way to the next where there is one."""
    start, limit = start_of(call), limit_of(call)
    links = {"base": call.base}
    headers = {}
    if start + limit < len(found):
        cursor = urlsafe_b64encode(orjson.dumps({"from": start + limit})).decode()
        kept = [
            pair
            for pair in call.request.query_params.multi_items()
            if pair[0] != "cursor"
        ]
        query = urlencode([*kept, ("cursor", cursor)])
        links["next"] = f"{call.request.url.path}?{query}"
        headers["Link"] = f'<{links["next"]}>; rel="next", <{call.base}>; rel="base"'
    results = list(found[start : start + limit])
    return JSONResponse({"results": results, "_links": links}, headers=headers)
