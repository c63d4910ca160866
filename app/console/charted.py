"""The chart of a ranked spreadsheet: delay cost by week, and where rows may stand."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from app.console.findings import Findings
from connectors.pages.chart import (
    BEFORE,
    INK,
    OURS,
    open_figure,
    plot_piles,
    png,
)
from connectors.pages.figures import Amounts
from scoring.piling import pile_up
from scoring.uncertainty.confidence import Sureness
from scoring.weighing import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_RANKS: Final = 20
_MOST_LETTERS: Final = 24

_WIDTH: Final = 8.0
_PILES: Final = 3.6
_FRAME: Final = 1.1
_LINE: Final = 0.22


def draw_chart(found: Findings) -> bytes | None:
    """Draw as PNG; the same figures give the same bytes. None where nothing is scored.

    The ranks' panel is there where ranges are given.
    """
    if not found.ranking.items:
        return None
    amounts = Amounts(found.ranking.currency)
    sure = found.confidence.items[:MOST_RANKS] if found.confidence else ()
    ranks = _FRAME + _LINE * len(sure) if sure else 0.0
    figure = open_figure(_WIDTH, _PILES + ranks)
    if not sure:
        _plot_both(figure.add_subplot(), found.ranking, amounts)
        return png(figure)
    above, below = figure.subplots(2, 1, height_ratios=[_PILES, ranks])
    _plot_both(above, found.ranking, amounts)
    _plot_ranks(below, sure, len(found.ranking.items))
    return png(figure)


def _plot_both(axes: "Axes", ranking: Ranking, amounts: Amounts) -> None:
    ours = [ranking.items[ranking.place[key]] for key in ranking.order.keys]
    lines = (
        ("The file's order", BEFORE, pile_up(ranking.items, ranking.today)),
        ("This order", OURS, pile_up(ours, ranking.today)),
    )
    plot_piles(axes, lines, amounts)


def _plot_ranks(axes: "Axes", sure: Sequence[Sureness], size: int) -> None:
    """Plot where the first rows may come to stand, the first on top."""
    places = range(len(sure))
    axes.hlines(
        places,
        [one.low for one in sure],
        [one.high for one in sure],
        color=OURS,
        linewidth=5,
        alpha=0.35,
    )
    axes.plot([one.middle for one in sure], places, "o", color=OURS, markersize=5)
    axes.set_yticks(places, [_short(one.key) for one in sure])
    axes.set_ylim(len(sure) - 0.4, -0.6)
    axes.set_xlim(0.5, max(one.high for one in sure) + 0.5)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel(
        f"Rank among {size:,}: 10 to 90 % of the cases, and the middle one", color=INK
    )
    axes.spines[["top", "right"]].set_visible(False)


def _short(text: str) -> str:
    """Cut the middle of what would crowd out the picture; a dollar is no formula."""
    if len(text) > _MOST_LETTERS:
        half = _MOST_LETTERS // 2
        text = f"{text[: half - 1]}…{text[-half:]}"
    return text.replace("$", r"\$")
