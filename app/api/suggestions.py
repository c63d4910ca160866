"""Suggest which fields could play which role: by names, types and options. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, Field

from scoring.item import Mode
from scoring.mapping import MappingError, read_mapping
from scoring.pointed import fold
from scoring.profiles.names import profile_named
from scoring.reading.fields import JiraField, LinkType
from scoring.roles import SCORES

MOST_A_ROLE: Final = 5
NOTHING_KNOWN: Final[Mapping[str, Collection[str]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Sign:
    """A role, words that speak for it (the best first), and the kinds that fit."""

    role: str
    words: tuple[str, ...]
    kinds: tuple[str, ...]
    output: bool = False


CHOICES: Final = ("option", "array/option", "option-with-child", "priority")
_SIGNS: Final = (
    _Sign(
        "cost_of_delay",
        ("cost of delay", "delay per week", "business value", "value", "revenue"),
        ("number", "string", *CHOICES),
    ),
    _Sign(
        "duration",
        (
            *("duration", "weeks", "days", "lead time", "estimate", "time tracking"),
            *("story point", "size"),
        ),
        ("number", "timetracking", *CHOICES),
    ),
    _Sign("deadline", ("deadline", "due", "target end", "end date"), ("date",)),
    _Sign("team", ("team", "squad"), ()),
    _Sign("score", ("cd3 score", "cd3"), ("number",), output=True),
    _Sign("position", ("cd3 position", "cd3 rank"), ("number",), output=True),
    _Sign("delay_cost", ("delay cost",), ("number",), output=True),
)
# Where no number says what a delay costs, a text may: «What a delay costs: £12k/week».
_MONEY: Final = _Sign(
    "cost_of_delay",
    ("delay", "cost", "revenue", "saving", "benefit", "worth", "money"),
    ("string",),
)
# Seconds of time tracking: they are read by its own field, which knows working days.
_SECONDS: Final = frozenset({"timeestimate", "timeoriginalestimate", "timespent"})
# WSJF's scores are points: they are suggested where points count.
_SCORES: Final = (
    _Sign(
        "user_business_value",
        ("user-business value", "user business value", "business value"),
        ("number", "option"),
    ),
    _Sign("time_criticality", ("time criticality",), ("number", "option")),
    _Sign(
        "risk_opportunity",
        ("risk reduction", "opportunity enablement", "rr|oe", "rr/oe", "rroe"),
        ("number", "option"),
    ),
)
_PERIODS: Final = ("day", "week", "month", "quarter", "year")


class Suggestion(BaseModel):
    """A field that could play a role, and why we think so."""

    role: str
    field: str
    name: str
    type: str
    why: str


class Suggestions(BaseModel):
    """Fields for each role, the likeliest first."""

    items: list[Suggestion]
    draft: dict[str, Any] | None = Field(
        description="A mapping to begin with, where cost of delay and duration are "
        "found; try it with preview before it is saved"
    )
    next_cursor: None = None


def suggest(
    fields: Sequence[JiraField],
    link_types: Sequence[LinkType],
    mode: Mode,
    options: Mapping[str, Collection[str]] = NOTHING_KNOWN,
) -> Suggestions:
    """Suggest fields for each role, and a draft where those needed are found.

    `options` are the options of fields by field id, as far as they are known.
    """
    signs = (*_SIGNS, *_SCORES) if mode is Mode.RELATIVE else _SIGNS
    found = {sign.role: _find(sign, fields) for sign in signs}
    costs = found["cost_of_delay"]
    if all(one.type != "number" for one in costs):
        known = {one.field for one in costs}
        texts = [one for one in _find(_MONEY, fields) if one.field not in known]
        found["cost_of_delay"] = [*costs, *texts][:MOST_A_ROLE]
    found["profile"] = _find_profiles(fields, options)
    items = [one for several in found.values() for one in several]
    return Suggestions(items=items, draft=_draft(found, link_types))


def _find(sign: _Sign, fields: Sequence[JiraField]) -> list[Suggestion]:
    ranked = []
    for field in fields:
        fits = not sign.kinds or field.kind in sign.kinds
        fits = fits and field.id not in _SECONDS
        if not fits or (sign.output and not field.custom):
            continue
        # «CD3 score» is where we write: no role reads it.
        if not sign.output and "cd3" in fold(field.name):
            continue
        word = next((word for word in sign.words if word in fold(field.name)), None)
        if word is not None:
            ranked.append((sign.words.index(word), field.id, field, word))
    ranked.sort(key=lambda one: one[:2])
    return [
        Suggestion(
            role=sign.role,
            field=field.id,
            name=field.name,
            type=field.kind,
            why=f"its name holds «{word}» and its type fits",
        )
        for _place, _id, field, word in ranked[:MOST_A_ROLE]
    ]


def _find_profiles(
    fields: Sequence[JiraField], options: Mapping[str, Collection[str]]
) -> list[Suggestion]:
    """Find the fields whose options all say an urgency profile by its name."""
    return [
        Suggestion(
            role="profile",
            field=field.id,
            name=field.name,
            type=field.kind,
            why=f"its options name urgency profiles: {', '.join(sorted(named))}",
        )
        for field in fields
        if (named := options.get(field.id)) and all(map(profile_named, named))
    ][:MOST_A_ROLE]


def _draft(
    found: dict[str, list[Suggestion]], link_types: Sequence[LinkType]
) -> dict[str, Any] | None:
    """Make a mapping of the likeliest fields, if it can be read as one.

    What needs a table of a person's own numbers can't be drafted.
    """
    cost = _scores(found) or _direct(found["cost_of_delay"])
    durations = [one for one in found["duration"] if one.type != "option"]
    if cost is None or not durations:
        return None
    draft: dict[str, Any] = {
        "cost_of_delay": cost,
        "duration": _duration(durations[0]),
        "links": [
            {"type": one.id, "blocker": "outward"}
            for one in link_types
            if fold(one.outward) == "blocks"
        ],
        "outputs": {
            role: found[role][0].field
            for role in ("score", "position", "delay_cost")
            if found[role]
        },
    }
    for role in ("deadline", "profile", "team"):
        if found[role]:
            draft[role] = {"field": found[role][0].field}
    return draft if _is_readable(draft) else None


def _is_readable(draft: dict[str, Any]) -> bool:
    try:
        read_mapping(draft)
    except MappingError:
        return False
    return True


def _scores(found: dict[str, list[Suggestion]]) -> dict[str, Any] | None:
    """Draft WSJF where each of its scores has a number field of its own."""
    scores = {}
    for role in SCORES:
        numbers = [one.field for one in found.get(role, ()) if one.type == "number"]
        if not numbers:
            return None
        scores[role] = {"read": "number", "field": numbers[0]}
    return {"model": "wsjf", **scores}


def _direct(found: Sequence[Suggestion]) -> dict[str, Any] | None:
    costs = [one for one in found if one.type in {"number", "string"}]
    return {"model": "direct", "value": _cost(costs[0])} if costs else None


def _cost(one: Suggestion) -> dict[str, Any]:
    per = next((period for period in _PERIODS if period in fold(one.name)), "week")
    read = "number" if one.type == "number" else "text"
    return {"read": read, "field": one.field, "per": per}


def _duration(one: Suggestion) -> dict[str, Any]:
    if one.type == "timetracking":
        return {"read": "time", "field": one.field, "which": "original"}
    name = fold(one.name)
    unit = next((unit for unit in ("day", "month", "sprint") if unit in name), "week")
    return {"read": "number", "field": one.field, "unit": f"{unit}s"}
