"""What a Jira Data Center remembers: histories come with the issues themselves.

There is no bulk of changelogs, and a change names its field as people see it, without
an id; names are not unique, so a change counts for every wanted field of that name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.errors import RefusedError, UnreachableError
from connectors.jira_answers import read_list, read_object
from connectors.jira_history import (
    MOST_FIELDS,
    STATUS,
    Change,
    read_category,
    read_end,
    read_moment,
)
from connectors.wire import Wire
from scoring.reading.fields import JiraField

# Histories are long: fewer issues at a time than a search gives.
MOST_ISSUES: Final = 50
_SEARCH: Final = "/rest/api/2/search"


class DataCenterHistory:
    """Reads histories over a wire; `fields` tells how the fields are called."""

    def __init__(self, wire: Wire, fields: Callable[[], tuple[JiraField, ...]]) -> None:
        self._wire = wire
        self._fields = fields

    def categories(self) -> dict[str, str]:
        """Tell the category of each status, by the status's id."""
        answer = self._wire.call("GET", "/rest/api/2/status").json()
        return dict(read_category(raw) for raw in read_list(answer, "status"))

    def changes(
        self, ids: Sequence[str], fields: Sequence[str] = (STATUS,)
    ) -> dict[str, tuple[Change, ...]]:
        """Read the changes of some fields, by the issue's numeric id, oldest first.

        An issue without such a change, or that may not be seen, is not in it.
        """
        if not 0 < len(fields) <= MOST_FIELDS:
            raise RefusedError(f"1 to {MOST_FIELDS} fields a call, not {len(fields)}.")
        wanted = self._by_name(fields)
        names = [name for name in dict.fromkeys(ids) if name.isdecimal()]
        found: dict[str, tuple[Change, ...]] = {}
        for start in range(0, len(names), MOST_ISSUES):
            for raw in self._issues(names[start : start + MOST_ISSUES]):
                changes = sorted(_changes(raw, wanted), key=lambda change: change.at)
                if changes:
                    found[str(raw.get("id"))] = tuple(changes)
        return found

    def _by_name(self, fields: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """List the wanted fields by what a changelog may call them."""
        named: defaultdict[str, list[str]] = defaultdict(list)
        called = {field.id: field.name for field in self._fields()}
        for field in fields:
            for name in {field, called.get(field, field)}:
                named[name.casefold()].append(field)
        return named

    def _issues(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        body = {
            "jql": f"issue in ({', '.join(ids)})",
            "startAt": 0,
            "maxResults": len(ids),
            "fields": ["created"],
            "expand": ["changelog"],
            "validateQuery": False,  # an issue that is gone is no error
        }
        answer = self._wire.call("POST", _SEARCH, body=body).json()
        page = read_object(answer, "changelog")
        raws = read_list(page.get("issues"), "changelog")
        total = page.get("total")
        if isinstance(total, int) and total > len(raws):
            raise UnreachableError(
                f"changelog: Jira gave {len(raws)} issues of {total}."
            )
        return raws


def _changes(
    raw: Mapping[str, Any], wanted: Mapping[str, Sequence[str]]
) -> Iterator[Change]:
    log = read_object(raw.get("changelog"), "changelog")
    histories = read_list(log.get("histories"), "changelog")
    total = log.get("total")
    if isinstance(total, int) and total > len(histories):
        raise UnreachableError(
            f"changelog: Jira gave {len(histories)} changes of {total}."
        )
    for history in histories:
        at = read_moment(history.get("created"))
        for item in read_list(history.get("items"), "changelog"):
            for field in wanted.get(str(item.get("field")).casefold(), ()):
                yield Change(at, field, read_end(item, "from"), read_end(item, "to"))
