"""Which single numbers are worth the most to know better."""

from dataclasses import dataclass
from typing import Final, Literal

from scoring.uncertainty.confidence import Confidence

Input = Literal["cost_of_delay", "duration", "driver"]

# A share of the expected delay cost below which a worth is rounding.
_NOISE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Refinement:
    """What knowing one number of one item is worth, in currency or point-weeks.

    `key` names the item, or where the number is one that items share, the driver.
    """

    key: str
    input: Input
    worth: float


def refinements(found: Confidence, *, most: int) -> tuple[Refinement, ...]:
    """List the numbers worth refining, the best first, at most so many.

    Each is priced alone: what two are worth together is not their sum.
    """
    least = _NOISE * abs(found.expected)
    worth = [
        Refinement(one.name, "driver", one.worth)
        for one in found.drivers
        if one.worth > least
    ]
    worth += [
        Refinement(item.key, name, amount)
        for item in found.items
        for name, amount in _amounts(item.worth.cost_of_delay, item.worth.duration)
        if amount > least
    ]
    return tuple(sorted(worth, key=lambda one: -one.worth)[:most])


def _amounts(cost: float, duration: float) -> tuple[tuple[Input, float], ...]:
    return ("cost_of_delay", cost), ("duration", duration)
