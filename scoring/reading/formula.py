"""Cost of delay by an admin's formula over named inputs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scoring.formula.dimension import COST
from scoring.formula.evaluation import evaluate, spread
from scoring.formula.expression import USED
from scoring.item import Source, Span
from scoring.reading.shown import plain, quote
from scoring.reading.tally import ROLE, Miss, Read, Terms, source, too_large
from scoring.reading.units import COSTS
from scoring.reading.value import (
    Reading,
    Scale,
    Unread,
    amount_scale,
    cost_scale,
    duration_scale,
    plain_scale,
    read_field,
    share_scale,
)
from scoring.roles import PER, UNITS, Formula, Value
from scoring.values import SHARES, unit_of

# The lengths of time that a formula may name, in weeks.
PERIODS: Final[Mapping[str, float]] = MappingProxyType(
    {name: 1 / COSTS[name].factor for name in PER}
)


def read_formula(
    model: Formula, fields: Mapping[str, object], terms: Terms
) -> Read | tuple[Miss, ...]:
    """Work a formula out over the inputs; each of them is needed."""
    found: dict[str, Reading] = {}
    misses: list[Miss] = []
    sources: list[Source] = []
    for part in model.inputs:
        scale, unit = _scale(part.value, terms)
        read = read_field(part.value, fields, scale)
        if isinstance(read, Unread):
            told = f"cost of delay input {quote(part.name)} {read.reason}"
            misses.append(Miss(part.name, read.field, told))
        else:
            found[part.name] = read
            sources.append(source(part.name, read, unit))
    if misses:
        return tuple(misses)
    return _work_out(model, found, tuple(sources), terms)


def _scale(value: Value, terms: Terms) -> tuple[Scale, str]:
    """Give what an input counts in, and the unit of what is read."""
    unit = unit_of(value)
    if unit in PER:
        return cost_scale(terms.currency), terms.unit
    if unit in UNITS:
        return duration_scale(terms.sprint_weeks), "weeks"
    if unit == "money":
        return amount_scale(terms.currency), terms.currency
    if unit in SHARES:
        return share_scale(unit), ""
    return plain_scale(), "points" if unit == "points" else ""


def _work_out(
    model: Formula,
    found: Mapping[str, Reading],
    sources: tuple[Source, ...],
    terms: Terms,
) -> Read | tuple[Miss, ...]:
    values = {name: read.value for name, read in found.items()}
    result = evaluate(model.expression, {**PERIODS, **values})
    if isinstance(result, str):
        return (Miss(ROLE, "", f"cost of delay: the formula {result}"),)
    per = COSTS[model.per] if model.result == COST else COSTS["week"]
    value = result * per.factor
    if miss := too_large(value):
        return (miss,)
    span, note = _span(model, found, per.factor)
    formula = f"{_told(model, values)} {per.words}{note}"
    whole = Source(ROLE, "", model.expression.text, value, terms.unit, formula)
    return Read(value, span, (*sources, whole))


def _span(
    model: Formula, found: Mapping[str, Reading], factor: float
) -> tuple[Span | None, str]:
    """Carry the inputs' ranges through, or say that they could not be."""
    if not any(read.span for read in found.values()):
        return None, ""
    spans = {name: Span(weeks, weeks) for name, weeks in PERIODS.items()}
    for name, read in found.items():
        spans[name] = read.span or Span(read.value, read.value)
    span = spread(model.expression, spans)
    if span is None or too_large(max(span.high, -span.low)):
        return None, "; its range has no end, and is left out"
    wide = Span(span.low * factor, span.high * factor)
    return (wide if wide.low < wide.high else None), ""


def _told(model: Formula, values: Mapping[str, float]) -> str:
    """Write the formula with each input's value behind its name."""
    told = {name: f"{name} {_signed(value)}" for name, value in values.items()}
    return USED.sub(lambda found: told.get(found[0], found[0]), model.expression.text)


def _signed(value: float) -> str:
    return f"({plain(value)})" if value < 0 else plain(value)
