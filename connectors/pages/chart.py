"""The chart of the ranking page: how delay cost piles up in both orders."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from connectors.pages.figures import Amounts
from connectors.pages.page import Attachment
from scoring.piling import Pile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME: Final = "delay-cost.png"
OURS: Final = "#0052cc"
BEFORE: Final = "#97a0af"
INK: Final = "#172b4d"

# A curve's name, its colour, and the curve.
Line = tuple[str, str, Pile]


def draw(before: Pile, ours: Pile, amounts: Amounts) -> Attachment:
    """Draw both curves as a PNG; the same figures give the same bytes."""
    figure = open_figure(7.6, 3.2)
    lines = ("Jira's order before", BEFORE, before), ("This order", OURS, ours)
    plot_piles(figure.add_subplot(), lines, amounts)
    return Attachment(NAME, "image/png", png(figure))


def open_figure(width: float, height: float) -> "Figure":
    """Open a figure of so many inches that no window shows."""
    # Half a second to import, and few pages and commands draw.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415  as above

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def plot_piles(axes: "Axes", lines: Sequence[Line], amounts: Amounts) -> None:
    """Plot how delay cost piles up, each curve with its total in the legend."""
    for name, colour, pile in lines:
        label = f"{name}: {amounts.total(float(pile.costs[-1]))}"
        axes.plot(pile.weeks, pile.costs, color=colour, linewidth=2, label=label)
        axes.fill_between(pile.weeks, pile.costs, color=colour, alpha=0.12, linewidth=0)
    axes.set_xlabel("Weeks from now", color=INK)
    axes.set_ylabel(amounts.head("Delay cost so far", total=True), color=INK)
    axes.yaxis.set_major_formatter(lambda value, _: amounts.cell(float(value)))
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.01)
    axes.legend(loc="lower right", frameon=False, labelcolor=INK)


def png(figure: "Figure") -> bytes:
    """Save as PNG, without the library's version in it.

    So bytes change only with the picture.
    """
    file = BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()
