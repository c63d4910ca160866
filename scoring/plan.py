"""A plan is a value: what would be moved and written, and from what it was computed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal


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


def seal(plan: Plan) -> Plan:
    """Put the digest of all the rest into a plan."""
    return replace(plan, digest=digest_of(plan))


def digest_of(plan: Plan) -> str:
    """Hash the plan's canonical JSON, without its digest, by SHA-256.

    Canonical: keys sorted, no spaces, UTF-8, and a whole number written the same
    whether it came as 3 or as 3.0.
    """
    rest = _plain({k: v for k, v in asdict(plan).items() if k != "digest"})
    text = json.dumps(
        rest,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    """Turn tuples into lists and numbers into floats, all the way down."""
    match value:
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case int() | float():
            return float(value) + 0.0
        case _:
            return value


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Write a plan as what JSON can hold."""
    written: dict[str, Any] = _plain(asdict(plan))
    return written


def plan_from_json(raw: Mapping[str, Any]) -> Plan:
    """Read what `plan_to_json` wrote.

    A plan whose digest does not fit is a ValueError: it is not the one that was kept.
    """
    plan = Plan(
        backlog=raw["backlog"],
        before=tuple(raw["before"]),
        after=tuple(raw["after"]),
        moves=tuple(
            Move(tuple(move["keys"]), move["anchor"], move["place"])
            for move in raw["moves"]
        ),
        writes=tuple(FieldWrite(**write) for write in raw["writes"]),
        saved=raw["saved"],
        currency=raw["currency"],
        digest=raw["digest"],
    )
    if digest_of(plan) != plan.digest:
        raise ValueError("the plan does not fit its digest: compute it anew")
    return plan
