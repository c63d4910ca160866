"""What an A/B test showed: the difference with its interval, and whether it was split.

The interval is Newcombe's hybrid score interval without continuity correction (method
10 in «Interval estimation for the difference between independent proportions»,
Statistics in Medicine 17, 1998), made from two Wilson intervals. The split is tested by
chi-square with one degree of freedom.
"""

import math
from dataclasses import dataclass
from typing import Final

from scoring.evidence import Arm

# The two-sided 95 % point of the normal distribution.
Z95: Final = 1.959963984540054

# More people than any test has: beyond it a number is a slip, and floats run over.
MOST_PEOPLE: Final = 10**12


@dataclass(frozen=True, slots=True)
class Difference:
    """Variant minus control, as shares of one, with a 95 % interval."""

    control: float
    variant: float
    difference: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Say whether the interval leaves out «no difference»."""
        return self.low > 0 or self.high < 0


def compare_arms(control: Arm, variant: Arm) -> Difference | None:
    """Compare two arms; None where one cannot be (nobody took part, more converted)."""
    if not (_possible(control) and _possible(variant)):
        return None
    before, after = _share(control), _share(variant)
    low_before, high_before = _wilson(control)
    low_after, high_after = _wilson(variant)
    gained = after - before
    return Difference(
        control=before,
        variant=after,
        difference=gained,
        low=gained - math.hypot(after - low_after, high_before - before),
        high=gained + math.hypot(high_after - after, before - low_before),
    )


def split_chance(control: Arm, variant: Arm, *, share: float = 0.5) -> float:
    """Give the chance of a split as uneven as this, where `share` was meant to vary.

    `share` is the part of all people that the variant was meant to get. Below 0.001 the
    sample ratio is off («SRM»): something sorted people, so the outcome cannot be
    trusted. Nobody at all is no evidence of it: 1.
    """
    people = control.people + variant.people
    meant = people * share
    spread = people * share * (1 - share)
    if spread <= 0:
        return 1.0
    return math.erfc(math.sqrt((variant.people - meant) ** 2 / spread / 2))


def _possible(arm: Arm) -> bool:
    return 0 <= arm.converted <= arm.people and 0 < arm.people <= MOST_PEOPLE


def _share(arm: Arm) -> float:
    return arm.converted / arm.people


def _wilson(arm: Arm) -> tuple[float, float]:
    """Give Wilson's 95 % score interval of one share (Wilson 1927)."""
    people, share, square = arm.people, _share(arm), Z95 * Z95
    middle = share + square / (2 * people)
    half = Z95 * math.sqrt(share * (1 - share) / people + square / (4 * people**2))
    whole = 1 + square / people
    return (middle - half) / whole, (middle + half) / whole
