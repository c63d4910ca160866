"""An answer as it came, and what it says where it says no."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from connectors.errors import (
    REFUSALS,
    NotGrantedError,
    PausedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
)
from connectors.scopes import scope_for

# Not the caller's fault, and likely to pass.
PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
# Confluence's own trouble, whatever status it gives it: seen to pass by itself
# (sphinx-contrib/confluencebuilder, retry.py).
_PASSING_WORDS: Final = (
    "OptimisticLockException",
    "Transaction rolled back",
    "UnexpectedRollbackException",
    "unreconciled",
)
_TOO_MANY: Final = 429
_UNAUTHORIZED: Final = 401
# Seraph, which signs people in, says here how that went. Jira then answers many reads
# as it would answer anybody, 200 and empty (MrRefactoring/jira.js, issue 418).
_SIGN_IN: Final = "X-Seraph-LoginReason"
_AS_ANYBODY: Final = frozenset({"AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED"})
_LONGEST: Final = 500
_MOST_WORDS: Final = 20
_WORDS: Final = (
    "errorMessages",
    "messages",
    "message",
    "detail",
    "title",
    "reason",
    "error_description",  # what a token endpoint says
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and the decoded body of one call."""

    method: str
    path: str
    status: int
    headers: httpx.Headers
    body: bytes = b""

    @property
    def call(self) -> str:
        """Name the call as errors do: verb, path, status."""
        return f"{self.method} {self.path} → {self.status}"

    @property
    def is_page(self) -> bool:
        """Say whether a web page came where data was asked for."""
        return "html" in self.headers.get("content-type", "").lower()

    def json(self) -> Any:
        """Read the body; half an answer is an error that may pass."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            if (found := _all_the_same(self.body)) is not None:
                return found
            raise UnreachableError(
                f"{self.call}: the answer is cut off or no JSON ({error})."
            ) from error


def _all_the_same(body: bytes) -> Any:
    """Read JSON that orjson will not: half a character, or a number beyond all.

    Jira passes on what was typed; one broken emoji must not cost a whole backlog.
    """
    try:
        found = json.loads(
            body, parse_float=_held, parse_int=_held, parse_constant=_refuse
        )
    except ValueError:
        return None
    return _whole(found)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _held(digits: str) -> int | float | str:
    """Read a number; one that no number field holds stays the text that it is."""
    number = float(digits)
    if not math.isfinite(number):
        return digits[:_LONGEST]
    return int(digits) if digits.lstrip("-").isdecimal() else number


def _whole(value: Any) -> Any:
    """Replace half characters by U+FFFD, all the way down."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_whole(one) for one in value]
        case dict():
            return {_whole(key): _whole(one) for key, one in value.items()}
        case _:
            return value


def judge(
    answer: Answer, retry_after: float | None = None, *, scope: str = ""
) -> Answer:
    """Return a good answer; raise the error that any other one means.

    `scope` is what a 429 concerns.
    """
    if is_to_anybody(answer):
        raise UnauthorizedError(_unknown(answer), _UNAUTHORIZED)
    if answer.status < 300:  # noqa: PLR2004 - 2xx
        return _data(answer)
    messages, field_errors = read_words(answer)
    if _passes(answer):
        reason = answer.headers.get("ratelimit-reason", "")
        words = _sentence(answer, (*messages, *([reason] if reason else [])), {})
        if answer.status == _TOO_MANY:
            # Turned away at the door: it was surely not carried out.
            wait = retry_after or 0.0
            raise PausedError(words, wait, scope=scope, status=answer.status)
        raise UnreachableError(words, retry_after, status=answer.status)
    kind = REFUSALS.get(answer.status, RefusedError)
    message = _sentence(answer, messages, field_errors)
    if lacks_scope(answer):
        kind, message = NotGrantedError, f"{message.rstrip('.')}. {_lack(answer)}"
    raise kind(message, answer.status, messages, field_errors)


def is_unauthorized(answer: Answer) -> bool:
    """Say whether the credential was not taken, as far as this answer tells."""
    if is_to_anybody(answer):
        return True
    return answer.status == _UNAUTHORIZED and not lacks_scope(answer)


