"""An answer as it came, and what it says where it says no."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from connectors.errors import REFUSALS, RefusedError, UnreachableError

# Not the caller's fault, and likely to pass.
PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST: Final = 500
_MOST_WORDS: Final = 20
_WORDS: Final = ("errorMessages", "messages", "message", "detail", "title", "reason")


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
            if (found := _with_surrogates(self.body)) is not None:
                return found
            raise UnreachableError(
                f"{self.call}: the answer is cut off or no JSON ({error})."
            ) from error


def _with_surrogates(body: bytes) -> Any:
    """Read JSON in which half a character is escaped, as people's texts may hold.

    Jira passes on what was typed; one broken emoji must not cost a whole backlog.
    """
    if b"\\u" not in body:
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return _whole(found)


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


def judge(answer: Answer, retry_after: float | None = None) -> Answer:
    """Return a good answer; raise the error that any other one means."""
    if answer.status < 300:  # noqa: PLR2004 - 2xx
        return _data(answer)
    messages, field_errors = read_words(answer)
    if answer.status in PASSING or answer.status >= 500:  # noqa: PLR2004 - 5xx
        reason = answer.headers.get("ratelimit-reason", "")
        words = _sentence(answer, (*messages, *([reason] if reason else [])), {})
        raise UnreachableError(words, retry_after)
    kind = REFUSALS.get(answer.status, RefusedError)
    message = _sentence(answer, messages, field_errors)
    raise kind(message, answer.status, messages, field_errors)


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
