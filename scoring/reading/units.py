"""Units: times become weeks, costs become costs per week, percentages become shares.

A week has five working days, and a month is a twelfth of 365.25 days. A cost «per day»
is per working day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from scoring.reading.shown import plain

WORKING_DAYS: Final = 5.0
YEAR: Final = 365.25 / 7
QUARTER: Final = YEAR / 4
MONTH: Final = YEAR / 12


@dataclass(frozen=True, slots=True)
class Unit:
    """What to multiply an amount by, and the words for it in a formula."""

    factor: float
    words: str


COSTS: Final[Mapping[str, Unit]] = MappingProxyType(
    {
        "day": Unit(WORKING_DAYS, f"per working day × {plain(WORKING_DAYS)}"),
        "week": Unit(1.0, "per week"),
        "month": Unit(1 / MONTH, "per month ÷ 4.348 weeks"),
        "quarter": Unit(1 / QUARTER, "per quarter ÷ 13.045 weeks"),
        "year": Unit(1 / YEAR, "per year ÷ 52.179 weeks"),
    }
)

# What inputs of formulas and scores may be counted in, other than time.
ONCE: Final[Mapping[str, Unit]] = MappingProxyType({"money": Unit(1.0, "in all")})
POINTS: Final[Mapping[str, Unit]] = MappingProxyType({"points": Unit(1.0, "points")})
NUMBERS: Final[Mapping[str, Unit]] = MappingProxyType({"number": Unit(1.0, "")})
SHARES: Final[Mapping[str, Unit]] = MappingProxyType(
    {"share": Unit(1.0, ""), "percent": Unit(1 / 100, "% ÷ 100")}
)


def duration_units(sprint_weeks: float) -> Mapping[str, Unit]:
    """Give the units of durations, for sprints of a given length."""
    return {
        "days": Unit(1 / WORKING_DAYS, f"working days ÷ {plain(WORKING_DAYS)} a week"),
        "weeks": Unit(1.0, "weeks"),
        "months": Unit(MONTH, "months × 4.348 weeks"),
        "sprints": Unit(sprint_weeks, f"sprints × {plain(sprint_weeks)} weeks"),
    }
