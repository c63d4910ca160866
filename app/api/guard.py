"""Stand before every route: who asks, may they, and is what they saw still so.

All of that is settled before the body is read, so that nobody learns anything from
the body's errors who may not send one.
"""

import base64
import binascii
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.api.etags import require_absent, require_match
from app.api.parts import Parts, parts_of
from app.api.problems import ProblemError
from app.books.keys import Key, Role

_log = logging.getLogger(__name__)
_GUARD: Final = "cd3_guard"

# Reads the current ETag of what a path names; raises where there is nothing. None
# means that there is nothing yet, and that it may be made without a precondition.
Current = Callable[[Parts, Session, dict[str, str]], str | None]
Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Guard:
    """What a route asks of whoever calls it."""

    role: Role
    current: Current | None = None
    browser: bool = False


def needs(
    role: Role, *, current: Current | None = None, browser: bool = False
) -> Callable[[Handler], Handler]:
    """Let a handler be called by this role and above.

    With `current`, If-Match is held against it. `browser` lets people type the key
    where their browser asks for a password.
    """

    def mark(handler: Handler) -> Handler:
        handler.__dict__[_GUARD] = Guard(role, current, browser)
        return handler

    return mark


class StrictRequest(Request):
    """A request whose JSON holds no NaN, no lone surrogate and no endless nesting."""

    async def json(self) -> Any:
        """Read the body as JSON."""
        return orjson.loads(await self.body())


class GuardedRoute(APIRoute):
    """A route that cannot be made without a guard, nor called past it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the guard before FastAPI's own handling."""
        answer = super().get_route_handler()
        guard = guard_of(self.endpoint)

        async def guarded(request: Request) -> Response:
            await run_in_threadpool(_check, request, guard)
            return await answer(StrictRequest(request.scope, request.receive))

        return guarded


def guard_of(endpoint: Callable[..., Any]) -> Guard:
    """Find the guard of a handler; without one it is not served."""
    guard = endpoint.__dict__.get(_GUARD)
    if not isinstance(guard, Guard):
        raise TypeError(f"{endpoint.__name__} does not say which role it needs")
    return guard


def _check(request: Request, guard: Guard) -> None:
    parts = parts_of(request)
    with parts.database.reading() as session:
        key = _identify(parts, session, request, browser=guard.browser)
        if not key.role.may(guard.role):
            raise ProblemError(
                HTTPStatus.FORBIDDEN,
                "role_too_low",
                f"This needs the role {guard.role}; the key has {key.role}.",
            )
        request.state.key = key
        if guard.current is not None:
            _check_current(parts, session, request, guard.current)
    _note_use(parts, key)


def _check_current(
    parts: Parts, session: Session, request: Request, current: Current
) -> None:
    tag = current(parts, session, dict(request.path_params))
    if_match = request.headers.get("If-Match")
    if tag is None:
        require_absent(if_match)
    else:
        require_match(if_match, tag)


def _identify(
    parts: Parts, session: Session, request: Request, *, browser: bool
) -> Key:
    secret = _given_secret(request.headers.get("Authorization", ""), browser=browser)
    key = parts.keys.verify(session, secret, now=parts.now()) if secret else None
    if key is None:
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "no_valid_key",
            "Send a valid key as `Authorization: Bearer cd3_…`. "
            "`cd3 keys create NAME --role admin` makes one on the host.",
            headers={"WWW-Authenticate": _challenge(browser=browser)},
        )
    return key


def _challenge(*, browser: bool) -> str:
    basic = ', Basic realm="CD3: any name, the key as password"' if browser else ""
    return f'Bearer realm="CD3"{basic}'


def _given_secret(header: str, *, browser: bool) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic" and browser:
        try:
            plain = base64.b64decode(value.strip(), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return plain.partition(":")[2]
    return ""


def _note_use(parts: Parts, key: Key) -> None:
    now = parts.now()
    if not parts.keys.use_is_stale(key, now=now):
        return
    try:
        with parts.database.writing() as session:
            parts.keys.note_use(session, key.id, now=now)
    except OperationalError as error:  # the books are busy: the next use will note it
        _log.warning("the use of a key was not noted: %s", error.orig)
