"""Which cost-of-delay models fit which mode: money and points never mix."""

from scoring.formula.dimension import COST
from scoring.item import Mode
from scoring.pointed import Problem
from scoring.roles import Formula, Model, Wsjf
from scoring.values import unit_of

MONEY = "this backlog counts in money"
POINTS = "this backlog is ranked by points"


def find_misfits(model: Model, mode: Mode) -> tuple[Problem, ...]:
    """Find what in a model counts in money where points do, or the other way round."""
    match model:
        case Wsjf():
            return _of_scores(mode)
        case Formula():
            return _of_formula(model, mode)
        case _:
            return ()


def _of_scores(mode: Mode) -> tuple[Problem, ...]:
    if mode is Mode.RELATIVE:
        return ()
    told = (
        f"wsjf adds points, but {MONEY}; take a model of amounts per time, or rank the "
        "backlog in relative mode"
    )
    return (Problem("/cost_of_delay/model", "mode", told),)


def _of_formula(model: Formula, mode: Mode) -> tuple[Problem, ...]:
    wrong, here = ("points", MONEY) if mode is Mode.MONEY else ("money", POINTS)
    found = [
        Problem(
            f"/cost_of_delay/inputs/{part.name}/unit",
            "mode",
            f'the formula\'s input "{part.name}" counts in {wrong}, but {here}',
        )
        for part in model.inputs
        if unit_of(part.value) == wrong
    ]
    if mode is Mode.MONEY and not found and model.result == COST:
        told = (
            f"the formula gives {COST}, but in money a cost of delay is per time; "
            "divide by a time, such as week"
        )
        found.append(Problem("/cost_of_delay/expression", "mode", told))
    return tuple(found)
