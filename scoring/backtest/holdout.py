"""Ranges tried on work that they were not learned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scoring.backtest.calibration import Share, share_held
from scoring.backtest.classes import draw_classes
from scoring.backtest.learned import By
from scoring.backtest.outcome import Outcome
from scoring.backtest.ranges import default_ranges


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How the ranges learned from the older half held on the newer one.

    `learned` outcomes were finished before the day `since`, all others on or after it.
    """

    learned: int
    since: date
    held: Share
    below: Share
    above: Share


def hold_out(outcomes: Sequence[Outcome], by: By | None = None) -> HeldOut | None:
    """Learn from the older half, classes and all, and test on the newer half.

    Only what has a day takes part, and no day is parted. None where the older half is
    too small to learn from.
    """
    dated = [(o.finished, o) for o in outcomes if o.finished is not None]
    if not dated:
        return None
    since = sorted(day for day, _ in dated)[len(dated) // 2]
    older = [outcome for day, outcome in dated if day < since]
    ranges = default_ranges(older, draw_classes(older, by))
    if ranges is None:
        return None
    ranged = []
    for day, outcome in dated:
        if day >= since:
            span = ranges.span(outcome.predicted, outcome.size)
            ranged.append((span.low, outcome.actual, span.high))
    below, held, above = share_held(ranged)
    return HeldOut(len(older), since, held, below, above)
