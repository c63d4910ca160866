"""How an issue's cost of delay changes over time: deadline, profile and penalty."""

from collections.abc import Mapping as Fields
from dataclasses import dataclass
from datetime import date

from scoring.item import Source
from scoring.mapping import Mapping
from scoring.pointed import finite
from scoring.profiles.names import LIFE
from scoring.profiles.rule import profile_meant
from scoring.reading.shown import (
    plain,
    quote,
    shown_date,
    shown_kind,
    shown_options,
    shown_text,
)
from scoring.reading.tally import Miss
from scoring.reading.value import LARGEST
from scoring.roles import ProfileRule
from scoring.urgency import DEADLINE


@dataclass(frozen=True, slots=True)
class Timing:
    """What changes an item's cost of delay as time goes by, as far as it is told."""

    deadline: date | None = None
    profile: str = ""
    weeks: float | None = None
    penalty: float = 0.0
    sources: tuple[Source, ...] = ()


def read_timing(fields: Fields[str, object], mapping: Mapping) -> Timing | Miss:
    """Read deadline, profile and penalty; a profile that cannot be meant is a miss.

    A deadline that is no date, and a penalty that is no amount, are ignored, and their
    sources say so; but an issue whose profile is a deadline needs its date.
    """
    deadline = _read_deadline(fields, mapping.deadline)
    read = _read_profile(fields, mapping.profile)
    if isinstance(read, Miss):
        return read
    name, weeks, profile = read
    penalty = _read_penalty(fields, mapping.penalty)
    day = shown_date(deadline.text) if deadline and deadline.unit else None
    if name == DEADLINE and day is None:
        why = "is no date" if deadline else "is empty"
        told = f"deadline {why}, yet the profile is {DEADLINE}"
        return Miss("deadline", mapping.deadline or "", told)
    return Timing(
        deadline=day,
        profile=name,
        weeks=weeks,
        penalty=(penalty.value or 0.0) if penalty else 0.0,
        sources=tuple(one for one in (deadline, profile, penalty) if one),
    )


def _read_deadline(fields: Fields[str, object], field: str | None) -> Source | None:
    """Read the deadline; one that is no date is ignored, and the source says so.

    A deadline's source has no value, for a day is no number; its unit is `date`, or
    empty where it was ignored.
    """
    raw = None if field is None else fields.get(field)
    if field is None or raw is None or raw == "":
        return None
    day = shown_date(raw)
    if day is None:
        text = shown_text(raw)
        why = f"ignored: {quote(text)} is no date"
        return Source("deadline", field, text, None, "", why)
    return Source("deadline", field, day.isoformat(), None, "date", "taken as it is")


def _read_profile(
    fields: Fields[str, object], rule: ProfileRule | None
) -> tuple[str, float | None, Source | None] | Miss:
    """Read the profile, how many weeks it takes, and where that comes from."""
    names = shown_options(fields.get(rule.field)) if rule else ()
    if rule is None or names == ():
        return "", None, None
    if names is None:
        return Miss("profile", rule.field, "profile holds no option that we can read")
    told = ", ".join(quote(name) for name in names[:5])
    known = {meant for name in names if (meant := profile_meant(rule, name))}
    if not known:
        reason = f"profile says {told}, which no urgency profile is known by"
        return Miss("profile", rule.field, reason)
    if len(known) > 1:
        reason = f"profile says {told}, of which only one may count"
        return Miss("profile", rule.field, reason)
    (profile,) = known
    weeks = rule.weeks.get(profile, LIFE.get(profile))
    over = f" over {plain(weeks)} weeks" if weeks else ""
    text = ", ".join(names)
    formula = f"{text} = {profile}{over}"
    unit = "weeks" if weeks else ""
    return profile, weeks, Source("profile", rule.field, text, weeks, unit, formula)


def _read_penalty(fields: Fields[str, object], field: str | None) -> Source | None:
    """Read what a missed deadline costs at once; the source has no value if ignored."""
    raw = None if field is None else fields.get(field)
    if field is None or raw is None:
        return None
    amount = finite(raw)
    if amount is None or not 0 <= amount <= LARGEST:
        kind = shown_kind(raw) if amount is None else plain(amount)
        why = f"ignored: {kind} is no amount that can be lost"
        return Source("penalty", field, kind, None, "", why)
    return Source("penalty", field, plain(amount), amount, "once", "taken as it is")
