"""A ranked spreadsheet as a table for people, and what there is to say below it."""

import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final, Literal, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.console.answered import answers
from app.console.findings import Findings
from scoring.reasons import tell_amount
from scoring.summary import Row
from scoring.uncertainty.confidence import Sureness
from scoring.weighing import Ranking

# A person reads no more; --json has all.
MOST_ROWS: Final = 500
MOST_GAPS: Final = 50

_WIDTH_OF_FILES: Final = 200
_COLUMNS: Final = (
    *("#", "was", "key", "summary", "cost of delay"),
    *("duration", "CD3", "ends", "delay cost", "first", "ranks", "why"),
)


def write_table(found: Findings, out: TextIO) -> None:
    """Write the order as a table, what is not in it, the totals and the answers."""
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    console.print(_table(found))
    for line in (*_below(found.ranking), *answers(found)):
        console.print(Text(_plain(line)), soft_wrap=True)


def _table(found: Findings) -> Table:
    rows = list(islice(found.ranking.rows(), MOST_ROWS))
    sure = {one.key: one for one in found.confidence.items} if found.confidence else {}
    left_out = {"first", "ranks"} if not sure else set()
    if not any(row.item.summary for row in rows):
        left_out.add("summary")
    shown = [name for name in _COLUMNS if name not in left_out]
    table = Table(box=None, pad_edge=False)
    for name in shown:
        wide = name in ("summary", "why")
        side: Literal["left", "right"] = "left" if wide or name == "key" else "right"
        table.add_column(name, justify=side, no_wrap=not wide)
    for row in rows:
        cells = _cells(row) | _sureness(sure, row)
        table.add_row(*(_cell(cells[name]) for name in shown))
    return table


def _sureness(sure: Mapping[str, Sureness], row: Row) -> dict[str, str]:
    """Tell the chance of the first place, and the ranks from 10 to 90 %."""
    one = sure.get(row.item.key)
    if one is None:
        return {}
    ranks = f"{one.low}" if one.low == one.high else f"{one.low}–{one.high}"
    return {"first": f"{one.first * 100:.0f} %", "ranks": ranks}


def _cells(row: Row) -> dict[str, str]:
    return {
        "#": f"{row.place}",
        "was": f"{row.was}",
        "key": row.item.key,
        "summary": row.item.summary,
        "cost of delay": _number(row.item.cost_of_delay),
        "duration": _number(row.item.duration),
        "CD3": _number(row.cd3),
        "ends": _number(row.ends),
        "delay cost": _number(row.delay_cost),
        "why": row.why,
    }


def _below(ranking: Ranking) -> Iterator[str]:
    yield ""
    if len(ranking.order.keys) > MOST_ROWS:
        yield f"… {len(ranking.order.keys) - MOST_ROWS:,} more rows: --json has all"
    if ranking.gaps:
        yield f"Not scored ({len(ranking.gaps):,}):"
        yield from (f"  {g.key}: {g.reason}" for g in ranking.gaps[:MOST_GAPS])
        if len(ranking.gaps) > MOST_GAPS:
            yield f"  … {len(ranking.gaps) - MOST_GAPS:,} more: --json has all"
    for cycle in ranking.order.cycles[:MOST_GAPS]:
        left_out = f"{cycle.dropped.blocker} before {cycle.dropped.blocked}"
        yield f"Loop of links: {' → '.join(cycle.path)}; left out: {left_out}"
    yield from _totals(ranking)


def _totals(ranking: Ranking) -> Iterator[str]:
    totals, currency = ranking.totals, ranking.currency
    before, after, saved = (
        tell_amount(amount, currency or "point-weeks")
        for amount in (totals.jira_order, totals.order, totals.saved)
    )
    sure = "proven the cheapest"
    if totals.gap:
        sure = f"at most {totals.gap:.2%} above the cheapest"
    yield f"Delay cost in the file's order  {before}"
    yield f"Delay cost in this order        {after}, {sure}"
    yield f"Saved                           {saved}"


def _number(value: float) -> str:
    """Tell a number with at most two decimals, and none where there are none."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:,.2f}".removesuffix(".00")


def _cell(text: str) -> Text:
    return Text(_plain(text))


def _plain(text: str) -> str:
    """Replace what a terminal would obey."""
    return "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text
    )
