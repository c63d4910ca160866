"""What Jira tells us of itself, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Which Jira answers; `deployment` is `Cloud` or `Server`."""

    base_url: str
    deployment: str
    version: str
    version_numbers: tuple[int, ...] = ()
    server_time: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are to Jira; `id` is the account id that webhooks name as the actor."""

    id: str
    name: str
    email: str = ""
    kind: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """A board to choose; `project` is the key of the project it lies in."""

    id: int
    name: str
    type: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True)
class BoardConfiguration:
    """What a board shows and how it ranks; `rank_field` is a field id."""

    id: int
    name: str
    filter_id: str = ""
    sub_query: str = ""
    rank_field: str = ""


@dataclass(frozen=True, slots=True)
class EditField:
    """A field as one issue may be edited; `options` are the values Jira allows."""

    id: str
    name: str
    type: str = ""
    items: str = ""
    operations: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class RankOutcome:
    """Which issues a rank call moved, and why it did not move the others."""

    moved: tuple[str, ...]
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A registered admin webhook; `jql` filters its issue events.

    `jql` and `signed` are None where Jira does not tell.
    """

    id: str
    name: str
    url: str
    events: tuple[str, ...] = ()
    jql: str | None = ""
    enabled: bool = True
    signed: bool | None = False


@dataclass(frozen=True, slots=True)
class WebhookWish:
    """A webhook as we want it; without a secret Jira keeps the one it has, or none."""

    name: str
    url: str
    events: tuple[str, ...]
    jql: str = ""
    secret: str = field(default="", repr=False)
