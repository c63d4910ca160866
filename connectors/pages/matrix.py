"""The impact × likelihood matrix: five by five, each factor in its cell."""

from collections.abc import Sequence
from typing import Final

from connectors.pages.origin import Origin
from connectors.pages.storage import Cell, Element, Shade, shaded, table
from scoring.evidence import Factor

LEVELS: Final = {1: "Very low", 2: "Low", 3: "Medium", 4: "High", 5: "Very high"}


def matrix(factors: Sequence[Factor], origin: Origin) -> Element:
    """Lay the factors out by impact (downwards falling) and likelihood (rising)."""
    head = ["Impact ↓ likelihood →", *(f"{n} {name}" for n, name in LEVELS.items())]
    rows: list[list[Cell]] = [
        [
            f"{impact} {LEVELS[impact]}",
            *(_within(impact, likelihood, factors, origin) for likelihood in LEVELS),
        ]
        for impact in reversed(LEVELS)
    ]
    return table(head, rows)


def _within(
    impact: int, likelihood: int, factors: Sequence[Factor], origin: Origin
) -> Cell:
    keys = [
        factor.key
        for factor in factors
        if (factor.impact, factor.likelihood) == (impact, likelihood)
    ]
    weight = impact * likelihood
    named = [f"{weight}: ", *origin.issues(keys)] if keys else [str(weight)]
    return shaded(_heat(weight), *named)


def _heat(weight: int) -> Shade:
    """Colour a cell by its weight: 15 and more is red, 6 and more yellow."""
    if weight >= 15:  # noqa: PLR2004  the documented bounds
        return "red"
    return "yellow" if weight >= 6 else "green"  # noqa: PLR2004  as above
