"""The whole backtest: all outcomes, each class of size, ranges learned and tried."""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.backtest.calibration import Calibration, compare
from scoring.backtest.classes import draw_classes
from scoring.backtest.holdout import HeldOut, hold_out
from scoring.backtest.learned import By, Factors, Ranges
from scoring.backtest.outcome import Outcome
from scoring.backtest.ranges import default_ranges


@dataclass(frozen=True, slots=True)
class ClassVerdict:
    """One class of size; `factors` are None where too few outcomes teach any."""

    name: str
    calibration: Calibration
    factors: Factors | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of the predictions; `revised` counts those changed after the start."""

    whole: Calibration | None
    by: By
    classes: tuple[ClassVerdict, ...]
    ranges: Ranges | None
    held_out: HeldOut | None
    revised: int


def judge_outcomes(outcomes: Sequence[Outcome], by: By | None = None) -> Verdict:
    """Judge all predictions, and what could be learned from them."""
    classes = draw_classes(outcomes, by)
    ranges = default_ranges(outcomes, classes)
    found = []
    places = [classes.place(one.predicted, one.size) for one in outcomes]
    for number, name in enumerate(classes.names):
        held = [o for o, at in zip(outcomes, places, strict=True) if at == number]
        calibration = compare(held)
        if calibration is not None:
            factors = ranges.by_class[number] if ranges else None
            found.append(ClassVerdict(name, calibration, factors))
    return Verdict(
        whole=compare(outcomes),
        by=classes.by,
        classes=tuple(found),
        ranges=ranges,
        held_out=hold_out(outcomes, by),
        revised=sum(outcome.revised for outcome in outcomes),
    )
