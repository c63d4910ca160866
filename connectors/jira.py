"""What we ask of Jira and what we write to it.

The library supplies the paths where it has them right; every call goes over the wire.
No dictionary of Jira's and no error of the library's leaves this class.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from atlassian.jira import JiraCloud, JiraSoftware

from connectors.call import segment
from connectors.errors import RefusedError, UnreachableError
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
    read_webhook,
    write_webhook,
)
from connectors.jira_history import JiraHistory
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
from connectors.kind import Kind, SiteKind
from connectors.session import session_over
from connectors.verifying import NO_MAIL, write_fields_surely
from connectors.wire import Wire, our_errors
from scoring.item import Issue
from scoring.plan import Move
from scoring.reading.fields import JiraField, LinkType

PAGE: Final = 100
MOST_PAGES: Final = 1000
MOST_RECONCILED: Final = 50
# Jira gives large pages where nothing but ids is asked for.
PAGE_OF_IDS: Final = 5_000
_BOARDS_A_PAGE: Final = 50
_BOARD_PAGES: Final = 4
_WEBHOOKS: Final = "/rest/webhooks/1.0/webhook"


class Jira(Ranked):
    """One Jira Cloud, spoken to synchronously; safe to share between threads."""

    # Its search can be told which issues must be seen as they are now.
    reconciles: Final = True

    def __init__(
        self,
        wire: Wire,
        *,
        kind: SiteKind = SiteKind(Kind.CLOUD),  # noqa: B008 - a frozen value
        most_pages: int = MOST_PAGES,
    ) -> None:
        self.kind = kind
        self._wire = wire
        self._most_pages = most_pages
        # The library's own retry would sleep for up to half an hour, even for a POST.
        options: dict[str, Any] = {
            "session": session_over(wire),
            "retry_with_header": False,
        }
        self._platform = JiraCloud(wire.access.url, **options)
        self._software = JiraSoftware(wire.access.url, cloud=True, **options)
        self.history = JiraHistory(self._platform)

    def server_info(self) -> ServerInfo:
        """Ask which Jira this is."""
        with our_errors("GET serverInfo"):
            answer = self._platform.get_server_info()
        return read_server_info(read_object(answer, "serverInfo"))

    def myself(self) -> Account:
        """Ask who we are."""
        with our_errors("GET myself"):
            answer = self._platform.get_current_user()
        return read_account(read_object(answer, "myself"))

    def permissions(
        self, names: Sequence[str], project: str | None = None
    ) -> dict[str, bool]:
        """Ask which of these permissions we have, in one project or at all."""
        with our_errors("GET mypermissions"):
            answer = self._platform.get_my_permissions(
                permissions=",".join(names), project_key=project
            )
        return read_permissions(read_object(answer, "mypermissions"))

    def fields(self) -> tuple[JiraField, ...]:
        """List all fields, those of team-managed projects too."""
        with our_errors("GET field"):
            answer = self._platform.get_fields()
        found = tuple(read_field(raw) for raw in read_list(answer, "field"))
        self._look_for_rank(found)
        return found

    def link_types(self) -> tuple[LinkType, ...]:
        """List the link types with both their phrases."""
        with our_errors("GET issueLinkType"):
            answer = read_object(self._platform.get_issue_link_types(), "issueLinkType")
        raws = read_list(answer.get("issueLinkTypes"), "issueLinkType")
        return tuple(read_link_type(raw) for raw in raws)

    def boards(self, query: str = "") -> tuple[Board, ...]:
        """Find boards whose name contains the query, 200 at most."""
        boards: list[Board] = []
        for _page in range(_BOARD_PAGES):
            with our_errors("GET board"):
                answer = self._software.get_all_boards(
                    start_at=len(boards),
                    max_results=_BOARDS_A_PAGE,
                    name=query or None,
                )
            page = read_object(answer, "board")
            raws = read_list(page.get("values"), "board")
            boards += (read_board(raw) for raw in raws)
            if not raws or page.get("isLast") is not False:
                break
        return tuple(boards)

    def board_configuration(self, board: int) -> BoardConfiguration:
        """Ask what a board shows and by which field it ranks."""
        with our_errors("GET board configuration"):
            answer = self._software.get_configuration(int(board))
        return read_board_configuration(read_object(answer, "board configuration"))

    def search(
        self, jql: str, *, fields: Sequence[str], reconcile: Sequence[str | int] = ()
    ) -> Iterator[Issue]:
        """Read the issues that a JQL finds, page by page, each once.

        The index lags behind writes: `reconcile` names up to 50 issues, by numeric
        id, whose newest state must be seen.
        """
        if len(reconcile) > MOST_RECONCILED:
            raise RefusedError(
                f"Jira reconciles {MOST_RECONCILED} issues at most, not "
                f"{len(reconcile)}: read the others with read_issues."
            )
        body: dict[str, Any] = {
            "jql": jql,
            "fields": self._wanted(fields),
            "maxResults": PAGE,
        }
        if reconcile:
            body["reconcileIssues"] = [int(number) for number in reconcile]
        seen: set[str] = set()
        for page in self._pages(body):
            for raw in read_list(page.get("issues"), "search"):
                issue = read_issue(raw, rank_field=self.rank_field)
                if issue.id not in seen:  # an issue that moves may come twice
                    seen.add(issue.id)
                    yield issue

    def ids(self, jql: str) -> Iterator[str]:
        """Name the issues that a JQL finds, by numeric id, in the query's order."""
        body = {"jql": jql, "fields": ["id"], "maxResults": PAGE_OF_IDS}
        seen: set[str] = set()
        for page in self._pages(body):
            for raw in read_list(page.get("issues"), "search"):
                number = str(raw.get("id") or "")
                if number and number not in seen:
                    seen.add(number)
                    yield number

    def peek(
        self, jql: str, *, fields: Sequence[str] = (), most: int = 1
    ) -> tuple[Issue, ...]:
        """Read the first few issues that a JQL finds, one page of them at most."""
        body = {"jql": jql, "fields": self._wanted(fields), "maxResults": most}
        page = next(self._pages(body))
        raws = read_list(page.get("issues"), "search")
        return tuple(read_issue(raw, rank_field=self.rank_field) for raw in raws)

    def read_issues(
        self, ids_or_keys: Sequence[str], fields: Sequence[str]
    ) -> tuple[Issue, ...]:
        """Read issues as they are now; those that are gone or hidden are left out."""
        names = list(dict.fromkeys(ids_or_keys))
        found: list[Issue] = []
        for start in range(0, len(names), PAGE):
            body = {
                "issueIdsOrKeys": names[start : start + PAGE],
                "fields": self._wanted(fields),
            }
            with our_errors("POST issue/bulkfetch"):
                answer = self._platform.bulk_fetch_issues(data=body)
            raws = read_list(read_object(answer, "bulkfetch").get("issues"), "issues")
            found += (read_issue(raw, rank_field=self.rank_field) for raw in raws)
        return tuple(found)

    def ranks(self, ids: Sequence[str]) -> dict[str, str]:
        """Tell the rank of some issues, by id; the gone and hidden are left out."""
        return {issue.id: issue.rank for issue in self.read_issues(ids, ())}

    def issue(self, key: str, fields: Sequence[str]) -> Issue:
        """Read one issue as it is now, by key or id."""
        wanted = ",".join(self._wanted(fields))
        with our_errors(f"GET issue {key}"):
            answer = self._platform.get_issue(segment(key), fields=wanted)
        return read_issue(read_object(answer, "issue"), rank_field=self.rank_field)

    def editmeta(self, key: str) -> dict[str, EditField]:
        """Ask which fields of this issue may be edited, by field id."""
        with our_errors(f"GET editmeta {key}"):
            answer = self._platform.get_edit_issue_meta(segment(key))
        raws = read_object(read_object(answer, "editmeta").get("fields"), "editmeta")
        return {
            name: read_edit_field(name, read_object(raw, f"editmeta of {name}"))
            for name, raw in raws.items()
        }

    def write_fields(
        self, key: str, values: Mapping[str, object], *, quiet: bool = False
    ) -> None:
        """Set fields of one issue; `None` clears.

        Where the answer is lost, the issue is read before anything is said again.
        With `quiet` its watchers get no mail; ForbiddenError, and nothing is written,
        where the account administers neither Jira nor the project.
        """

        def put() -> None:
            if quiet:  # the library would say False, which the documents refuse
                path, body = (
                    f"/rest/api/3/issue/{segment(key)}",
                    {"fields": dict(values)},
                )
                self._wire.call("PUT", path, params=NO_MAIL, body=body)
                return
            with our_errors(f"PUT issue {key}"):
                self._platform.edit_issue(segment(key), data={"fields": dict(values)})

        write_fields_surely(
            key,
            values,
            put=put,
            read=lambda: self.issue(key, tuple(values)).fields,
            rest=self._wire.rest,
        )

    def rank(self, move: Move) -> RankOutcome:
        """Put up to 50 issues right before or after another, in the given order."""
        body = write_move(move)
        with our_errors("PUT issue/rank"):
            answer = self._software.rank_issues(data=body)
        return read_rank_outcome(answer, move.keys)

    # Webhook administration is in none of the documents and not in the library.

    def webhooks(self) -> tuple[Webhook, ...]:
        """List the admin webhooks; needs Administer Jira."""
        answer = self._wire.call("GET", _WEBHOOKS).json()
        return tuple(read_webhook(raw) for raw in read_list(answer, "webhook"))

    def create_webhook(self, wish: WebhookWish) -> Webhook:
        """Register a webhook; look for it first, for a repeated call makes a second."""
        answer = self._wire.call("POST", _WEBHOOKS, body=write_webhook(wish)).json()
        return read_webhook(read_object(answer, "webhook"))

    def update_webhook(self, webhook: str, wish: WebhookWish) -> Webhook:
        """Change a webhook, the secret only where a new one is given."""
        path = f"{_WEBHOOKS}/{segment(webhook)}"
        answer = self._wire.call("PUT", path, body=write_webhook(wish)).json()
        return read_webhook(read_object(answer, "webhook"))

    def delete_webhook(self, webhook: str) -> None:
        """Take a webhook away."""
        self._wire.call("DELETE", f"{_WEBHOOKS}/{segment(webhook)}")

    def _pages(self, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Follow the tokens to the last page, and never in a circle."""
        token = ""
        tokens: set[str] = set()
        for _page in range(self._most_pages):
            sent = {**body, "nextPageToken": token} if token else dict(body)
            with our_errors("POST search/jql"):
                answer = self._platform.search_and_reconsile_issues_using_jql_post(
                    data=sent
                )
            page = read_object(answer, "search")
            yield page
            token = _next_token(page)
            if not token:
                return
            if token in tokens:
                raise UnreachableError("search: Jira gave the same page twice.")
            tokens.add(token)
        raise RefusedError(
            f"search: more than {self._most_pages * PAGE} issues; narrow the JQL."
        )


def _next_token(page: Mapping[str, Any]) -> str:
    """Read the token of the next page, or nothing after the last one."""
    token = str(page.get("nextPageToken") or "")
    if page.get("isLast") is True:
        return ""
    if not token and page.get("isLast") is False:
        # A part must not be taken for the whole: what is missing would lose its rank.
        raise UnreachableError("search: Jira gave no way to the next page.")
    return token
