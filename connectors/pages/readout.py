"""How experiments are told: both arms, their difference, and what was decided."""

from collections.abc import Sequence
from typing import Final

from connectors.pages.figures import percent, signed
from connectors.pages.origin import missing, shown
from connectors.pages.stakes import Stakes
from connectors.pages.storage import (
    Cell,
    Content,
    Element,
    heading,
    p,
    status,
    table,
)
from scoring.evidence import Arm, Experiment
from scoring.experiment import Difference, compare_arms, split_chance

MOST: Final = 50
ODD: Final = 0.001
UNEVEN: Final = (
    "If half and half was meant, this split is no chance: find out what sorted people"
    " before you trust the difference."
)


def experiments(tests: Sequence[Experiment], stakes: Stakes) -> list[Element]:
    """Tell each experiment: what waits for a decision first, then what runs."""
    title = heading("Experiments")
    if not tests:
        return [title, missing("experiments", "experiments", stakes.origin.experiments)]
    order = sorted(tests, key=lambda test: (not _waits(test), not test.running))
    rows = [_row(test, stakes) for test in order[:MOST]]
    head = [
        "Experiment",
        "Hypothesis and metric",
        "Control",
        "Variant",
        "Difference (percentage points, 95 % interval)",
        "Decision",
        "Touches",
    ]
    return [
        title,
        p(
            "The interval is Newcombe's for two shares. Where it holds 0, the test has"
            " not told the two apart. Do not decide on a test that still runs."
        ),
        table(head, rows),
        *shown(len(tests), MOST, "experiments"),
    ]


def undecided(tests: Sequence[Experiment]) -> list[Experiment]:
    """Find the experiments that are over and wait for a decision."""
    return [test for test in tests if _waits(test)]


def _waits(test: Experiment) -> bool:
    return not test.running and not test.decision


def _row(test: Experiment, stakes: Stakes) -> list[Cell]:
    return [
        stakes.origin.issue(test.key, test.title),
        [p(test.hypothesis or "No hypothesis is written down."), p(test.metric)],
        _arm(test.control),
        _arm(test.variant),
        [p(*pieces) for pieces in _outcome(test)],
        _decision(test),
        stakes.listed(test.touches),
    ]


def _arm(arm: Arm | None) -> str:
    if arm is None:
        return "no numbers"
    if arm.people <= 0:
        return f"{arm.converted:,} of {arm.people:,}"
    share = round(arm.converted / arm.people, 3)
    return f"{percent(share)} ({arm.converted:,} of {arm.people:,})"


def _outcome(test: Experiment) -> list[list[Content]]:
    control, variant = test.control, test.variant
    if control is None or variant is None:
        return [["Both arms need their numbers of people and of converted."]]
    found = compare_arms(control, variant)
    if found is None:
        return [["These numbers cannot be: look at people and converted."]]
    between = f"{_points(found.low)} to {_points(found.high)}"
    lines: list[list[Content]] = [
        [f"{_points(found.difference)} ({between})"],
        [status("so far", "Grey") if test.running else _lozenge(found)],
    ]
    if split_chance(control, variant) < ODD:
        lines.append([UNEVEN])
    return lines


def _points(share: float) -> str:
    return signed(round(share * 100, 1))


def _lozenge(found: Difference) -> Element:
    if not found.clear:
        return status("not told apart", "Grey")
    higher = found.difference > 0
    return status(f"variant {'higher' if higher else 'lower'}", "Blue")


def _decision(test: Experiment) -> Content:
    if test.decision:
        return status(test.decision, "Green")
    if test.running:
        return status("running", "Blue")
    return status("decision needed", "Yellow")
