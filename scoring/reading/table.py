"""Cost of delay from a table of value and urgency."""

from collections.abc import Mapping

from scoring.item import Source
from scoring.pointed import fold
from scoring.reading.shown import quote, shown_options
from scoring.reading.tally import ROLE, Miss, Read
from scoring.reading.value import Scale, Unread, read_field
from scoring.roles import OptionValue, Table


def read_table(
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
