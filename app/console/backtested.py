"""A backtest as one JSON object, or as a table and sentences for people."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, TextIO

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app import clock
from scoring.backtest.calibration import Calibration, Share
from scoring.backtest.holdout import HeldOut
from scoring.backtest.learned import Factors, Ranges, write_ranges
from scoring.backtest.ranges import LEAST
from scoring.backtest.verdict import Verdict
from scoring.item import Gap

# A person reads no more; --json has more.
MOST_GAPS: Final = 20
MOST_GAPS_OF_JSON: Final = 1_000

_WIDTH_OF_FILES: Final = 200
_COLUMNS: Final = (
    *("predicted", "items", "p10", "p25", "median", "p75", "p90"),
    *("within ±25 %", "range held", "in all", "ranks", "80 % range"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """A verdict, in which unit it is, and what could not be compared.

    `named` is the file that it comes from, where it comes from none of our backlogs.
    """

    verdict: Verdict
    unit: str
    gaps: Sequence[Gap] = ()
    backlog: str = ""
    jql: str = ""
    named: str = ""

    @property
    def ranges(self) -> Ranges | None:
        """Give what was learned, with where it comes from."""
        learned = self.verdict.ranges
        if learned is None:
            return None
        where = f"issues of the backlog {self.backlog}" if self.backlog else self.named
        count = f"{learned.pooled.count:,} finished"
        origin = f"{count} {where}" if self.backlog else f"{count} rows of {where}"
        told = f"{origin}, in {self.unit}, on {clock.today()}"
        return replace(learned, origin=told)


def write_json(report: Report, out: TextIO) -> None:
    """Write one JSON object; shares carry their 95 % interval."""
    verdict = report.verdict
    told = {
        "backlog": report.backlog or None,
        "jql": report.jql or None,
        "unit": report.unit,
        "count": verdict.whole.count if verdict.whole else 0,
        "calibration": _calibration(verdict.whole),
        "by": verdict.by,
        "classes": [
            {
                "name": one.name,
                "calibration": _calibration(one.calibration),
                "range": _factors(one.factors),
            }
            for one in verdict.classes
        ],
        "range": _factors(verdict.ranges.pooled if verdict.ranges else None),
        "default_ranges": write_ranges(learned) if (learned := report.ranges) else None,
        "held_out": _held_out(verdict.held_out),
        "revised": verdict.revised,
        "not_compared": len(report.gaps),
        "gaps": [
            {"key": gap.key, "reason": gap.reason}
            for gap in report.gaps[:MOST_GAPS_OF_JSON]
        ],
    }
    out.write(orjson.dumps(told).decode() + "\n")


def _calibration(one: Calibration | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "count": one.count,
        "ratios": asdict(one.ratios),
        "within_25_percent": _share(one.near),
        "held": _share(one.held),
        "below": _share(one.below),
        "above": _share(one.above),
        "bias": one.bias,
        "rank_correlation": one.rank_correlation,
    }


def _share(share: Share) -> dict[str, Any] | None:
    if not share.of:
        return None
    low, high = share.interval()
    return {**asdict(share), "share": share.value, "low": low, "high": high}


def _factors(factors: Factors | None) -> dict[str, Any] | None:
    return None if factors is None else asdict(factors)


def _held_out(one: HeldOut | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "learned": one.learned,
        "since": one.since.isoformat(),
        "held": _share(one.held),
        "below": _share(one.below),
        "above": _share(one.above),
    }


def write_table(report: Report, out: TextIO) -> None:
    """Write a row for all and for each class, then what it means."""
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    if report.verdict.whole is not None:
        console.print(_table(report.verdict))
    for line in _below(report):
        console.print(Text(_plain(line)), soft_wrap=True)


def _table(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        side: Any = "left" if name == "predicted" else "right"
        table.add_column(name, justify=side, no_wrap=True)
    for one in verdict.classes:
        table.add_row(*_cells(one.name, one.calibration, one.factors))
    if verdict.whole is not None and len(verdict.classes) != 1:
        pooled = verdict.ranges.pooled if verdict.ranges else None
        table.add_row(*_cells("all", verdict.whole, pooled))
    return table


def _cells(name: str, one: Calibration, factors: Factors | None) -> Iterator[Text]:
    ratios = one.ratios
    levels = (ratios.p10, ratios.p25, ratios.p50, ratios.p75, ratios.p90)
    ranks = one.rank_correlation
    told = (
        name,
        f"{one.count:,}",
        *map(_times, levels),
        _percent(one.near),
        _percent(one.held),
        _times(one.bias),
        "–" if ranks is None else f"{ranks:.2f}",
        f"{_times(factors.low)} to {_times(factors.high)}" if factors else "–",
    )
    yield from (Text(_plain(text)) for text in told)


def _below(report: Report) -> Iterator[str]:
    whole, verdict = report.verdict.whole, report.verdict
    if whole is None:
        yield "Nothing was compared."
    else:
        yield ""
        yield f"Figures are actual over predicted; actual in {report.unit}."
        yield from _sentences(whole, verdict)
    if report.gaps:
        yield f"Not compared ({len(report.gaps):,}):"
        yield from (f"  {gap.key}: {gap.reason}" for gap in report.gaps[:MOST_GAPS])
        if len(report.gaps) > MOST_GAPS:
            yield f"  … {len(report.gaps) - MOST_GAPS:,} more: --json has them"


def _sentences(whole: Calibration, verdict: Verdict) -> Iterator[str]:
    if whole.held.of:
        told = f"{_sure(whole.held)}; {whole.below.hits:,} ended below, "
        yield f"Our 80 % ranges held {told}{whole.above.hits:,} above."
    if verdict.ranges is None:
        yield f"Too few to learn ranges from: {LEAST} are needed."
    elif verdict.held_out is None:
        yield "Too few with a day of finishing to try the learned ranges on others."
    else:
        tried = verdict.held_out
        yield (
            f"Ranges learned from the {tried.learned:,} finished before {tried.since} "
            f"held {_sure(tried.held)} of those finished since; "
            f"{tried.below.hits:,} ended below, {tried.above.hits:,} above."
        )
    if verdict.revised:
        yield (
            f"{verdict.revised:,} predictions were changed after the work had begun: "
            "they look better than they were."
        )


def _sure(share: Share) -> str:
    """Tell a share with its 95 % interval."""
    low, high = (f"{end:.0%}".replace("%", " %") for end in share.interval())
    return f"{_percent(share)} ({share.hits:,} of {share.of:,}; 95 %: {low} to {high})"


def _percent(share: Share) -> str:
    return "–" if share.value is None else f"{share.value:.0%}".replace("%", " %")


def _times(ratio: float) -> str:
    """Tell a factor with the two digits that count."""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"  # noqa: PLR2004 - as said


def _plain(text: str) -> str:
    """Replace what a terminal would obey."""
    return "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text
    )
