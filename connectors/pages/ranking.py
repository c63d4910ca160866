"""The «ranking» page: the order, the money that it saves, and why."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from connectors.pages.chart import draw
from connectors.pages.earlier import Earlier, earlier_order
from connectors.pages.figures import TIED, Amounts, counted, figure
from connectors.pages.headline import headline
from connectors.pages.left_out import loops, not_scored
from connectors.pages.origin import MOST_ROWS, Origin, finish, made_from, shown
from connectors.pages.page import Attachment, Page
from connectors.pages.storage import (
    Cell,
    Content,
    Element,
    bullets,
    expand,
    faint,
    heading,
    image,
    p,
    status,
    table,
)
from scoring.piling import pile_up
from scoring.summary import Row, Summary

MOST_NOTES: Final = 50
MOST_DRAWN: Final = 1e15
ALT: Final = (
    "How delay cost piles up over the weeks, in Jira's order before and in this"
)


def build_ranking(
    summary: Summary,
    origin: Origin,
    *,
    last_before: Sequence[str] = (),
    chart: bool = False,
) -> Page:
    """Build the page from a summary.

    `last_before` is the order that Jira had before its last re-rank. It is what the
    page compares with once Jira's order is ours: so the page says the same after the
    moves as it said when they were made. `chart` adds a picture of both orders, which
    takes a third of a second, and three for the first.
    """
    amounts = Amounts(summary.currency)
    earlier = earlier_order(summary, last_before)
    drawn = _drawn(summary, amounts, earlier) if chart else ()
    blocks = [
        headline(summary, amounts, earlier),
        *(image(each.name, alt=ALT) for each in drawn),
        *_order(summary, origin, amounts, earlier),
        *_pulled(summary, origin),
        *_deadlines(summary, origin),
        *not_scored(summary.gaps, origin),
        *loops(summary.cycles, origin),
        made_from(origin, [row.item for row in summary.rows], {"Backlog": origin.jql}),
    ]
    return finish("ranking", origin, blocks, attachments=drawn)


def _drawn(
    summary: Summary, amounts: Amounts, earlier: Earlier
) -> tuple[Attachment, ...]:
    """Draw both orders, where there is something that can be drawn."""
    costs = (earlier.cost, summary.totals.order)
    if not summary.rows or not all(abs(cost) < MOST_DRAWN for cost in costs):
        return ()
    before, ours = (
        pile_up([row.item for row in order], summary.today)
        for order in (earlier.order, summary.rows)
    )
    return (draw(before, ours, amounts),)


def _order(
    summary: Summary, origin: Origin, amounts: Amounts, earlier: Earlier
) -> list[Element]:
    if not summary.rows:
        return []
    head = [
        "Place",
        "Was",
        "Issue",
        amounts.head("Cost of delay a week"),
        "Duration (weeks)",
        amounts.head("CD3, a week for each week of work"),
        "Starts – ends (weeks from now)",
        amounts.head("Delay cost", total=True),
        "Why here",
    ]
    rows = [
        _row(row, origin, amounts, earlier.places) for row in summary.rows[:MOST_ROWS]
    ]
    return [
        heading("The order"),
        p(
            "CD3 is cost of delay ÷ duration: how much weekly cost of waiting one week"
            " of work takes away. The highest goes first, as far as links allow."
        ),
        table(head, rows, numeric={0, 1, 3, 4, 5, 6, 7}),
        *shown(len(summary.rows), MOST_ROWS, "issues of the order"),
    ]


def _row(
    row: Row, origin: Origin, amounts: Amounts, places: Mapping[str, int]
) -> list[Cell]:
    item = row.item
    rate: list[Content] = [amounts.cell(row.rate)]
    if row.rate != item.cost_of_delay:
        rate.append(faint(f" later {amounts.cell(item.cost_of_delay)}"))
    return [
        str(row.place),
        _was(places[item.key], row.place),
        origin.issue(item.key, item.summary),
        rate,
        figure(item.duration),
        amounts.cell(row.cd3),
        f"{figure(row.starts)}{TIED}–{TIED}{figure(row.ends)}",
        amounts.cell(row.delay_cost),
        _why(row),
    ]


def _was(was: int, place: int) -> str:
    if was == place:
        return str(was)
    return f"{was}{TIED}{'↑' if place < was else '↓'}"


def _why(row: Row) -> list[Content]:
    if not row.latest_start:
        return [row.why]
    return [status(f"start by {row.latest_start}", "Yellow"), f" {row.why}"]


def _deadlines(summary: Summary, origin: Origin) -> list[Element]:
    """List what has a deadline, the nearest first."""
    dated = [
        (row.item.deadline, row.latest_start, row)
        for row in summary.rows
        if row.item.deadline and row.latest_start
    ]
    if not dated:
        return []
    dated.sort(key=lambda found: (found[1], found[2].place))
    rows: list[list[Cell]] = [
        [
            origin.issue(row.item.key, row.item.summary),
            str(row.place),
            str(due),
            str(start),
            _counts(start, summary.today),
        ]
        for due, start, row in dated[:MOST_NOTES]
    ]
    return [
        heading("Deadlines"),
        p(
            "Until its latest start (deadline less duration) an issue loses nothing by"
            " waiting; from then on its cost of delay counts. The order is computed"
            " anew as the days pass."
        ),
        table(
            ["Issue", "Place", "Due", "Start by", "Cost of delay"], rows, numeric={1}
        ),
        *shown(len(dated), MOST_NOTES, "deadlines"),
    ]


def _counts(start: date, today: date) -> Element:
    if start <= today:
        return status("counts now", "Red")
    return status("waits", "Grey")


def _pulled(summary: Summary, origin: Origin) -> list[Element]:
    """List what stands earlier than its own CD3 earns, and for whose sake."""
    notes: list[list[Content]] = [
        [
            origin.issue(row.item.key, row.item.summary),
            " blocks ",
            origin.issue(row.pulled_by),
            f", whose cost of delay pulls it to place {row.place}.",
        ]
        for row in summary.rows
        if row.pulled_by
    ]
    if not notes:
        return []
    title = f"{counted(len(notes), 'issue')} pulled forward, for what they block"
    return [
        expand(
            title, bullets(notes[:MOST_NOTES]), *shown(len(notes), MOST_NOTES, "issues")
        )
    ]
