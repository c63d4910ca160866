"""What each scored issue rests on: its insights, its experiments, and how sure we are.

Confidence follows from the kind of evidence, by Itamar Gilad's confidence meter: up to
0.1 opinions, up to 0.5 assessments, up to 3 data, above that tests.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from scoring.evidence import Evidence, Experiment, Insight
from scoring.experiment import compare_arms
from scoring.summary import Row, Summary

LIMITS: Final = ((0.1, 1), (0.5, 2), (3.0, 3))


class Confidence(IntEnum):
    """How strong the strongest evidence is."""

    NONE = 0
    OPINION = 1
    ASSESSMENT = 2
    DATA = 3
    TEST = 4


@dataclass(frozen=True, slots=True)
class Bet:
    """A scored issue with its evidence, strongest first."""

    row: Row
    insights: tuple[Insight, ...]
    experiments: tuple[Experiment, ...]

    @property
    def confidence(self) -> Confidence:
        """Say how sure the strongest evidence makes us."""
        if any(measured(test) for test in self.experiments):
            return Confidence.TEST
        return max(
            (confidence(note.strength) for note in self.insights),
            default=Confidence.NONE,
        )

    @property
    def strongest(self) -> str:
        """Name the kind of the strongest evidence."""
        if any(measured(test) for test in self.experiments):
            return "Finished experiment"
        return self.insights[0].kind if self.insights else "No evidence yet"


def confidence(strength: float | None) -> Confidence:
    """Turn a strength into a level; evidence of an unknown kind is an opinion."""
    if strength is None:
        return Confidence.OPINION
    for limit, level in LIMITS:
        if strength <= limit:
            return Confidence(level)
    return Confidence.TEST


def measured(test: Experiment) -> bool:
    """Say whether an experiment is over and can be read."""
    return (
        not test.running
        and test.control is not None
        and test.variant is not None
        and compare_arms(test.control, test.variant) is not None
    )


def weigh_bets(summary: Summary, evidence: Evidence) -> Sequence[Bet]:
    """Give every scored issue its evidence; what costs most a week comes first."""
    notes: dict[str, list[Insight]] = defaultdict(list)
    tests: dict[str, list[Experiment]] = defaultdict(list)
    for note in evidence.insights:
        for key in set(note.touches):
            notes[key].append(note)
    for test in evidence.experiments:
        for key in set(test.touches):
            tests[key].append(test)
    bets = [
        Bet(
            row,
            tuple(sorted(notes[row.item.key], key=_strongest_first)),
            tuple(sorted(tests[row.item.key], key=lambda test: test.key)),
        )
        for row in summary.rows
    ]
    return sorted(bets, key=lambda bet: (-bet.row.item.cost_of_delay, bet.row.place))


def _strongest_first(note: Insight) -> tuple[float, str]:
    return -(note.strength or 0.0), note.key
