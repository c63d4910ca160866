"""The whole pretend site behind one lock, in memory or in a file as well."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from connectors.sandbox.accounts import Account, Accounts
from connectors.sandbox.clock import Clock, wall_clock
from connectors.sandbox.fields import BUILT_IN, RANK, Field, write_field
from connectors.sandbox.flavour import CLOUD, Flavour
from connectors.sandbox.model import (
    Board,
    Change,
    Issue,
    Link,
    LinkType,
    Named,
    Project,
    Status,
    Webhook,
)
from connectors.sandbox.oauth import OAuthDesk
from connectors.sandbox.ranks import Ranks

REMEMBERED = 1000
FLAG = "cd3.gateway"  # in a request's scope: it came by the gateway


class Kept(Protocol):
    """The Confluence half, as far as keeping it goes."""

    def to_json(self) -> Any:
        """Give all of it as JSON."""


class Log(Protocol):
    """What the web view asks of the request log."""

    def since(self, number: int) -> list[dict[str, Any]]:
        """Give all noted requests after a number, oldest first."""


class PostRoom(Protocol):
    """What is asked of the sender of webhooks."""

    def send(self, envelope: Any) -> None:
        """Take a delivery and return at once."""

    def told(self) -> list[dict[str, Any]]:
        """Tell of the last deliveries, oldest first."""


@dataclass(slots=True)
class Site:
    """One Atlassian site.

    Whoever reads several things does so `with site.lock`, whoever writes `with
    site.changing()`; what is put into `outbox` meanwhile goes to the post room after
    the lock is free and the state is kept.
    """

    accounts: Accounts = field(default_factory=Accounts)
    flavour: Flavour = CLOUD
    url: str = "http://127.0.0.1:8401"
    cloud_id: str = "5a9d0b0c-0000-4000-8000-000000000cd3"
    now: Clock = wall_clock
    projects: dict[str, Project] = field(default_factory=dict)
    issue_types: list[Named] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    priorities: list[Named] = field(default_factory=list)
    resolutions: list[Named] = field(default_factory=list)
    fields: dict[str, Field] = field(
        default_factory=lambda: {known.id: known for known in BUILT_IN}
    )
    link_types: list[LinkType] = field(default_factory=list)
    boards: list[Board] = field(default_factory=list)
    spaces: list[dict[str, Any]] = field(default_factory=list)
    issues: dict[str, Issue] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    ranks: Ranks = field(default_factory=Ranks)
    links: dict[str, Link] = field(default_factory=dict)
    links_of: dict[str, list[str]] = field(default_factory=dict)
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    wiki: Any = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    state_file: Path | None = None
    revision: int = 0
    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    outbox: list[Any] = field(default_factory=list)
    post_room: PostRoom | None = None
    log: Log | None = None
    oauth: OAuthDesk = field(init=False)
    _depth: int = 0

    def __post_init__(self) -> None:
        """Open the desk that gives tokens by the site's own clock."""
        self.oauth = OAuthDesk(self.accounts, lambda: self.now())  # noqa: PLW0108 - the clock may be changed

    def authenticate(self, request: Request) -> Account | None:
        """Say who is asking, where the credentials are right."""
        return self.signed_in(request.scope)

    def signed_in(self, scope: Scope) -> Account | None:
        """Say whose credentials a request has, where they are right at its door."""
        header = Headers(scope=scope).get("authorization")
        gateway = bool(scope.get(FLAG))
        found = self.accounts.signed_in(header, gateway=gateway)
        return found or self.oauth.who(header, gateway=gateway)

    def user(self, account_id: str) -> dict[str, Any]:
        """Tell a user as a Data Center's Confluence does."""
        account = self.accounts.find(account_id)
        if account is None:
            return {"type": "anonymous", "displayName": "Anonymous"}
        return {
            "type": "known",
            "username": account.name,
            "userKey": account.key,
            "displayName": account.display_name,
        }

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock for one change, keep the state, then send what it caused."""
        going: list[Any] = []
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    going, self.outbox = self.outbox, []
            if not self._depth:
                self.save()
        if self.post_room is not None:
            for envelope in going:
                self.post_room.send(envelope)

    def changed(self) -> None:
        """Keep the state after a change of the Confluence half; the lock is held."""
        self.revision += 1
        if not self._depth:
            self.save()

    def save(self) -> None:
        """Write the state file, whole or not at all."""
        if self.state_file is None:
            return
        fresh = self.state_file.with_name(f"{self.state_file.name}.new")
        fresh.write_bytes(orjson.dumps(self.to_json()))
        fresh.replace(self.state_file)

    def next(self, counter: str, first: int = 1) -> int:
        """Count on: ids of issues, links and webhooks, numbers in keys."""
        self.counters[counter] = self.counters.get(counter, first - 1) + 1
        return self.counters[counter]

    def note(self, key: str, event: str, fields: Iterable[str], by: str) -> None:
        """Remember what happened, for those who watch."""
        self.revision += 1
        change = Change(self.revision, key, event, tuple(fields), by)
        self.changes.append(change)

    def find(self, id_or_key: object) -> Issue | None:
        """Find an issue by its id, or by its key in any case."""
        text = str(id_or_key)
        return self.issues.get(self.by_key.get(text.upper(), text))

    def project(self, id_or_key: object) -> Project | None:
        """Find a project by id, key or name."""
        text = str(id_or_key).casefold()
        for project in self.projects.values():
            if text in (project.id, project.key.casefold(), project.name.casefold()):
                return project
        return None

    def status(self, status_id: str) -> Status:
        """Give the status with this id."""
        return next(status for status in self.statuses if status.id == status_id)

    def in_rank_order(self) -> list[Issue]:
        """Give all issues as they are ranked."""
        return [self.issues[issue_id] for issue_id in self.ranks.order]

    def value(self, issue: Issue, field_id: str) -> Any:
        """Give the kept value of a field; what an issue has no value for is `None`."""
        if field_id == RANK:
            return self.ranks.of(issue.id)
        if field_id == "issuelinks":
            return [self.links[link] for link in self.links_of.get(issue.id, ())]
        return issue.values.get(field_id)

    def add_issue(self, issue: Issue) -> None:
        """Take in an issue, without a rank yet."""
        self.issues[issue.id] = issue
        self.by_key[issue.key.upper()] = issue.id

    def remove_issue(self, issue: Issue) -> None:
        """Forget an issue, its rank and its links."""
        for link_id in list(self.links_of.get(issue.id, ())):
            self.remove_link(self.links[link_id])
        self.ranks.remove(issue.id)
        del self.issues[issue.id], self.by_key[issue.key.upper()]

    def add_link(self, link: Link) -> None:
        """Take in a link."""
        self.links[link.id] = link
        for issue_id in (link.source, link.target):
            self.links_of.setdefault(issue_id, []).append(link.id)

    def remove_link(self, link: Link) -> None:
        """Forget a link."""
        del self.links[link.id]
        for issue_id in (link.source, link.target):
            self.links_of[issue_id].remove(link.id)

    def to_json(self) -> dict[str, Any]:
        """Write what must outlive a restart beside the seed's own definitions."""
        return {
            "version": 1,
            "cloud_id": self.cloud_id,
            "accounts": self.accounts.to_json(),
            "definitions": definitions(self),
            # Not by `asdict`: copying thousands of issues would slow every change.
            "issues": [
                {
                    "id": issue.id,
                    "key": issue.key,
                    "project": issue.project,
                    "values": issue.values,
                    "properties": issue.properties,
                    "history": issue.history,
                    "archived": issue.archived,
                    "rank": self.ranks.of(issue.id),
                }
                for issue in self.in_rank_order()
            ],
            "links": list(self.links.values()),
            "webhooks": [asdict(webhook) for webhook in self.webhooks.values()],
            "counters": self.counters,
            "wiki": self.wiki.to_json() if self.wiki is not None else None,
        }


def definitions(site: Site) -> Mapping[str, Any]:
    """Write the site's projects, types, fields and boards."""
    return {
        "projects": [asdict(project) for project in site.projects.values()],
        "issuetypes": [asdict(kind) for kind in site.issue_types],
        "statuses": [asdict(status) for status in site.statuses],
        "priorities": [asdict(priority) for priority in site.priorities],
        "resolutions": [asdict(resolution) for resolution in site.resolutions],
        "fields": [
            write_field(known)
            for known in site.fields.values()
            if known.custom and known not in BUILT_IN
        ],
        "linktypes": [asdict(link_type) for link_type in site.link_types],
        "boards": [asdict(board) for board in site.boards],
        "spaces": site.spaces,
    }
