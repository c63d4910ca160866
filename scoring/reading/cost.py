"""Cost of delay by the model that a mapping names."""

from collections.abc import Mapping

from scoring.modes import find_misfits
from scoring.reading.formula import read_formula
from scoring.reading.sums import read_buckets, read_scores, read_sum
from scoring.reading.table import read_table
from scoring.reading.tally import ROLE, Miss, Read, Terms, source
from scoring.reading.value import Scale, Unread, cost_scale, read_field
from scoring.roles import Buckets, Direct, Formula, Model, Sum, Table, Wsjf


def read_cost(
    model: Model, fields: Mapping[str, object], terms: Terms
) -> Read | tuple[Miss, ...]:
    """Read the cost of delay per week, or every reason why there is none."""
    if misfits := find_misfits(model, terms.mode):
        return (Miss(ROLE, "", f"cost of delay: {misfits[0].message}"),)
    return _read_model(model, fields, terms)


def _read_model(
    model: Model, fields: Mapping[str, object], terms: Terms
) -> Read | tuple[Miss, ...]:
    scale, unit = cost_scale(terms.currency), terms.unit
    match model:
        case Direct():
            return _read_direct(model, fields, scale, unit)
        case Sum():
            return read_sum(model, fields, scale, unit)
        case Table():
            return read_table(model, fields, scale, unit)
        case Buckets():
            return read_buckets(model, fields, scale, unit)
        case Wsjf():
            return read_scores(model, fields)
        case Formula():
            return read_formula(model, fields, terms)


def _read_direct(
    model: Direct, fields: Mapping[str, object], scale: Scale, unit: str
) -> Read | tuple[Miss, ...]:
    read = read_field(model.value, fields, scale)
    if isinstance(read, Unread):
        return (Miss(ROLE, read.field, f"cost of delay {read.reason}"),)
    return Read(read.value, read.span, (source(ROLE, read, unit),))
