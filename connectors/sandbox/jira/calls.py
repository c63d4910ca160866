"""One call to the REST API: who asks for what, and how an answer is written."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.accounts import Account
from connectors.sandbox.answers import NOT_SIGNED_IN, AnswerError
from connectors.sandbox.jql import JqlError
from connectors.sandbox.state import Site

LARGEST_BODY: Final = 10 * 1024 * 1024
UNREADABLE: Final = (
    "There was an error parsing JSON. Check that your request body is valid."
)
INVALID: Final = (
    "Invalid request payload. Refer to the REST API documentation and try again."
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of somebody who has signed in."""

    site: Site
    account: Account
    request: Request
    body: bytes

    def path(self, name: str) -> str:
        """Give a part of the path."""
        return str(self.request.path_params[name])

    def asked(self, name: str) -> str | None:
        """Give a query parameter."""
        return self.request.query_params.get(name)

    def listed(self, name: str) -> list[str] | None:
        """Give a list from the query: repeated, or separated by commas."""
        given = self.request.query_params.getlist(name)
        if not given:
            return None
        return [part.strip() for text in given for part in text.split(",") if part]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Give a yes or no from the query."""
        given = self.asked(name)
        return default if given is None else given.casefold() == "true"

    def number(self, name: str, default: int) -> int:
        """Give a whole number from the query."""
        given = self.asked(name)
        try:
            return default if given is None else int(given)
        except ValueError as error:
            raise AnswerError(400, f"'{name}' must be a number.") from error

    def json(self) -> Any:
        """Read the body as JSON of any kind."""
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip()
        if kind.casefold() != "application/json":
            raise AnswerError(415, "Unsupported Media Type")
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise AnswerError(400, UNREADABLE) from error

    def object(self, known: Collection[str] | None = None) -> dict[str, Any]:
        """Read the body as an object; where only some keys are known, no others."""
        value = self.json()
        if not isinstance(value, dict):
            raise AnswerError(400, INVALID)
        if known is not None and not value.keys() <= set(known):
            raise AnswerError(400, INVALID)
        return value


Handler = Callable[[Call], Response]


def answer(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(
        orjson.dumps(value), status, media_type="application/json;charset=UTF-8"
    )


def nothing(status: int = 204) -> Response:
    """Answer with a status alone."""
    return Response(status_code=status)


def part(body: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:
    """Give a part of a body that must be of one type where it is there."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise AnswerError(400, INVALID)
    return value


def texts(body: Mapping[str, Any], name: str) -> list[str] | None:
    """Give a list of texts from a body."""
    given = part(body, name, list)
    if given is not None and not all(isinstance(one, str) for one in given):
        raise AnswerError(400, INVALID)
    return given if given is None else list(given)


def route(site: Site, method: str, path: str, handler: Handler) -> Route:
    """Mount a handler; it runs in a thread, so that a long search holds nobody up."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if len(body) > LARGEST_BODY:
            return answer(AnswerError(413, "The request is too large.").body(), 413)
        return await run_in_threadpool(handle, site, handler, request, body)

    return Route(path, endpoint, methods=[method])


def handle(site: Site, handler: Handler, request: Request, body: bytes) -> Response:
    """Check who asks, answer, and turn refusals into Jira's words."""
    account = site.authenticate(request)
    if account is None:
        refusal = AnswerError(401, NOT_SIGNED_IN)
        return answer(refusal.body(), refusal.status)
    try:
        return handler(Call(site, account, request, body))
    except AnswerError as refusal:
        return answer(refusal.body(), refusal.status)
    except JqlError as error:
        return answer(AnswerError(400, str(error)).body(), 400)
