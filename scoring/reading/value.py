"""One value of one issue: from what its field holds to a number in our units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scoring.item import Span
from scoring.pointed import finite, fold
from scoring.reading.amount import Amount, read_cost_text, read_duration_text
from scoring.reading.shown import (
    plain,
    quote,
    shown_date,
    shown_kind,
    shown_options,
    shown_text,
)
from scoring.reading.units import (
    COSTS,
    NUMBERS,
    ONCE,
    POINTS,
    SHARES,
    Unit,
    duration_units,
)
from scoring.roles import (
    FIBONACCI,
    DatesValue,
    NumberValue,
    OptionValue,
    TextValue,
    TimeValue,
    Value,
)

LARGEST: Final = 1e15  # larger amounts are typing errors, and would not add up exactly
LONGEST: Final = 1e5  # weeks: two thousand years
SHORTEST: Final = 1e-6  # weeks: half a second
SECONDS_PER_HOUR: Final = 3600
DAYS_PER_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Reading:
    """A number in our units, the text it was read from, and how."""

    field: str
    text: str
    value: float
    formula: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """Why there is no number; `reason` completes «cost of delay …»."""

    field: str
    reason: str
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """What numbers of one role are counted in.

    `currency` is an ISO 4217 code, or empty where an amount may have no currency.
    `most`, where there is one, is the largest number that can be meant; the least is
    then 0, and `bounds` names both as they are written.
    """

    units: Mapping[str, Unit]
    cost: bool
    currency: str = ""
    most: float | None = None
    bounds: str = ""


def cost_scale(currency: str) -> Scale:
    """Count costs of delay per week, in a currency or (empty) in points."""
    return Scale(COSTS, cost=True, currency=currency)


def duration_scale(sprint_weeks: float) -> Scale:
    """Count durations in weeks."""
    return Scale(duration_units(sprint_weeks), cost=False)


def amount_scale(currency: str) -> Scale:
    """Count one-off amounts in a currency."""
    return Scale(ONCE, cost=True, currency=currency)


def share_scale(unit: str) -> Scale:
    """Count shares from 0 to 1, written so or as a percentage."""
    bounds = "0 and 100" if unit == "percent" else "0 and 1"
    return Scale(SHARES, cost=True, most=1.0, bounds=bounds)


def score_scale() -> Scale:
    """Count WSJF's scores, which end with SAFe's scale."""
    return Scale(POINTS, cost=True, most=FIBONACCI[-1], bounds=f"0 and {FIBONACCI[-1]}")


def plain_scale() -> Scale:
    """Count points and plain numbers as they are."""
    return Scale({**POINTS, **NUMBERS}, cost=True)


def read_field(
    value: Value, fields: Mapping[str, object], scale: Scale
) -> Reading | Unread:
    """Read a value as the mapping says; what cannot be read says why."""
    match value:
        case NumberValue():
            read = _read_number(value, fields.get(value.field), scale)
        case TextValue():
            read = _read_text(value, fields.get(value.field), scale)
        case OptionValue():
            read = _read_option(value, fields.get(value.field), scale)
        case TimeValue():
            read = _read_time(value, fields.get(value.field))
        case DatesValue():
            read = _read_dates(value, fields)
    return read if isinstance(read, Unread) else _bounded(read, scale)


def _bounded(read: Reading, scale: Scale) -> Reading | Unread:
    """Refuse what cannot be meant; a cost may be 0 or negative, a duration may not."""
    cost = scale.cost
    said = f"says {quote(read.text)}"
    ends = (read.span.low, read.span.high) if read.span else ()
    largest = max(abs(number) for number in (read.value, *ends))
    # «not <=», for an endless sum may have become NaN
    if not largest <= (LARGEST if cost else LONGEST):
        return Unread(read.field, f"{said}, which is too large to be meant")
    if not cost and (read.value <= 0 or min(ends, default=0.0) < 0):
        return Unread(read.field, f"{said}, but must be above 0")
    if not cost and read.value < SHORTEST:
        return Unread(read.field, f"{said}, which is too short to be meant")
    if scale.most is not None and not 0 <= read.value <= scale.most:
        return Unread(read.field, f"{said}, but must be between {scale.bounds}")
    return read


def _empty(field: str) -> Unread:
    return Unread(field, "is empty", empty=True)


def _read_number(value: NumberValue, raw: object, scale: Scale) -> Reading | Unread:
    if raw is None:
        return _empty(value.field)
    number = finite(raw)
    if number is None:
        return Unread(value.field, f"holds {shown_kind(raw)}, not a number")
    unit = scale.units[value.unit]
    scaled = f" × {plain(value.scale)}" if value.scale != 1 else ""
    return Reading(
        field=value.field,
        text=plain(number),
        value=number * value.scale * unit.factor,
        formula=f"{plain(number)}{scaled} {unit.words}".rstrip(),
    )


def _read_text(value: TextValue, raw: object, scale: Scale) -> Reading | Unread:
    if not (raw is None or isinstance(raw, str | dict)):
        return Unread(value.field, f"holds {shown_kind(raw)}, not a text")
    text = shown_text(raw)
    if not text:
        return _empty(value.field)
    amount = read_cost_text(text) if scale.cost else read_duration_text(text)
    if isinstance(amount, str):
        return Unread(value.field, f"says {quote(text)}, {amount}")
    unit = amount.unit or value.unit
    wrong = _wrong_currency(amount, scale) or _wrong_unit(unit, scale)
    if wrong or unit is None:
        return Unread(value.field, f"says {quote(text)}, {wrong}")
    return _of_amount(value.field, text, amount, scale.units[unit])


def _wrong_unit(unit: str | None, scale: Scale) -> str:
    if unit is None:
        return f"but not {'per what time' if scale.cost else 'of what unit'}"
    if unit not in scale.units:
        return f"which is per {unit}, but must be an amount in all"
    return ""


def _wrong_currency(amount: Amount, scale: Scale) -> str:
    if amount.currencies is None or scale.currency in amount.currencies:
        return ""
    if not scale.currency:
        return "which names a currency, but this backlog is ranked by points"
    other = " or ".join(sorted(amount.currencies))
    return f"which is in {other}, but this backlog counts in {scale.currency}"


def _of_amount(field: str, text: str, amount: Amount, unit: Unit) -> Reading:
    middle, low, high = (
        number * unit.factor for number in (amount.middle, amount.low, amount.high)
    )
    if amount.low == amount.high:
        return Reading(field, text, middle, f"{plain(amount.low)} {unit.words}")
    ends = f"{plain(amount.low)} to {plain(amount.high)}"
    formula = f"{plain(amount.middle)} (middle of {ends}) {unit.words}"
    return Reading(field, text, middle, formula, Span(low, high))


def _read_option(value: OptionValue, raw: object, scale: Scale) -> Reading | Unread:
    names = shown_options(raw)
    if names is None:
        return Unread(value.field, "holds no option that we can read")
    if not names:
        return _empty(value.field)
    worths = {fold(name): worth for name, worth in value.table.items()}
    known = [name for name in names if fold(name) in worths]
    unknown = [name for name in names if fold(name) not in worths]
    # Labels are anybody's words: those of the table count. Options are a closed list.
    if unknown and not (known and _are_labels(raw)):
        told = ", ".join(quote(name) for name in unknown[:5])
        return Unread(value.field, f"says {told}, which the mapping's table lacks")
    if len(known) > 1 and value.combine == "only":
        told = ", ".join(quote(name) for name in known[:5])
        return Unread(value.field, f"says {told}, of which only one may count")
    chosen = [worths[fold(name)] for name in known]
    worth = max(chosen) if value.combine == "highest" else sum(chosen)
    return _worth(value, ", ".join(known), worth, scale.units[value.unit])


def _are_labels(raw: object) -> bool:
    return isinstance(raw, list) and all(isinstance(each, str) for each in raw)


def _worth(value: OptionValue, text: str, worth: float, unit: Unit) -> Reading:
    formula = f"{text} = {plain(worth)} {unit.words}".rstrip()
    return Reading(value.field, text, worth * unit.factor, formula)


def _read_time(value: TimeValue, raw: object) -> Reading | Unread:
    if not (raw is None or isinstance(raw, dict)):
        return Unread(value.field, f"holds {shown_kind(raw)}, not time tracking")
    times = raw or {}
    seconds = times.get(f"{value.which}EstimateSeconds")
    if seconds is None:
        reason = f"has no {value.which} estimate in its time tracking"
        return Unread(value.field, reason, empty=True)
    number = finite(seconds)
    if number is None:
        return Unread(value.field, f"holds {shown_kind(seconds)}, not seconds")
    hours = number / SECONDS_PER_HOUR
    week = value.hours_per_day * value.days_per_week
    shown = shown_text(times.get(f"{value.which}Estimate")) or f"{plain(hours)}h"
    formula = (
        f"{plain(hours)} hours ÷ {plain(value.hours_per_day)} a day"
        f" ÷ {plain(value.days_per_week)} days a week"
    )
    return Reading(value.field, shown, hours / week, formula)


def _read_dates(value: DatesValue, fields: Mapping[str, object]) -> Reading | Unread:
    days = []
    for name in (value.start, value.end):
        raw = fields.get(name)
        day = shown_date(raw)
        if raw is None or raw == "":
            end = "start" if name == value.start else "end"
            return Unread(name, f"has no {end} date", empty=True)
        if day is None:
            said = quote(shown_text(raw))
            return Unread(name, f"says {said}, which is no date")
        days.append(day)
    start, end_day = days
    text = f"{start} to {end_day}"
    if end_day < start:
        return Unread(value.end, f"says {quote(text)}, which ends before it starts")
    length = (end_day - start).days + 1  # the last day is worked on too
    formula = f"{length} calendar days ÷ {DAYS_PER_WEEK} a week"
    return Reading(value.end, text, length / DAYS_PER_WEEK, formula)
