"""The «ranking» page: the order, the money that it saves, and why."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from connectors.pages.chart import draw
from connectors.pages.deadlines import deadlines, lozenge
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
    table,
)
from scoring.piling import pile_up
from scoring.profiles.names import LIFE, LONG, RAMP, SHORT, weeks_until
from scoring.summary import Row, Summary

MOST_NOTES: Final = 50
MOST_DRAWN: Final = 1e15
OVER_TIME: Final = (
    " Where a deadline or a profile changes a cost of delay with time, what counts is"
    " what each issue will have cost by its turn."
)
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
        *_waiting(summary, origin),
        *deadlines(summary, origin),
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
        "Starts – ends (weeks from now; one week is five working days)",
        amounts.head("Delay cost", total=True),
        "Why here",
    ]
    most = origin.most(MOST_ROWS)
    rows = [
        _row(row, origin, amounts, earlier, summary.today)
        for row in summary.rows[:most]
    ]
    return [
        heading("The order"),
        p(
            "CD3 is cost of delay ÷ duration: how much weekly cost of waiting one week"
            " of work takes away. The highest goes first, as far as links allow."
            f"{OVER_TIME if summary.over_time else ''}"
            " Weeks are counted as if one issue were worked on after the other."
        ),
        table(head, rows, numeric={0, 1, 3, 4, 5, 6, 7}),
        *shown(len(summary.rows), most, "issues of the order"),
    ]


def _row(
    row: Row, origin: Origin, amounts: Amounts, earlier: Earlier, today: date
) -> list[Cell]:
    item = row.item
    moved = item.key in earlier.moved
    return [
        str(row.place),
        _was(earlier.places[item.key], row.place, moved=moved),
        origin.issue(item.key, item.summary),
        _rate(row, amounts, today),
        figure(item.duration),
        amounts.cell(row.cd3),
        f"{figure(row.starts)}{TIED}–{TIED}{figure(row.ends)}",
        amounts.cell(row.delay_cost),
        _why(row, amounts, today),
    ]


def _rate(row: Row, amounts: Amounts, today: date) -> list[Content]:
    """Write the cost of delay that counts today, and what becomes of it later."""
    now, full = amounts.cell(row.rate), amounts.cell(row.item.cost_of_delay)
    half = amounts.cell(row.item.cost_of_delay / 2)
    growing = row.item.profile == RAMP
    told = f" growing to {full}" if growing else f" later {full}"
    if not weeks_until(row.item, today):
        told = {
            SHORT: f" falling from {full} to nothing",
            LONG: f" falling from {full} to {half}",
        }.get(row.item.profile, told)
    if row.rate == row.item.cost_of_delay and row.item.profile not in LIFE:
        return [now]
    return [now, faint(told)]


def _was(was: int, place: int, *, moved: bool) -> str:
    """Write the earlier place, with an arrow where something was done about it.

    What merely slid by one, because another issue went past it, has none: so a page
    tells the few moves of a day apart from their wake.
    """
    if was != place and (moved or abs(was - place) > 1):
        return f"{was}{TIED}{'↑' if place < was else '↓'}"
    return str(was)


def _why(row: Row, amounts: Amounts, today: date) -> list[Content]:
    why, mark = amounts.retold(row.why), lozenge(row, today)
    return [why] if mark is None else [mark, f" {why}"]


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
    title = f"{counted(len(notes), 'issue')} pulled forward, for what they block"
    return _folded(title, notes)


def _waiting(summary: Summary, origin: Origin) -> list[Element]:
    """List what waits for issues that have no place in the order."""
    notes: list[list[Content]] = [
        [
            origin.issue(row.item.key, row.item.summary),
            " waits for ",
            *origin.issues(row.waits_for),
            ".",
        ]
        for row in summary.rows
        if row.waits_for
    ]
    title = f"{counted(len(notes), 'issue')} blocked by what has no score"
    return _folded(title, notes)


def _folded(title: str, notes: list[list[Content]]) -> list[Element]:
    if not notes:
        return []
    return [
        expand(
            title, bullets(notes[:MOST_NOTES]), *shown(len(notes), MOST_NOTES, "issues")
        )
    ]
