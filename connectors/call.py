"""How a call is named: in errors, in counts, and where it may be repeated."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from connectors.errors import RefusedError

# Reads that are POSTs.
_ASKING: Final = frozenset(
    {
        ("POST", "/rest/api/3/search/jql"),
        ("POST", "/rest/api/3/issue/bulkfetch"),
        ("POST", "/rest/api/3/changelog/bulkfetch"),
        ("POST", "/rest/api/2/search"),
    }
)
# Writes that say the same thing when they are said twice. An issue's fields are none
# of them here: whoever does not know what became of such a write reads first.
_ABSOLUTE: Final = frozenset(
    {
        ("PUT", "/rest/webhooks/1.0/webhook/{}"),
        ("PUT", "/rest/jira-webhook/1.0/webhooks/{}"),
    }
)
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ISSUE: Final = re.compile(r"/rest/api/[0-9a-z]+/issue/([^/?]*[0-9][^/?]*)")
_VERSIONED: Final = re.compile(r"v?[0-9](\.[0-9])?|latest")
_SERVICES: Final = frozenset({"api", "agile", "software", "webhooks", "jira-webhook"})


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt, for whoever counts them; `status` is 0 where no answer came.

    `reason` is why a 429 came, `trace` what Atlassian calls the request in its own
    logs, `near` that the site warns of a limit.
    """

    method: str
    template: str
    status: int
    seconds: float
    product: str = "jira"
    attempt: int = 1
    reason: str = ""
    trace: str = ""
    near: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A call as it is named in errors and counts."""

    method: str
    path: str
    product: str = "jira"

    @property
    def template(self) -> str:
        """The path's pattern."""
        return template_of(self.path)

    @property
    def is_read(self) -> bool:
        """Say whether it changes nothing."""
        return self.method in _READS or (self.method, self.template) in _ASKING

    @property
    def issue(self) -> str:
        """The issue that it is about, by key or id; empty where it is about none."""
        found = _ISSUE.match(self.path)
        return found.group(1) if found else ""

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
    said = Said(method, path)
    return said.is_read or (method, said.template) in _ABSOLUTE


def template_of(path: str) -> str:
    """Reduce a path to its pattern, for counts: ids hold digits, keys are upper."""
    parts = path.partition("?")[0].split("/")
    return "/".join(
        "{}" if _is_name(part) and not _is_version(before, part) else part
        for before, part in zip(["", *parts], parts, strict=False)
    )


def segment(text: str) -> str:
    """Make one segment of a path, whatever stands in the text."""
    quoted = quote(text.encode("utf-8", "replace"), safe="")
    if quoted in ("", ".", ".."):
        raise RefusedError(f"{text!r} is no key or id that could be asked for.")
    return quoted


def _is_name(part: str) -> bool:
    return part.isupper() or any(sign.isdigit() for sign in part)


def _is_version(before: str, part: str) -> bool:
    return before in _SERVICES and _VERSIONED.fullmatch(part) is not None
