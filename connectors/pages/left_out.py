"""What the order leaves out: issues that cannot be scored, and links in a loop."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from connectors.pages.origin import MOST_NAMED, Origin, shown
from connectors.pages.storage import Cell, Content, Element, bullets, heading, p, table
from scoring.item import Cycle, Gap

MOST_REASONS: Final = 50
MOST_LOOPS: Final = 50


def not_scored(gaps: Sequence[Gap], origin: Origin) -> list[Element]:
    """List the issues without a score by reason, the commonest first."""
    if not gaps:
        return []
    by_reason: dict[tuple[str, str], list[str]] = defaultdict(list)
    for gap in gaps:
        by_reason[gap.reason, gap.field].append(gap.key)
    groups = sorted(by_reason.items(), key=lambda group: (-len(group[1]), group[0]))
    rows: list[list[Cell]] = [
        [reason, origin.named(field), str(len(keys)), origin.issues(keys)]
        for (reason, field), keys in groups[:MOST_REASONS]
    ]
    return [
        heading("Not scored, and why"),
        p(
            f"{len(gaps):,} without a score. CD3 never moves them: scored issues move"
            " around them until the value is there. Nothing is taken for 0."
        ),
        table(["Reason", "Field", "Issues", "Which"], rows, numeric={2}),
        *shown(len(groups), MOST_REASONS, "reasons"),
    ]


def loops(cycles: Sequence[Cycle], origin: Origin) -> list[Element]:
    """Name each loop of links, and the link that was left out to break it."""
    if not cycles:
        return []
    return [
        heading("Links that go round in a loop"),
        p("Nobody can start on a loop. Delete or turn one link of each in Jira."),
        bullets(_loop(cycle, origin) for cycle in cycles[:MOST_LOOPS]),
        *shown(len(cycles), MOST_LOOPS, "loops"),
    ]


def _loop(cycle: Cycle, origin: Origin) -> list[Content]:
    pieces: list[Content] = []
    for key in cycle.path[:MOST_NAMED]:
        pieces += [" → ", origin.issue(key)] if pieces else [origin.issue(key)]
    if len(cycle.path) > MOST_NAMED:
        pieces.append(" → …")
    left_out = f"{cycle.dropped.blocker} before {cycle.dropped.blocked}"
    return [*pieces, f": the order leaves out «{left_out}»."]
