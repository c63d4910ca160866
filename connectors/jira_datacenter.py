"""The same words for a Jira Data Center, 9.12 or later: REST v2 and agile.

Paths and bodies as in Atlassian's reference for Jira Data Center:
https://docs.atlassian.com/software/jira/docs/api/REST/9.12.0/ and
https://docs.atlassian.com/jira-software/REST/9.12.0/. What they answer is shaped as
on the Cloud, but for users (a `key` and a `name`), texts (wiki text, no documents) and
pages (by `startAt`). The library is not used: it knows these paths, and adds nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.answer import Answer
from connectors.call import segment
from connectors.errors import NotFoundError, RefusedError, UnreachableError
from connectors.jira_answers import (
    read_account,
    read_board,
    read_board_configuration,
    read_edit_field,
    read_field,
    read_issue,
    read_link_type,
    read_list,
    read_object,
    read_permissions,
    read_rank_outcome,
    read_server_info,
)
from connectors.jira_datacenter_history import DataCenterHistory
from connectors.jira_rank import Ranked, write_move
from connectors.jira_values import (
    Account,
    Board,
    BoardConfiguration,
    EditField,
    RankOutcome,
    ServerInfo,
    Webhook,
    WebhookWish,
)
from connectors.jira_webhooks import DataCenterWebhooks
from connectors.kind import Kind, SiteKind
from connectors.paging import Reading
from connectors.verifying import NO_MAIL, write_fields_surely
from connectors.wire import Params, Wire
from scoring.item import Issue
from scoring.plan import Move
from scoring.reading.fields import JiraField, LinkType

V2: Final = "/rest/api/2"
AGILE: Final = "/rest/agile/1.0"
# What Jira gives at once by default is at most 1000; smaller pages are read as well.
PAGE: Final = 250
PAGE_OF_IDS: Final = 1_000
MOST_PAGES: Final = 400
# So often all ids are read, until nothing slipped.
MOST_READINGS: Final = 3
# Issues that are looked up one by one, each as it is at this moment.
MOST_SINGLE: Final = 20
_BOARDS_A_PAGE: Final = 50
_BOARD_PAGES: Final = 4
_NO_CONTENT: Final = 204
_SHIFTING: Final = (
    "search: issues left or moved while its pages were read; one may be missing."
)


class DataCenterJira(Ranked):
    """One Jira Data Center, spoken to synchronously; safe to share between threads."""

    # Its search takes no `reconcile`.
    reconciles: Final = False

    def __init__(
        self,
        wire: Wire,
        *,
        kind: SiteKind = SiteKind(Kind.DATA_CENTER),  # noqa: B008 - a frozen value
        most_pages: int = MOST_PAGES,
    ) -> None:
        self.kind = kind
        self._wire = wire
        self._most_pages = most_pages
        self._webhooks = DataCenterWebhooks(wire, kind.numbers)
        self.history = DataCenterHistory(wire, self.fields)

    def server_info(self) -> ServerInfo:
        """Ask which Jira this is."""
        return read_server_info(self._object("GET", f"{V2}/serverInfo"))

    def myself(self) -> Account:
        """Ask who we are."""
        return read_account(self._object("GET", f"{V2}/myself"))

    def permissions(
        self, names: Sequence[str], project: str | None = None
    ) -> dict[str, bool]:
        """Ask which of these permissions we have; Data Center tells all it knows."""
        params = {"projectKey": project} if project else None
        raw = self._object("GET", f"{V2}/mypermissions", params)
        known = read_permissions(raw)
        return {name: known[name] for name in names if name in known}

    def fields(self) -> tuple[JiraField, ...]:
        """List all fields."""
        found = tuple(read_field(raw) for raw in self._list(f"{V2}/field"))
        self._look_for_rank(found)
        return found

    def link_types(self) -> tuple[LinkType, ...]:
        """List the link types with both their phrases."""
        answer = self._object("GET", f"{V2}/issueLinkType")
        raws = read_list(answer.get("issueLinkTypes"), "issueLinkType")
        return tuple(read_link_type(raw) for raw in raws)

    def boards(self, query: str = "") -> tuple[Board, ...]:
        """Find boards whose name contains the query, 200 at most."""
        boards: list[Board] = []
        for _page in range(_BOARD_PAGES):
            asked = {"startAt": len(boards), "maxResults": _BOARDS_A_PAGE}
            named = {"name": query} if query else {}
            page = self._object("GET", f"{AGILE}/board", {**asked, **named})
            raws = read_list(page.get("values"), "board")
            boards += (read_board(raw) for raw in raws)
            if not raws or page.get("isLast") is not False:
                break
        return tuple(boards)

    def board_configuration(self, board: int) -> BoardConfiguration:
        """Ask what a board shows and by which field it ranks."""
        path = f"{AGILE}/board/{int(board)}/configuration"
        return read_board_configuration(self._object("GET", path))

    def search(
        self, jql: str, *, fields: Sequence[str], reconcile: Sequence[str | int] = ()
    ) -> Iterator[Issue]:
        """Read the issues that a JQL finds, page by page, each once.

        The index of a cluster's other node may be a moment behind, and this Jira knows
        no word for that: what may be old is looked up with `read_issues`.
        """
        if reconcile:
            raise RefusedError("A Data Center reconciles nothing: see read_issues.")
        reading = Reading()
        for raw in self._raws({"jql": jql, "fields": self._wanted(fields)}, reading):
            yield read_issue(raw, rank_field=self.rank_field)
        if reading.shifted:
            missed = [number for number in self.ids(jql) if number not in reading.seen]
            yield from self.read_issues(missed, fields)

    def ids(self, jql: str) -> Iterator[str]:
        """Name the issues that a JQL finds, by numeric id, in the query's order.

        Where one may have slipped between two pages all are read again, and what was
        missed comes last.
        """
        seen: set[str] = set()
        for _reading in range(MOST_READINGS):
            reading = Reading()
            body = {"jql": jql, "fields": ["id"]}
            for raw in self._raws(body, reading, size=PAGE_OF_IDS):
                number = str(raw.get("id") or "")
                if number and number not in seen:
                    seen.add(number)
                    yield number
            if not reading.shifted:
                return
        raise UnreachableError(_SHIFTING)

    def peek(
        self, jql: str, *, fields: Sequence[str] = (), most: int = 1
    ) -> tuple[Issue, ...]:
        """Read the first few issues that a JQL finds, one page of them at most."""
        body = {"jql": jql, "fields": self._wanted(fields), "maxResults": most}
        raws = read_list(self._found(body).get("issues"), "search")
        return tuple(read_issue(raw, rank_field=self.rank_field) for raw in raws)

    def read_issues(
        self, ids_or_keys: Sequence[str], fields: Sequence[str]
    ) -> tuple[Issue, ...]:
        """Read issues as they are now; those that are gone or hidden are left out.

        A few are read one by one, more by a search, which in a cluster may be a moment
        behind.
        """
        names = list(dict.fromkeys(ids_or_keys))
        if len(names) <= MOST_SINGLE:
            return tuple(self._single(names, fields))
        return tuple(self._by_name(names, self._wanted(fields)))

    def ranks(self, ids: Sequence[str]) -> dict[str, str]:
        """Tell the rank of some issues, by id; the gone and hidden are left out.

        By a search, so that it costs one request and not one an issue: of a place that
        changed a moment ago in a cluster, the webhook tells.
        """
        if not self.rank_field:
            return {}
        found = self._by_name(list(dict.fromkeys(ids)), [self.rank_field])
        return {issue.id: issue.rank for issue in found}

    def _by_name(self, names: Sequence[str], fields: Sequence[str]) -> Iterator[Issue]:
        for start in range(0, len(names), PAGE):
            some = ", ".join(_named(name) for name in names[start : start + PAGE])
            body = {
                "jql": f"issue in ({some})",
                "fields": list(fields),
                # Without the check, an issue that is gone is no error.
                "validateQuery": False,
            }
            reading = Reading()
            for raw in self._raws(body, reading):
                yield read_issue(raw, rank_field=self.rank_field)
            if reading.shifted:
                raise UnreachableError(_SHIFTING)

    def issue(self, key: str, fields: Sequence[str]) -> Issue:
        """Read one issue as it is now, by key or id."""
        asked = {"fields": ",".join(self._wanted(fields))}
        raw = self._object("GET", f"{V2}/issue/{segment(key)}", asked)
        return read_issue(raw, rank_field=self.rank_field)

    def editmeta(self, key: str) -> dict[str, EditField]:
        """Ask which fields of this issue may be edited, by field id."""
        answer = self._object("GET", f"{V2}/issue/{segment(key)}/editmeta")
        raws = read_object(answer.get("fields"), "editmeta")
        return {
            name: read_edit_field(name, read_object(raw, f"editmeta of {name}"))
            for name, raw in raws.items()
        }

    def write_fields(
        self, key: str, values: Mapping[str, object], *, quiet: bool = False
    ) -> None:
        """Set fields of one issue that are on its edit screen; `None` clears.

        With `quiet` its watchers get no mail; ForbiddenError, and nothing is written,
        where the account administers neither Jira nor the project.
        """
        params = NO_MAIL if quiet else None
        path, body = f"{V2}/issue/{segment(key)}", {"fields": dict(values)}
        write_fields_surely(
            key,
            values,
            put=lambda: self._wire.call("PUT", path, params=params, body=body),
            read=lambda: self.issue(key, tuple(values)).fields,
            rest=self._wire.rest,
        )

    def rank(self, move: Move) -> RankOutcome:
        """Put up to 50 issues right before or after another, in the given order."""
        body = write_move(move)
        answer = self._wire.call("PUT", f"{AGILE}/issue/rank", body=body)
        return read_rank_outcome(_said(answer), move.keys)

    def webhooks(self) -> tuple[Webhook, ...]:
        """List the admin webhooks; needs Administer Jira."""
        return self._webhooks.list()

    def create_webhook(self, wish: WebhookWish) -> Webhook:
        """Register a webhook; look for it first, for a repeated call makes a second."""
        return self._webhooks.create(wish)

    def update_webhook(self, webhook: str, wish: WebhookWish) -> Webhook:
        """Change a webhook, the secret only where a new one is given."""
        return self._webhooks.update(webhook, wish)

    def delete_webhook(self, webhook: str) -> None:
        """Take a webhook away."""
        self._webhooks.delete(webhook)

    def _single(
        self, ids_or_keys: Sequence[str | int], fields: Sequence[str]
    ) -> Iterator[Issue]:
        for name in ids_or_keys:
            try:
                yield self.issue(str(name), fields)
            except NotFoundError:
                continue  # gone or hidden

    def _raws(
        self, body: Mapping[str, Any], reading: Reading, *, size: int = PAGE
    ) -> Iterator[Mapping[str, Any]]:
        """Follow the pages to the end that Jira tells, never past it; each issue once.

        Whether that was all, the reading says.
        """
        start = 0
        for _page in range(self._most_pages):
            page = self._found({**body, "startAt": start, "maxResults": size})
            raws = read_list(page.get("issues"), "search")
            total = page.get("total")
            if not isinstance(total, int):
                raise UnreachableError("search: Jira does not tell how many there are.")
            yield from reading.take(raws, total)
            start += len(raws)
            if start >= total:
                return
            if not raws:
                # A part must not be taken for the whole: it would lose its rank.
                raise UnreachableError(f"search: Jira gave {start} issues of {total}.")
            start -= reading.overlap
        raise RefusedError(
            f"search: more than {self._most_pages} pages of issues; narrow the JQL."
        )

    def _found(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self._wire.call("POST", f"{V2}/search", body=body)
        return read_object(answer.json(), "search")

    def _object(
        self, method: str, path: str, params: Params | None = None
    ) -> Mapping[str, Any]:
        return read_object(self._wire.call(method, path, params=params).json(), path)

    def _list(self, path: str) -> list[Mapping[str, Any]]:
        return read_list(self._wire.call("GET", path).json(), path)


def _said(answer: Answer) -> object:
    return None if answer.status == _NO_CONTENT or not answer.body else answer.json()


def _named(name: str) -> str:
    """Write a key or an id into a JQL, whatever stands in it."""
    if name.isascii() and name.replace("-", "").replace("_", "").isalnum():
        return name
    raise RefusedError(f"{name!r} is no key or id that could be asked for.")
