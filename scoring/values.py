"""How a value is described in a mapping's JSON, and which fields it is read from."""

from collections.abc import Iterator
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from scoring.pointed import Pointed
from scoring.roles import (
    PER,
    UNITS,
    Combine,
    DatesValue,
    NumberValue,
    OptionValue,
    TextValue,
    TimeValue,
    Value,
    Which,
)

NUMBER: Final = ("number",)
TEXT: Final = ("string",)
TIME: Final = ("timetracking",)
DATE: Final = ("date", "datetime")
CHOICE: Final = (
    "option",
    "array/option",
    "option-with-child",
    "array/string",
    "priority",
)

Used: TypeAlias = tuple[str, str, tuple[str, ...]]


def read_worths(at: Pointed) -> MappingProxyType[str, float]:
    """Read what each option is worth."""
    worths = {key: at.number(key) for key in at.keys()}  # noqa: SIM118 a method that notes problems
    return MappingProxyType(worths)


def read_value(at: Pointed, *, cost: bool) -> Value:
    """Read how a cost or a duration is read; time and dates are durations only."""
    kinds = ("number", "text", "option")
    kind = at.choice("read", kinds if cost else (*kinds, "time", "dates"))
    match kind:
        case "text":
            key, allowed = ("per", PER) if cost else ("unit", UNITS)
            unit = at.choice(key, allowed) if at.has(key) else None
            return TextValue(at.text("field"), unit)
        case "option":
            return _read_option(at, cost=cost)
        case "time":
            return _read_time(at)
        case "dates":
            return DatesValue(at.text("start"), at.text("end"))
        case _:
            scale = at.number("scale", default=1.0)
            if scale == 0:
                at.note("scale", "range", "must not be 0")
            return NumberValue(at.text("field"), _read_unit(at, cost=cost), scale)


def _read_unit(at: Pointed, *, cost: bool) -> str:
    return at.choice("per", PER) if cost else at.choice("unit", UNITS)


def _read_option(at: Pointed, *, cost: bool) -> OptionValue:
    combine = at.choice("combine", ("only", "highest", "sum"), default="only")
    return OptionValue(
        field=at.text("field"),
        table=read_worths(at.open("table")),
        unit=_read_unit(at, cost=cost),
        combine=cast("Combine", combine),
    )


def _read_time(at: Pointed) -> TimeValue:
    which = at.choice("which", ("original", "remaining"), default="original")
    return TimeValue(
        field=at.maybe_text("field") or "timetracking",
        which=cast("Which", which),
        hours_per_day=at.number("hours_per_day", default=8.0, positive=True),
        days_per_week=at.number("days_per_week", default=5.0, positive=True),
    )


def write_value(value: Value, unit: str) -> dict[str, Any]:
    """Write a value as JSON; `unit` is the key of its unit, `per` or `unit`."""
    match value:
        case NumberValue():
            told = {"read": "number", "field": value.field, "scale": value.scale}
            return {**told, unit: value.unit}
        case TextValue():
            told = {"read": "text", "field": value.field}
            return told if value.unit is None else {**told, unit: value.unit}
        case OptionValue():
            told = {"read": "option", "field": value.field, "table": dict(value.table)}
            return {**told, "combine": value.combine, unit: value.unit}
        case TimeValue():
            return {"read": "time", **asdict(value)}
        case DatesValue():
            return {"read": "dates", **asdict(value)}


def value_fields(value: Value) -> Iterator[Used]:
    """Give each field of a value: the key it stands under, its id, the fit types."""
    match value:
        case NumberValue():
            yield "field", value.field, NUMBER
        case TextValue():
            yield "field", value.field, TEXT
        case OptionValue():
            yield "field", value.field, CHOICE
        case TimeValue():
            yield "field", value.field, TIME
        case DatesValue():
            yield "start", value.start, DATE
            yield "end", value.end, DATE
