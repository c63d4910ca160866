"""The long-lived parts that answer requests: opened once, passed on as values."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from app import clock
from app.api.sureness import Judgements
from app.books.audit import Audit
from app.books.backlogs import Backlogs
from app.books.database import Database
from app.books.keys import Keys
from app.books.letters import Letters
from app.books.mappings import Mappings
from app.books.marks import Marks
from app.books.pages import Pages
from app.books.rankings import Rankings
from app.books.received import ReceivedDeliveries
from app.books.sites import Site, Sites, SiteSecrets
from app.checks.doctor import Doctor
from app.consent import Consent
from connectors.jira_values import EditField
from scoring.item import Issue
from scoring.reading.fields import JiraField, LinkType

# Says what is amiss, or nothing where all is well.
Check = Callable[[], str]


class BoardRead(Protocol):
    """A board, as far as people choose by it."""

    @property
    def id(self) -> int:
        """Jira's id of it."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def type(self) -> str:
        """Tell `scrum`, `kanban` or `simple`."""


class JiraReads(Protocol):
    """What the API itself asks of Jira: to look, never to write."""

    def fields(self) -> tuple[JiraField, ...]:
        """List the fields."""

    def link_types(self) -> tuple[LinkType, ...]:
        """List the link types."""

    def boards(self, query: str = "") -> Sequence[BoardRead]:
        """List the boards whose name holds the query."""

    def search(self, jql: str, *, fields: Sequence[str]) -> Iterator[Issue]:
        """Find issues, in Jira's order."""

    def peek(
        self, jql: str, *, fields: Sequence[str] = (), most: int = 1
    ) -> tuple[Issue, ...]:
        """Find the first few issues."""

    def editmeta(self, key: str) -> Mapping[str, EditField]:
        """Tell how an issue's fields may be edited, by field id."""


class WikiReads(Protocol):
    """What the API itself asks of Confluence."""

    def space_id(self, key: str) -> str:
        """Find a space's id by its key."""


class Connect(Protocol):
    """Opens (or finds open) the way to a site; whoever made it closes it."""

    def __call__(self, site: Site, secrets: SiteSecrets) -> tuple[JiraReads, WikiReads]:
        """Connect to a site's Jira and Confluence."""

    def consent(self, site: Site, secrets: SiteSecrets) -> Consent:
        """Prepare to ask for a person's consent."""


@asynccontextmanager
async def nothing_beside() -> AsyncIterator[None]:
    """Run nothing beside the API."""
    yield


def no_doctor() -> Doctor:
    """Say that the app was put together without one."""
    raise TypeError("the app was made without a doctor")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """All that the API stands on.

    `receiver` is the ASGI endpoint for Jira's deliveries; `beside` starts and stops
    what runs as long as the API does; `checks` are further reasons not to be ready.
    """

    database: Database
    sites: Sites
    marks: Marks
    connect: Connect
    allowed_hosts: tuple[str, ...] = ()
    backlogs: Backlogs = field(default_factory=Backlogs)
    mappings: Mappings = field(default_factory=Mappings)
    rankings: Rankings = field(default_factory=Rankings)
    judgements: Judgements = field(default_factory=Judgements)
    pages: Pages = field(default_factory=Pages)
    received: ReceivedDeliveries = field(default_factory=ReceivedDeliveries)
    letters: Letters = field(default_factory=Letters)
    audit: Audit = field(default_factory=Audit)
    keys: Keys = field(default_factory=Keys)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    now: Callable[[], datetime] = clock.now
    doctor: Callable[[], Doctor] = no_doctor
    receiver: ASGIApp | None = None
    beside: Callable[[], AbstractAsyncContextManager[None]] = nothing_beside
    checks: Mapping[str, Check] = field(default_factory=dict)


def parts_of(request: Request) -> Parts:
    """Find the parts of the app that a request came to."""
    parts = request.app.state.parts
    if not isinstance(parts, Parts):
        raise TypeError("the app was made without its parts")
    return parts


TheParts = Annotated[Parts, Depends(parts_of)]
