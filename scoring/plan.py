"""A plan is a value: what would be moved and written, and from what it was computed."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Move:
    """Up to 50 issues, in this order, put right before or after an anchor."""

    keys: tuple[str, ...]
    anchor: str
    place: Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """One value that differs from what Jira holds; `None` clears the field."""

    key: str
    field: str
    value: float | None
    was: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A frozen proposal for one backlog.

    `before` and `after` are the scored keys in Jira's order and in ours. `saved` is
    the delay cost that the moves take away. `digest` is a SHA-256 over all the rest.
    """

    backlog: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    moves: tuple[Move, ...]
    writes: tuple[FieldWrite, ...]
    saved: float
    currency: str
    digest: str
