"""The values everything else speaks of: issues as read, items, gaps, links.

Units throughout: time in weeks from now, cost of delay per week (in the backlog's
currency, or in points), delay cost in the currency or in point-weeks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class Mode(StrEnum):
    """Whether costs of delay are a currency per week or relative points."""

    MONEY = "money"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class Issue:
    """A Jira issue as read: nothing in it has been judged yet.

    `fields` is Jira's own `fields` object, keyed by field id; `rank` is the value of
    Jira's rank field (LexoRank, compared as text), or empty where it is not known.
    `done` says that its status category is Done.
    """

    id: str
    key: str
    summary: str = ""
    fields: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    rank: str = ""
    done: bool = False
    updated: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """An 80 % range: one in ten turns out below `low`, one in ten above `high`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Source:
    """Where one number of an item came from: the field, what it said, how it was read.

    `role` is `cost_of_delay`, `duration`, `deadline`, `profile` or the name of a part;
    `formula` says in plain words how `text` became `value` (in `unit`).
    """

    role: str
    field: str
    text: str
    value: float | None
    unit: str
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An issue that can be scored.

    `cost_of_delay` is per week and may be 0 or negative; `duration` is in weeks, at
    least 0. `place` is today's place in Jira's order (0-based, among all issues of the
    backlog); ties are broken by it. `profile` names how its cost of delay changes over
    time (`scoring.profiles.shapes`), `profile_weeks` how long that takes (None where
    nobody said), and `penalty` what a missed deadline costs at once.

    `driver` names a factor of its cost of delay that it shares with all items of the
    same driver, such as an exchange rate; `driver_span` is its range around 1.

    Where an order is made, an item with ranges has the means of these as its numbers;
    the `likely` ones are then what was read.
    """

    key: str
    cost_of_delay: float
    duration: float
    summary: str = ""
    place: int = 0
    deadline: date | None = None
    profile: str = ""
    cost_of_delay_span: Span | None = None
    duration_span: Span | None = None
    team: str = ""
    sources: tuple[Source, ...] = ()
    profile_weeks: float | None = None
    penalty: float = 0.0
    likely_cost_of_delay: float | None = None
    likely_duration: float | None = None
    driver: str = ""
    driver_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Why an issue cannot be scored; it keeps its place in Jira."""

    key: str
    reason: str
    summary: str = ""
    place: int = 0
    role: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A must-come-before link between two issues, by key.

    `id` is Jira's link id: ids grow with age, so the smaller is the older.
    """

    blocker: str
    blocked: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Cycle:
    """A loop of links, and the link that was left out to break it.

    `path` names the keys round the loop, first key repeated at the end.
    """

    path: tuple[str, ...]
    dropped: Link


@dataclass(frozen=True, slots=True)
class Order:
    """The order we recommend, and how sure we are that none is cheaper.

    `cost` and `lower_bound` are delay costs that count an item's own duration.
    `gap` is 0 only when the order is proven the best. `blocks` are runs of keys that
    move together. `pulled` maps an item that stands earlier than its own CD3 earns to
    the blocked item that pulls it forward.
    """

    keys: tuple[str, ...]
    cost: float
    lower_bound: float
    gap: float
    blocks: tuple[tuple[str, ...], ...] = ()
    pulled: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    cycles: tuple[Cycle, ...] = ()