def is_to_anybody(answer: Answer) -> bool:
    """Say whether the site answers as to somebody that it does not know.

    Whatever its status; but what may pass by itself (429, 5xx) is waited for first.
    """
    said = set(answer.headers.get_list(_SIGN_IN, split_commas=True))
    return bool(said & _AS_ANYBODY) and "OK" not in said and not _passes_by(answer)


def lacks_scope(answer: Answer) -> bool:
    """Say whether a 401 is about a scope: Atlassian's gateway took the credential.

    It says `{"code": 401, "message": "Unauthorized; scope does not match"}`.
    """
    if answer.status != _UNAUTHORIZED or is_to_anybody(answer):
        return False
    return any("scope" in word.casefold() for word in read_words(answer)[0])


def _unknown(answer: Answer) -> str:
    reason = answer.headers.get(_SIGN_IN, "")
    also = (
        "; after too many failed logins somebody must log in once in a browser"
        if "DENIED" in reason
        else ""
    )
    return (
        f"{answer.call}, as to anybody: the credential was not taken ({reason}){also}"
    )


def _lack(answer: Answer) -> str:
    """Say what a person does about a scope that is not there."""
    scope = scope_for(answer.method, answer.path)
    needs = f"this call needs {scope}" if scope else "no document names this call's"
    return (
        f"The credential is good, but lacks a scope: {needs}. Let a new one have all "
        "the scopes of docs/access.md, and PATCH the site with it; who consented "
        "(OAuth) consents anew"
    )


def _passes_by(answer: Answer) -> bool:
    return answer.status in PASSING or answer.status >= 500  # noqa: PLR2004 - 5xx


def _passes(answer: Answer) -> bool:
    """Say whether the same call may succeed a little later."""
    if _passes_by(answer):
        return True
    return any(word.encode() in answer.body for word in _PASSING_WORDS)


def _data(answer: Answer) -> Answer:
    """Refuse a login page that says 200: nothing that we ask for is a page."""
    if not answer.is_page:
        return answer
    raise RefusedError(
        f"{answer.call}: a web page came instead of data. Check the site's URL, and "
        "whether a login or a proxy stands in front of it.",
        answer.status,
    )


def read_words(answer: Answer) -> tuple[tuple[str, ...], dict[str, str]]:
    """Read the site's own words: messages, and those that are about one field.

    Jira says `{"errorMessages": […], "errors": {field: words}}`, Confluence v2
    `{"errors": [{"title": …}]}`, Confluence v1 `{"message": …}`, the gateway either.
    """
    if answer.is_page:
        return ("a web page, no data",), {}
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        text = answer.body[:_LONGEST].decode("utf-8", "replace").strip()
        return ((text,) if text else ()), {}
    errors = said.get("errors") if isinstance(said, Mapping) else None
    of_fields = errors if isinstance(errors, Mapping) else {}
    words = tuple(dict.fromkeys(_words(said)))[:_MOST_WORDS]
    return words, {str(key): _short(value) for key, value in of_fields.items()}


def _words(said: Any) -> Iterator[str]:
    """Find the words in whatever shape they come."""
    if isinstance(said, str):
        if said.strip():
            yield _short(said.strip())
    elif isinstance(said, list):
        for part in said:
            yield from _words(part)
    elif isinstance(said, Mapping):
        for name in _WORDS:
            yield from _words(said.get(name))
        errors = said.get("errors")
        if isinstance(errors, list):
            yield from _words(errors)


def _sentence(
    answer: Answer, messages: tuple[str, ...], field_errors: Mapping[str, str]
) -> str:
    parts = [*messages, *(f"{name}: {text}" for name, text in field_errors.items())]
    where = answer.headers.get("location", "")
    if 300 <= answer.status < 400:  # noqa: PLR2004 - 3xx
        parts.append(f"redirects are not followed ({where[:100]}); check the URL")
    return f"{answer.call}: {'; '.join(parts) or 'no words'}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
