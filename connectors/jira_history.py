"""What Jira remembers of issues: changes of their fields, and what statuses mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from atlassian.jira import JiraCloud

from connectors.errors import RefusedError, UnreachableError
from connectors.jira_answers import read_list, read_object
from connectors.wire import our_errors
from scoring.backtest.history import StatusChange

STATUS: Final = "status"
MOST_ISSUES: Final = 1000
MOST_FIELDS: Final = 10
PAGE: Final = 1000
MOST_PAGES: Final = 200
_BULK: Final = "POST changelog/bulkfetch"
# As a number a moment comes in seconds or in milliseconds; no one worked before 1973.
_MILLISECONDS_FROM: Final = 10**11


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one field; `was` and `now` are ids where the field has such."""

    at: datetime
    field: str
    was: str
    now: str

    def of_status(self) -> StatusChange:
        """Take it for a change of status."""
        return StatusChange(self.at, self.was, self.now)


class JiraHistory:
    """Reads histories over the library that a `Jira` holds."""

    def __init__(self, platform: JiraCloud, *, most_pages: int = MOST_PAGES) -> None:
        self._platform = platform
        self._most_pages = most_pages

    def categories(self) -> dict[str, str]:
        """Tell the category of each status, by the status's id."""
        with our_errors("GET status"):
            answer = self._platform.get_statuses()
        return dict(read_category(raw) for raw in read_list(answer, "status"))

    def changes(
        self, ids: Sequence[str], fields: Sequence[str] = (STATUS,)
    ) -> dict[str, tuple[Change, ...]]:
        """Read the changes of some fields, by the issue's numeric id, oldest first.

        An issue without such a change, or that may not be seen, is not in it.
        """
        if not 0 < len(fields) <= MOST_FIELDS:
            raise RefusedError(
                f"Jira tells of 1 to {MOST_FIELDS} fields a call, not {len(fields)}."
            )
        names = list(dict.fromkeys(ids))
        found: dict[str, list[Change]] = {}
        for start in range(0, len(names), MOST_ISSUES):
            body = {
                "issueIdsOrKeys": names[start : start + MOST_ISSUES],
                "fieldIds": list(fields),
                "maxResults": PAGE,
            }
            for log in self._logs(body):
                changes = found.setdefault(str(log.get("issueId")), [])
                changes.extend(_changes(log, fields))
        return {
            name: tuple(sorted(changes, key=lambda change: change.at))
            for name, changes in found.items()
            if changes
        }

    def _logs(self, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Follow the tokens to the last page, and never in a circle."""
        token = ""
        tokens = {token}
        for _page in range(self._most_pages):
            sent = {**body, "nextPageToken": token} if token else dict(body)
            with our_errors(_BULK):
                answer = self._platform.get_bulk_changelogs(data=sent)
            page = read_object(answer, "changelog")
            yield from read_list(page.get("issueChangeLogs"), "changelog")
            token = str(page.get("nextPageToken") or "")
            if not token:
                return
            if token in tokens:
                raise UnreachableError("changelog: Jira gave the same page twice.")
            tokens.add(token)
        raise RefusedError(
            f"changelog: more than {self._most_pages * PAGE} changes; ask for fewer "
            "issues at a time."
        )


def read_category(raw: Mapping[str, Any]) -> tuple[str, str]:
    """Read a status's id and the key of its category."""
    category = raw.get("statusCategory")
    key = category.get("key") if isinstance(category, Mapping) else None
    return str(raw.get("id")), str(key or "undefined")


def _changes(log: Mapping[str, Any], fields: Sequence[str]) -> Iterator[Change]:
    """Read one issue's changes; Jira may send items that nobody asked for."""
    for history in read_list(log.get("changeHistories"), "changelog"):
        at = read_moment(history.get("created"))
        for item in read_list(history.get("items"), "changelog"):
            name = str(item.get("fieldId") or item.get("field"))
            if name in fields:
                yield Change(at, name, read_end(item, "from"), read_end(item, "to"))


def read_end(item: Mapping[str, Any], end: str) -> str:
    """Read a value by its id, or by its words where it has no id."""
    value = item.get(end)
    told = item.get("fromString" if end == "from" else "toString")
    return str(told or "") if value is None else str(value)


def read_moment(value: object) -> datetime:
    """Read a moment as Jira writes it: a text with a zone, or a number since 1970.

    The document says a text and its example shows a number; a text without a zone is
    in UTC.
    """
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UnreachableError(f"changelog: {value!r} is no moment.") from error
    raise UnreachableError(f"changelog: {value!r} is no moment.")
