"""The two kinds of client, and the words that both understand.

Whoever works with a site asks for these words only; which client speaks them is
settled once, by what the site says it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from connectors.confluence import Confluence
from connectors.jira import Jira
from connectors.jira_datacenter import DataCenterJira
from connectors.jira_history import STATUS, Change
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
from connectors.wiki import Wiki
from connectors.wiki_datacenter import DataCenterWiki
from connectors.wire import Wire
from scoring.item import Issue
from scoring.plan import Move
from scoring.reading.fields import JiraField, LinkType


class AnyHistory(Protocol):
    """What Jira remembers of issues."""

    def categories(self) -> dict[str, str]:
        """Tell the category of each status, by the status's id."""

    def changes(
        self, ids: Sequence[str], fields: Sequence[str] = (STATUS,)
    ) -> dict[str, tuple[Change, ...]]:
        """Read the changes of some fields, by the issue's numeric id, oldest first."""


class AnyJira(Protocol):
    """A Jira of either kind."""

    @property
    def kind(self) -> SiteKind:
        """What it is."""

    @property
    def history(self) -> AnyHistory:
        """What it remembers."""

    @property
    def reconciles(self) -> bool:
        """Whether its search can be told which issues must be seen as they are now."""

    @property
    def rank_field(self) -> str:
        """The id of the LexoRank field, or nothing where there is none."""

    def remember_rank_field(self, field: str) -> None:
        """Take it as it was known before, until the fields are listed again."""

    def server_info(self) -> ServerInfo:
        """Ask which Jira this is."""

    def myself(self) -> Account:
        """Ask who we are."""

    def permissions(
        self, names: Sequence[str], project: str | None = None
    ) -> dict[str, bool]:
        """Ask which of these permissions we have, in one project or at all.

        What Jira does not tell is left out: it may be held or not.
        """

    def fields(self) -> tuple[JiraField, ...]:
        """List all fields."""

    def link_types(self) -> tuple[LinkType, ...]:
        """List the link types."""

    def boards(self, query: str = "") -> tuple[Board, ...]:
        """Find boards by name."""

    def board_configuration(self, board: int) -> BoardConfiguration:
        """Ask what a board shows and by which field it ranks."""

    def search(
        self, jql: str, *, fields: Sequence[str], reconcile: Sequence[str | int] = ()
    ) -> Iterator[Issue]:
        """Read the issues that a JQL finds, each once."""

    def ids(self, jql: str) -> Iterator[str]:
        """Name the issues that a JQL finds, by numeric id, in the query's order."""

    def peek(
        self, jql: str, *, fields: Sequence[str] = (), most: int = 1
    ) -> tuple[Issue, ...]:
        """Read the first few issues that a JQL finds."""

    def read_issues(
        self, ids_or_keys: Sequence[str], fields: Sequence[str]
    ) -> tuple[Issue, ...]:
        """Read issues as they are now; those that are gone or hidden are left out."""

    def ranks(self, ids: Sequence[str]) -> dict[str, str]:
        """Tell the rank of some issues, by id; the gone and hidden are left out."""

    def issue(self, key: str, fields: Sequence[str]) -> Issue:
        """Read one issue as it is now."""

    def editmeta(self, key: str) -> dict[str, EditField]:
        """Ask which fields of this issue may be edited."""

    def write_fields(
        self, key: str, values: Mapping[str, object], *, quiet: bool = False
    ) -> None:
        """Set fields of one issue; `None` clears.

        With `quiet` its watchers get no mail; ForbiddenError, and nothing is written,
        where the account administers neither Jira nor the project.
        """

    def rank(self, move: Move) -> RankOutcome:
        """Put issues right before or after another."""

    def webhooks(self) -> tuple[Webhook, ...]:
        """List the admin webhooks."""

    def create_webhook(self, wish: WebhookWish) -> Webhook:
        """Register a webhook."""

    def update_webhook(self, webhook: str, wish: WebhookWish) -> Webhook:
        """Change a webhook."""

    def delete_webhook(self, webhook: str) -> None:
        """Take a webhook away."""


def open_clients(
    wire: Wire, kind: SiteKind, confluence_url: str
) -> tuple[AnyJira, Confluence]:
    """Make the clients that fit what the site is."""
    if kind.kind is Kind.CLOUD:
        return Jira(wire, kind=kind), Confluence(wire, confluence_url, speaks=Wiki)
    return (
        DataCenterJira(wire, kind=kind),
        Confluence(wire, confluence_url, speaks=DataCenterWiki),
    )
