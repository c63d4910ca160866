"""How a call is named: in errors, in counts, and where it may be repeated."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from connectors.errors import RefusedError

# Reads that are POSTs, and writes that say the same thing when they are said twice.
_REPEATABLE: Final = frozenset(
    {
        ("POST", "/rest/api/3/search/jql"),
        ("POST", "/rest/api/3/issue/bulkfetch"),
        ("POST", "/rest/api/3/changelog/bulkfetch"),
        ("PUT", "/rest/api/3/issue/{}"),
        ("PUT", "/rest/webhooks/1.0/webhook/{}"),
    }
)
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_VERSIONED: Final = re.compile(r"v?[0-9](\.[0-9])?|latest")
_SERVICES: Final = frozenset({"api", "agile", "software", "webhooks", "jira-webhook"})


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt, for whoever counts them; `status` is 0 where no answer came."""

    method: str
    template: str
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Said:
    """A call as it is named in errors and counts."""

    method: str
    path: str

    @property
    def plain_path(self) -> str:
        """The path without its query, which may hold more than a log should."""
        return self.path.partition("?")[0]

    @property
    def words(self) -> str:
        """Verb and path."""
        return f"{self.method} {self.plain_path}"


def is_repeatable(method: str, path: str) -> bool:
    """Say whether doing it twice does no more than doing it once."""
    return method in _READS or (method, template_of(path)) in _REPEATABLE


def template_of(path: str) -> str:
    """Reduce a path to its pattern, for counts: what holds a digit is an id."""
    parts = path.partition("?")[0].split("/")
    return "/".join(
        "{}"
        if any(sign.isdigit() for sign in part) and not _is_version(before, part)
        else part
        for before, part in zip(["", *parts], parts, strict=False)
    )


def segment(text: str) -> str:
    """Make one segment of a path, whatever stands in the text."""
    quoted = quote(text.encode("utf-8", "replace"), safe="")
    if quoted in ("", ".", ".."):
        raise RefusedError(f"{text!r} is no key or id that could be asked for.")
    return quoted


def _is_version(before: str, part: str) -> bool:
    return before in _SERVICES and _VERSIONED.fullmatch(part) is not None
