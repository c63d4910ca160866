"""The ranking page's deadlines: which are kept in this order, and which are not."""

from datetime import date
from typing import Final

from connectors.pages.origin import Origin, shown
from connectors.pages.storage import Cell, Content, Element, heading, p, status, table
from scoring.profiles.names import LIFE, weeks_late
from scoring.summary import Row, Summary

MOST: Final = 50
_TENTH: Final = 0.05


def deadlines(summary: Summary, origin: Origin) -> list[Element]:
    """List what has a deadline that counts, the one to start soonest first."""
    dated = [
        (row.latest_start, row.place, row) for row in summary.rows if row.latest_start
    ]
    if not dated:
        return []
    dated.sort(key=lambda found: found[:2])
    rows: list[list[Cell]] = [
        [
            origin.issue(row.item.key, row.item.summary),
            str(row.place),
            str(row.item.deadline),
            _outcome(row, summary.today),
            _counts(start, summary.today),
        ]
        for start, _, row in dated[:MOST]
    ]
    head = ["Issue", "Place", "Due", "In this order", "Cost of delay"]
    return [
        heading("Deadlines"),
        p(
            "Until its latest start (deadline less duration) an issue loses nothing by"
            " waiting; from then on its cost of delay counts. The order is computed"
            " anew as the days pass."
        ),
        table(head, rows, numeric={1}),
        *shown(len(dated), MOST, "deadlines"),
    ]


def lozenge(row: Row, today: date) -> Element | None:
    """Mark a row whose deadline counts: when to start, or that it is missed.

    By how much stands in words beside it.
    """
    due, start = row.item.deadline, row.latest_start
    if due is None or start is None:
        return None
    if due == today:
        return status("due today", "Red")
    if due < today or weeks_late(row.item, row.ends, today):
        return status("late", "Red")
    return status(f"start by {max(start, today)}", "Yellow")


def _outcome(row: Row, today: date) -> list[Content]:
    """Say what becomes of a deadline in this order."""
    mark, due = lozenge(row, today), row.item.deadline
    if mark is None or due is None:
        return []
    if late := weeks_late(row.item, row.ends, today):
        return [mark, f" ends {_weeks(late)} after its deadline {due}"]
    if due > today:
        return [mark, " in time"]
    full = "its" if row.item.profile in LIFE else "full"
    gone = "is today" if due == today else "has passed"
    return [mark, f" its deadline {due} {gone}: {full} cost of delay counts"]


def _counts(start: date, today: date) -> Element:
    if start <= today:
        return status("counts now", "Red")
    return status("waits", "Grey")


def _weeks(late: float) -> str:
    """Tell a delay to a tenth of a week, as the reasons do."""
    return f"{late:,.1f} weeks" if late >= _TENTH else "less than 0.1 weeks"
