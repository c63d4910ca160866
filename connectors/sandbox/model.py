"""The things a Jira site holds, as it keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Category = Literal["new", "indeterminate", "done"]

# Jira Cloud's own names and numbers.
CATEGORIES: Final[Mapping[str, tuple[int, str, str]]] = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
PRIORITIES: Final = ("Highest", "High", "Medium", "Low", "Lowest")


@dataclass(frozen=True, slots=True)
class Named:
    """Something with an id and a name: an issue type, a priority, a resolution."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Status:
    """One status and the category that says whether work is done."""

    id: str
    name: str
    category: Category = "new"


@dataclass(frozen=True, slots=True)
class Project:
    """One project."""

    id: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class LinkType:
    """How two issues may be linked, told from either side."""

    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class Board:
    """One board over the issues that its filter finds."""

    id: int
    name: str
    type: str
    project: str
    jql: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two issues by id: `source` «outward phrase» `target`."""

    id: str
    type: str
    source: str
    target: str


@dataclass(slots=True)
class Issue:
    """One issue; `values` is keyed by field id and holds what `values.py` keeps.

    `history` holds its changes, oldest first (`changelog.py`).
    """

    id: str
    key: str
    project: str
    values: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    archived: bool = False


@dataclass(slots=True)
class Webhook:
    """One webhook that an administrator registered."""

    id: int
    name: str
    url: str
    events: tuple[str, ...]
    jql: str = ""
    exclude_body: bool = False
    secret: str = ""
    enabled: bool = True
    description: str = ""
    updated: int = 0
    updated_by: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened, for the web view: revision, issue, fields."""

    revision: int
    key: str
    event: str
    fields: tuple[str, ...]
    account: str
