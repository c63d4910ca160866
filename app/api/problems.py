"""Say what went wrong as problem+json (RFC 9457), always in the same shape."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response as StarletteResponse
from starlette.types import Scope

from app.errors import SecretsError, StaleError
from connectors.errors import RefusedError, UnreachableError

_log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
MOST_ERRORS: Final = 100


class InputError(BaseModel):
    """One thing that is wrong with the input, and where."""

    pointer: str = Field(description="JSON pointer (RFC 6901) into what `in` names")
    code: str
    message: str
    place: str = Field(default="body", alias="in", serialization_alias="in")
    candidates: list[str] | None = Field(
        default=None, description="What could stand there instead"
    )


class Problem(BaseModel):
    """What went wrong (RFC 9457); `code` is stable, words may change."""

    type: str = Field(examples=["urn:cd3:problem:not_found"])
    title: str
    status: int
    code: str
    detail: str | None = None
    instance: str
    request_id: str
    errors: list[InputError] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the body; `pointer` says where."""

    pointer: str
    code: str
    message: str
    place: str = "body"
    candidates: tuple[str, ...] = ()

    def content(self) -> dict[str, Any]:
        """Write it as the answer holds it."""
        body: dict[str, Any] = {
            "pointer": self.pointer,
            "code": self.code,
            "message": self.message,
            "in": self.place,
        }
        return body | ({"candidates": self.candidates} if self.candidates else {})


class ProblemError(Exception):
    """Ends a request with a problem; `detail` says what to do next."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = headers


def not_found(what: str, name: str) -> ProblemError:
    """Make the problem of a thing that is not there."""
    return ProblemError(
        HTTPStatus.NOT_FOUND, "not_found", f"There is no {what} {name!r}."
    )


def invalid(*faults: Fault) -> ProblemError:
    """Make the problem of a body that is well-formed and yet wrong."""
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_input",
        "The input cannot be taken; `errors` says where.",
        faults=faults,
    )


def render(scope: Scope, error: ProblemError) -> Response:
    """Write a problem as the answer to the request of a scope."""
    body: dict[str, Any] = {
        "type": f"urn:cd3:problem:{error.code}",
        "title": error.status.phrase,
        "status": error.status.value,
        "code": error.code,
        "detail": error.detail,
        "instance": scope.get("path", ""),
        "request_id": scope.get("state", {}).get("request_id", ""),
        "errors": [fault.content() for fault in error.faults[:MOST_ERRORS]],
    }
    content = {name: value for name, value in body.items() if value not in ("", [])}
    return StarletteResponse(
        orjson.dumps(content),
        status_code=error.status,
        headers=dict(error.headers),
        media_type=MEDIA_TYPE,
    )


def unexpected() -> ProblemError:
    """Make the problem that tells nothing: the log has the rest."""
    return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", "")


def answer_errors(app: FastAPI) -> None:
    """Give every error that leaves a handler its answer."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(StaleError, _stale)
    app.add_exception_handler(SecretsError, _secrets)
    app.add_exception_handler(UnreachableError, _unreachable)
    app.add_exception_handler(OperationalError, _busy)
    app.add_exception_handler(RefusedError, _refused)


# Starlette's signature asks for handlers of any Exception.
def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return render(request.scope, error)


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    details = {
        HTTPStatus.NOT_FOUND: "Nothing is at this path; /openapi.json lists what is.",
        HTTPStatus.METHOD_NOT_ALLOWED: "The header Allow says what may be done here.",
        HTTPStatus.BAD_REQUEST: "The request's body cannot be read as JSON.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request's body is too large.",
    }
    code = re.sub(r"[^a-z]+", "_", status.phrase.lower())
    detail = details.get(status, status.description)
    headers = error.headers or NO_HEADERS
    return render(request.scope, ProblemError(status, code, detail, headers=headers))


def _validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return render(request.scope, invalid(*map(_fault, error.errors())))


def _fault(problem: Mapping[str, Any]) -> Fault:
    """Turn one of pydantic's errors into ours; its `input` is never repeated."""
    place, *path = problem["loc"]
    code = str(problem["type"])
    if code == "json_invalid":  # its path is a position in the text
        return Fault("", code, f"not JSON at character {path[0]}")
    return Fault(pointer_to(path), code, str(problem["msg"]), str(place))


def pointer_to(path: Sequence[str | int]) -> str:
    """Write a path as a JSON pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)


def _stale(request: Request, error: Exception) -> Response:
    problem = ProblemError(HTTPStatus.PRECONDITION_FAILED, "stale", str(error))
    return render(request.scope, problem)


def _secrets(request: Request, error: Exception) -> Response:
    _log.error("secrets cannot be used: %s", error)
    hint = error.hint if isinstance(error, SecretsError) else ""
    problem = ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE, "no_secret_key", f"{error} {hint}".strip()
    )
    return render(request.scope, problem)


def _busy(request: Request, error: Exception) -> Response:
    _log.error("the books cannot be used: %s", error)
    problem = ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "database_busy",
        "The database cannot do this now; try again.",
        headers={"Retry-After": "5"},
    )
    return render(request.scope, problem)


def _unreachable(request: Request, error: Exception) -> Response:
    wait = error.retry_after if isinstance(error, UnreachableError) else None
    problem = ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "site_unreachable",
        f"The site cannot be reached now; try again. {error}",
        headers={"Retry-After": str(int(wait or 5))},
    )
    return render(request.scope, problem)


def _refused(request: Request, error: Exception) -> Response:
    problem = ProblemError(
        HTTPStatus.BAD_GATEWAY,
        "site_refused",
        f"The site refused what CD3 asked of it. {error}",
    )
    return render(request.scope, problem)
