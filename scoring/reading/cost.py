"""Cost of delay by its three models: direct, a sum of named parts, a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scoring.item import Source, Span
from scoring.pointed import fold
from scoring.reading.shown import plain, quote, shown_options
from scoring.reading.value import LARGEST, Reading, Scale, Unread, read_field
from scoring.roles import Direct, Model, OptionValue, Part, Sum, Table

ROLE = "cost_of_delay"


@dataclass(frozen=True, slots=True)
class Read:
    """One number of an item, per week or in weeks, with where it came from."""

    value: float
    span: Span | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """One reason why an item has no such number."""

    role: str
    field: str
    reason: str


def source(role: str, read: Reading, unit: str) -> Source:
    """Say where a number came from."""
    return Source(role, read.field, read.text, read.value, unit, read.formula)


def read_cost(
    model: Model, fields: Mapping[str, object], scale: Scale
) -> Read | tuple[Miss, ...]:
    """Read the cost of delay per week, or every reason why there is none."""
    unit = f"{scale.currency or 'points'} per week"
    match model:
        case Direct():
            read = read_field(model.value, fields, scale)
        case Table():
            return _read_table(model, fields, scale, unit)
        case Sum():
            return _read_sum(model.parts, fields, scale, unit)
    if isinstance(read, Unread):
        return (Miss(ROLE, read.field, f"cost of delay {read.reason}"),)
    return Read(read.value, read.span, (source(ROLE, read, unit),))


def _read_sum(
    parts: Sequence[Part], fields: Mapping[str, object], scale: Scale, unit: str
) -> Read | tuple[Miss, ...]:
    """Add the parts; only an optional one may be empty, and never all of them."""
    counted: list[tuple[Part, Reading]] = []
    misses: list[Miss] = []
    sources: list[Source] = []
    for part in parts:
        read = read_field(part.value, fields, scale)
        if isinstance(read, Reading):
            counted.append((part, read))
            sources.append(source(part.name, read, unit))
        elif part.optional and read.empty:
            note = "optional and empty: not counted"
            sources.append(Source(part.name, read.field, "", None, unit, note))
        else:
            named = f"cost of delay part {quote(part.name)} {read.reason}"
            misses.append(Miss(part.name, read.field, named))
    if not counted and not misses:
        misses.append(Miss(ROLE, "", "cost of delay has no part that is filled in"))
    return tuple(misses) or _total(counted, sources, unit)


def _total(
    counted: Sequence[tuple[Part, Reading]], sources: Sequence[Source], unit: str
) -> Read | tuple[Miss, ...]:
    """Add what counts; ranges are added as if they moved together, the widest case."""
    total = sum(read.value for _, read in counted)
    if abs(total) > LARGEST:
        return (Miss(ROLE, "", "cost of delay is too large to be meant"),)
    spans = [read.span or Span(read.value, read.value) for _, read in counted]
    span = Span(sum(s.low for s in spans), sum(s.high for s in spans))
    formula = " + ".join(f"{part.name} {plain(read.value)}" for part, read in counted)
    whole = Source(ROLE, "", "", total, unit, formula)
    return Read(total, span if span.low < span.high else None, (*sources, whole))


def _read_table(
    model: Table, fields: Mapping[str, object], scale: Scale, unit: str
) -> Read | tuple[Miss, ...]:
    """Look the value's row up, then the urgency in that row."""
    row = _read_cell(model.value, "value", model.table, fields)
    if isinstance(row, Miss):
        later = _chosen(model.urgency, "urgency", fields)
        return (row, later) if isinstance(later, Miss) else (row,)
    urgency = _chosen(model.urgency, "urgency", fields)
    if isinstance(urgency, Miss):
        return (urgency,)
    cells = next(cells for key, cells in model.table.items() if fold(key) == fold(row))
    cell = OptionValue(model.urgency, cells, model.per)
    read = read_field(cell, fields, scale)
    if isinstance(read, Unread):
        return (Miss(ROLE, read.field, f"cost of delay: urgency {read.reason}"),)
    formula = f"{row} × {read.formula}"
    return Read(
        read.value,
        None,
        (
            Source(ROLE, model.value, row, read.value, unit, formula),
            Source("urgency", model.urgency, urgency, None, "", "column of the table"),
        ),
    )


def _read_cell(
    field: str,
    name: str,
    table: Mapping[str, object],
    fields: Mapping[str, object],
) -> str | Miss:
    chosen = _chosen(field, name, fields)
    if isinstance(chosen, Miss) or fold(chosen) in {fold(key) for key in table}:
        return chosen
    reason = f"says {quote(chosen)}, which the mapping's table lacks"
    return Miss(ROLE, field, f"cost of delay: {name} {reason}")


def _chosen(field: str, name: str, fields: Mapping[str, object]) -> str | Miss:
    """Read the one option that is set."""
    names = shown_options(fields.get(field))
    if names is not None and len(names) == 1:
        return names[0]
    if names is None:
        reason = "holds no option that we can read"
    elif not names:
        reason = "is empty"
    else:
        told = ", ".join(quote(each) for each in names[:5])
        reason = f"says {told}, of which only one may count"
    return Miss(ROLE, field, f"cost of delay: {name} {reason}")
