"""A ranked spreadsheet as a table for people, and what there is to say below it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Literal, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.console.answered import answers, how_sure
from app.console.findings import Findings, blocks_of, has_negative
from scoring.item import Gap
from scoring.reasons import tell_amount
from scoring.summary import Row
from scoring.uncertainty.confidence import Sureness
from scoring.weighing import Ranking

# A person reads no more; --json has all.
MOST_ROWS: Final = 500
MOST_GAPS: Final = 50
MOST_BLOCKS: Final = 10

# So many of the rows that a row without a score blocks are named.
MOST_NAMED: Final = 5

_WIDTH_OF_FILES: Final = 200

# Columns of sentences, the least width to read them at, and the space between.
_WIDE: Final = ("summary", "why")
_SENTENCE: Final = 28
_BETWEEN: Final = 2
_COLUMNS: Final = (
    *("#", "was", "key", "summary", "cost of delay"),
    *("duration", "CD3", "ends", "delay cost", "first", "ranks", "why"),
)


def write_table(found: Findings, out: TextIO) -> None:
    """Write the order as a table, what is not in it, the totals and the answers."""
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    lines = _lines(found)
    names = _names(lines)
    apart = bool(lines) and _width(lines, names) > console.width
    if apart:
        names.remove("why")
    console.print(_table(lines, names))
    for line in (*_reasons(lines if apart else ()), *_below(found), *answers(found)):
        console.print(Text(_plain(line)), soft_wrap=True)


def _lines(found: Findings) -> list[dict[str, str]]:
    """Tell the first rows' cells by column."""
    rows = islice(found.ranking.rows(), MOST_ROWS)
    sure = {one.key: one for one in found.confidence.items} if found.confidence else {}
    return [
        {k: _plain(v) for k, v in (_cells(row) | _sureness(sure, row)).items()}
        for row in rows
    ]


def _names(lines: Sequence[Mapping[str, str]]) -> list[str]:
    """Choose the columns that hold something."""
    seldom = ("summary", "first", "ranks")
    there = {name for name in seldom if any(line.get(name) for line in lines)}
    return [name for name in _COLUMNS if name not in seldom or name in there]


def _width(lines: Sequence[Mapping[str, str]], names: Sequence[str]) -> int:
    """Tell the least width at which nothing is cut off and sentences can be read."""
    widths = [max(len(name), *(len(line[name]) for line in lines)) for name in names]
    least = [
        min(width, _SENTENCE) if name in _WIDE else width
        for name, width in zip(names, widths, strict=True)
    ]
    return sum(least) + _BETWEEN * (len(names) - 1)


def _table(lines: Sequence[Mapping[str, str]], names: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in names:
        wide = name in _WIDE
        side: Literal["left", "right"] = "left" if wide or name == "key" else "right"
        table.add_column(name, justify=side, no_wrap=not wide)
    for line in lines:
        table.add_row(*(Text(line[name]) for name in names))
    return table


def _reasons(lines: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Tell below a table that is too wide for them why rows stand where they do."""
    if lines:
        yield ""
        yield "Why:"
    yield from (f"  {line['#']}. {line['key']}: {line['why']}" for line in lines)


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


def _below(found: Findings) -> Iterator[str]:
    ranking = found.ranking
    yield ""
    if len(ranking.order.keys) > MOST_ROWS:
        yield f"… {len(ranking.order.keys) - MOST_ROWS:,} more rows: --json has all"
    if ranking.gaps:
        yield f"Not scored ({len(ranking.gaps):,}):"
        yield from (_gap(gap, found) for gap in ranking.gaps[:MOST_GAPS])
        if len(ranking.gaps) > MOST_GAPS:
            yield f"  … {len(ranking.gaps) - MOST_GAPS:,} more: --json has all"
    for cycle in ranking.order.cycles[:MOST_GAPS]:
        left_out = f"{cycle.dropped.blocker} before {cycle.dropped.blocked}"
        yield f"Loop of links: {' → '.join(cycle.path)}; left out: {left_out}"
    yield from _blocks(ranking)
    yield from _totals(ranking, found.broken)


def _blocks(ranking: Ranking) -> Iterator[str]:
    """Name the rows that links hold together, as they move together."""
    blocks = blocks_of(ranking)
    if blocks:
        yield f"Placed together, by links ({len(blocks):,}):"
    for block in blocks[:MOST_BLOCKS]:
        more = len(block) - MOST_NAMED
        yield f"  {', '.join(block[:MOST_NAMED])}{f' and {more:,} more' * (more > 0)}"
    if len(blocks) > MOST_BLOCKS:
        yield f"  … {len(blocks) - MOST_BLOCKS:,} more: --json has all"


def _gap(gap: Gap, found: Findings) -> str:
    """Tell why a row is not scored, and what it holds up all the same."""
    blocked = found.blocking.get(gap.key, ())
    told = f"  {gap.key}: {gap.reason}"
    if blocked:
        more = f" and {len(blocked) - MOST_NAMED:,} more"
        told += f"; it blocks {', '.join(blocked[:MOST_NAMED])}"
        told += more if len(blocked) > MOST_NAMED else ""
    return told


def _totals(ranking: Ranking, broken: int) -> Iterator[str]:
    totals, currency = ranking.totals, ranking.currency
    before, after, saved = (
        tell_amount(amount, currency or "point-weeks")
        for amount in (totals.jira_order, totals.order, totals.saved)
    )
    above = totals.order - totals.lower_bound
    negative = has_negative(ranking)
    sure = how_sure(totals.gap, above, currency or "point-weeks", negative=negative)
    breaks = f", which breaks {broken:,} link{'s' * (broken != 1)}" if broken else ""
    yield f"Delay cost in the file's order  {before}{breaks}"
    yield f"Delay cost in this order        {after}, {sure}"
    lost = ": the file's order is cheaper by breaking links" if totals.saved < 0 else ""
    yield f"Saved                           {saved}{lost if broken else ''}"


def _number(value: float) -> str:
    """Tell a number with at most two decimals, and none where there are none."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:,.2f}".removesuffix(".00")


def _plain(text: str) -> str:
    """Replace what a terminal would obey."""
    return "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text
    )
