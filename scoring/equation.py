"""How a formula stands in a mapping's JSON: held against its inputs and their units."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

from scoring.formula.dimension import (
    COST,
    COST_PER_TIME,
    PLAIN,
    TIME,
    Dimension,
    find_dimension,
)
from scoring.formula.expression import (
    LONGEST,
    Expression,
    ExpressionError,
    is_free,
    names_in,
    read_expression,
)
from scoring.pointed import Pointed
from scoring.roles import PER, UNITS, Formula, Part, Value
from scoring.values import read_input, unit_of, write_input

MOST_INPUTS: Final = 20
NOTHING: Final = read_expression("0")

# In a formula, `week` is one week: so can a one-off cost be spread over some time.
PERIODS: Final = MappingProxyType(dict.fromkeys(PER, TIME))
DIMENSIONS: Final = MappingProxyType(
    {
        **dict.fromkeys(PER, COST_PER_TIME),
        **dict.fromkeys(UNITS, TIME),
        "money": COST,
        "points": COST,
        "share": PLAIN,
        "percent": PLAIN,
        "number": PLAIN,
    }
)


def read_formula(at: Pointed) -> Formula:
    """Read a formula, and note what does not fit: a name, a unit, a side."""
    before = at.count()
    inputs = _read_inputs(at.open("inputs"))
    expression = _read_expression(at)
    sound = at.count() == before  # else what was noted would be noted in other words
    return Formula(
        expression=expression,
        inputs=inputs,
        result=_read_result(at, expression, inputs) if sound else COST_PER_TIME,
        per=at.choice("per", PER, default="week"),
    )


def _read_inputs(at: Pointed) -> tuple[Part, ...]:
    inputs = []
    for name in at.keys():  # noqa: SIM118 a method that notes problems
        if not is_free(name) or name in PER:
            told = (
                "cannot be the name of an input: it takes letters, digits and _, "
                "starting with a letter, and no word that a formula knows already"
            )
            at.note(name, "name", told)
        inputs.append(Part(name, read_input(at.open(name))))
    if len(inputs) > MOST_INPUTS:
        at.note(None, "size", f"must name at most {MOST_INPUTS} inputs")
    return tuple(inputs)


def _read_expression(at: Pointed) -> Expression:
    text = at.text("expression", longest=LONGEST)
    if not text:
        return NOTHING
    try:
        return read_expression(text)
    except ExpressionError as error:
        at.note("expression", "expression", str(error))
        return NOTHING


def _read_result(
    at: Pointed, expression: Expression, inputs: Sequence[Part]
) -> Dimension:
    """Find what a formula's result counts in, and note where that cannot be."""
    used = names_in(expression)
    for part in inputs:
        if part.name not in used:
            told = "is not used in the expression: leave it out"
            at.note("inputs", "unused", f'"{part.name}" {told}')
    known = {part.name: dimension_of(part.value) for part in inputs}
    try:
        found = find_dimension(expression, {**known, **PERIODS})
    except ExpressionError as error:
        at.note("expression", "unit", str(error))
        return COST_PER_TIME
    if found not in {COST, COST_PER_TIME}:
        told = f"gives {found}, but a cost of delay is {COST_PER_TIME}"
        at.note("expression", "unit", told)
    return found


def dimension_of(value: Value) -> Dimension:
    """Tell what an input counts in."""
    return DIMENSIONS.get(unit_of(value), PLAIN)


def write_formula(formula: Formula) -> dict[str, Any]:
    """Write a formula as JSON."""
    return {
        "expression": formula.expression.text,
        "inputs": {part.name: write_input(part.value) for part in formula.inputs},
        "per": formula.per,
    }
