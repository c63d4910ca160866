"""The «ranking» page: the order, the money that it saves, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Final

from connectors.pages.chart import draw
from connectors.pages.figures import TIED, Amounts, counted, figure, percent
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
    jira_issue,
    notice,
    p,
    status,
    strong,
    table,
)
from scoring.item import Mode
from scoring.summary import Row, Summary

MOST_NOTES: Final = 50
MOST_DRAWN: Final = 1e15
ALT: Final = (
    "How delay cost piles up over the weeks, in Jira's order before and in this"
)


@dataclass(frozen=True)
class _Earlier:
    """The order that this one is held against, and its delay cost."""

    order: Sequence[Row]
    cost: float

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Look up each key's 1-based place."""
        return {row.item.key: at for at, row in enumerate(self.order, 1)}


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
    earlier = _earlier(summary, last_before)
    drawn = _drawn(summary, amounts, earlier) if chart else ()
    blocks = [
        _headline(summary, amounts, earlier),
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
    summary: Summary, amounts: Amounts, earlier: _Earlier
) -> tuple[Attachment, ...]:
    """Draw both orders, where there is something that can be drawn."""
    costs = (earlier.cost, summary.totals.order)
    if not summary.rows or not all(abs(cost) < MOST_DRAWN for cost in costs):
        return ()
    before, ours = (
        [(row.rate, row.item.duration) for row in order]
        for order in (earlier.order, summary.rows)
    )
    return (draw(before, ours, amounts),)


def _earlier(summary: Summary, last_before: Sequence[str]) -> _Earlier:
    moved = any(row.place != row.was for row in summary.rows)
    if moved or not last_before:
        order = sorted(summary.rows, key=lambda row: row.was)
        return _Earlier(order, summary.totals.jira_order)
    order = _with_newcomers(last_before, summary.rows)
    ends = accumulate(row.item.duration for row in order)
    cost = sum(row.rate * end for row, end in zip(order, ends, strict=True))
    return _Earlier(order, cost)


def _with_newcomers(before: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """Order today's rows as they were; a newcomer stands behind its neighbour."""
    known = {row.item.key: row for row in rows}
    old = [key for key in dict.fromkeys(before) if key in known]
    behind: dict[str, list[Row]] = {"": [], **{key: [] for key in old}}
    anchor = ""
    for row in rows:
        if row.item.key in behind:
            anchor = row.item.key
        else:
            behind[anchor].append(row)
    return [*behind[""], *(row for key in old for row in (known[key], *behind[key]))]


def _headline(summary: Summary, amounts: Amounts, earlier: _Earlier) -> Element:
    if not summary.rows:
        return notice(
            "Nothing can be ranked yet. An issue needs a cost of delay and a duration:"
            " below stands what each one lacks. If none is listed, the backlog's search"
            " finds no open issue; check its JQL.",
            kind="note",
        )
    cost = summary.totals.order
    saved = earlier.cost - cost
    blocks = [
        p(strong(_saving(amounts, saved, len(summary.rows)))),
        p(
            "Delay cost of all that waits, own durations counted: ",
            f"in Jira's order before {amounts.total(earlier.cost)}, ",
            f"in this order {amounts.total(cost)}.",
        ),
        p(_sure(summary), f" {_coverage(summary)}"),
        p("Next in line: ", jira_issue(summary.rows[0].item.key)),
    ]
    if summary.mode is Mode.RELATIVE:
        blocks.append(p("Points are relative: they make an order, they are no money."))
    return notice(*blocks, kind="tip" if saved > 0 else "info")


def _coverage(summary: Summary) -> str:
    if not summary.gaps:
        return "Every open issue is scored."
    left_out = counted(len(summary.gaps), "more issue")
    return f"It leaves out {left_out} without a score; below stands why."


def _saving(amounts: Amounts, saved: float, count: int) -> str:
    issues = "this issue" if count == 1 else f"these {count:,} issues"
    if saved > 0:
        return f"Working on {issues} in this order saves {amounts.total(saved)}."
    if saved < 0:
        return (
            f"Jira's order looked {amounts.total(-saved)} cheaper, but it starts issues"
            " before what blocks them: it cannot be worked so."
        )
    return f"Jira has {issues} in this order already; no other saves more."


def _sure(summary: Summary) -> str:
    if summary.totals.gap <= 0:
        return (
            "No order that keeps the links is cheaper at today's rates: this is proven."
        )
    return (
        f"At most {percent(summary.totals.gap)} above the cheapest order that keeps"
        " the links, at today's rates."
    )


def _order(
    summary: Summary, origin: Origin, amounts: Amounts, earlier: _Earlier
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
