"""The ranking page's first words: the money, how sure it is, and what comes next."""

from connectors.pages.earlier import Earlier
from connectors.pages.figures import Amounts, counted, percent
from connectors.pages.storage import Element, jira_issue, notice, p, strong
from scoring.item import Mode
from scoring.summary import Summary


def headline(summary: Summary, amounts: Amounts, earlier: Earlier) -> Element:
    """Say what the order saves, how sure that is, and what comes next."""
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
    # Where they change with time, it is not at today's rates that orders are priced.
    priced = (
        "deadlines and profiles included" if summary.over_time else "at today's rates"
    )
    if summary.totals.gap <= 0:
        return f"No order that keeps the links is cheaper, {priced}: this is proven."
    return (
        f"At most {percent(summary.totals.gap)} above the cheapest order that keeps"
        f" the links, {priced}."
    )
