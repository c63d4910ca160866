"""How a value is described in a mapping's JSON, and which fields it is read from."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from scoring.pointed import Pointed
from scoring.roles import (
    FIBONACCI,
    MEASURES,
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

KINDS: Final = ("number", "text", "option")
TIMES: Final = ("time", "dates")
SHARES: Final = MappingProxyType({"share": 1, "percent": 100})  # and the most of each
SCALE: Final = MappingProxyType({str(step): float(step) for step in FIBONACCI})

Used: TypeAlias = tuple[str, str, tuple[str, ...]]


def read_worths(at: Pointed) -> MappingProxyType[str, float]:
    """Read what each option is worth."""
    worths = {key: at.number(key) for key in at.keys()}  # noqa: SIM118 a method that notes problems
    return MappingProxyType(worths)


def read_value(at: Pointed, *, cost: bool) -> Value:
    """Read how a cost or a duration is read; time and dates are durations only."""
    kind = at.choice("read", KINDS if cost else (*KINDS, *TIMES))
    return _read_kind(at, kind, *(("per", PER) if cost else ("unit", UNITS)))


def read_input(at: Pointed) -> Value:
    """Read an input of a formula, which says what it counts in by `per` or `unit`."""
    cost = at.has("per")
    kind = at.choice("read", KINDS if cost else (*KINDS, *TIMES))
    units = ("per", PER) if cost else ("unit", (*UNITS, *MEASURES))
    value = _read_kind(at, kind, *units)
    if isinstance(value, TextValue) and value.unit not in {*PER, *UNITS, "money"}:
        told = f"must be money, or one of {', '.join(UNITS)}, for a text; or give `per`"
        at.note("unit", "choice", told)
    if isinstance(value, OptionValue) and value.unit in SHARES:
        _check_worths(at, value, SHARES[value.unit])
    return value


def read_score(at: Pointed) -> Value:
    """Read one of WSJF's scores: points, in a number field or as options."""
    if at.choice("read", ("number", "option")) == "number":
        return NumberValue(at.text("field"), "points")
    value = OptionValue(
        field=at.text("field"),
        table=read_worths(at.open("table")) if at.has("table") else SCALE,
        unit="points",
        combine=_read_combine(at),
    )
    _check_worths(at, value, FIBONACCI[-1])
    return value


def read_share(at: Pointed, key: str, *, percent: bool) -> NumberValue | OptionValue:
    """Read a share of 1 (or of 100): a number field, by its id alone, or options."""
    unit = "percent" if percent else "share"
    inner = at.maybe_inner(key)
    if inner is None:
        return NumberValue(at.text(key), unit)
    if inner.choice("read", ("number", "option")) == "number":
        return NumberValue(inner.text("field"), unit)
    value = OptionValue(
        field=inner.text("field"),
        table=read_worths(inner.open("table")),
        unit=unit,
        combine=_read_combine(inner),
    )
    _check_worths(inner, value, SHARES[unit])
    return value


def _check_worths(at: Pointed, value: OptionValue, most: int) -> None:
    for name, worth in value.table.items():
        if not 0 <= worth <= most:
            told = f'must hold numbers from 0 to {most}, unlike that of "{name}"'
            at.note("table", "range", told)


def _read_kind(at: Pointed, kind: str, key: str, units: Sequence[str]) -> Value:
    """Read a value of one kind, whose unit stands under a key."""
    match kind:
        case "text":
            unit = at.choice(key, units) if at.has(key) else None
            return TextValue(at.text("field"), unit)
        case "option":
            return OptionValue(
                field=at.text("field"),
                table=read_worths(at.open("table")),
                unit=at.choice(key, units),
                combine=_read_combine(at),
            )
        case "time":
            return _read_time(at)
        case "dates":
            return DatesValue(at.text("start"), at.text("end"))
        case _:
            scale = at.number("scale", default=1.0)
            if scale == 0:
                at.note("scale", "range", "must not be 0")
            return NumberValue(at.text("field"), at.choice(key, units), scale)


def _read_combine(at: Pointed) -> Combine:
    combine = at.choice("combine", ("only", "highest", "sum"), default="only")
    return cast("Combine", combine)


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


def write_input(value: Value) -> dict[str, Any]:
    """Write an input of a formula as JSON."""
    return write_value(value, "per" if unit_of(value) in PER else "unit")


def write_score(value: Value) -> dict[str, Any]:
    """Write one of WSJF's scores as JSON: without the unit, which is always points."""
    written = write_value(value, "unit")
    return {key: part for key, part in written.items() if key not in {"unit", "scale"}}


def write_share(value: NumberValue | OptionValue) -> str | dict[str, Any]:
    """Write a share as JSON: a number field by its id alone."""
    return value.field if isinstance(value, NumberValue) else write_score(value)


def unit_of(value: Value) -> str:
    """Give the unit that a value has by itself, if any."""
    if isinstance(value, TimeValue | DatesValue):
        return "weeks"
    return value.unit or ""


def is_time(value: Value) -> bool:
    """Tell whether a value is a length of time."""
    return unit_of(value) in UNITS


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
