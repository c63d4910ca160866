"""The chart of the ranking page: how delay cost piles up in both orders."""

from collections.abc import Sequence
from io import BytesIO
from itertools import accumulate
from typing import Final

from connectors.pages.figures import Amounts
from connectors.pages.page import Attachment

NAME: Final = "delay-cost.png"
OURS: Final = "#0052cc"
BEFORE: Final = "#97a0af"
INK: Final = "#172b4d"

# One item's part in an order: its cost of delay per week, and its weeks of work.
Step = tuple[float, float]
Curve = tuple[list[float], list[float]]


def pile_up(order: Sequence[Step]) -> Curve:
    """Give the weeks and the delay cost run up until then, at each completion.

    Between two completions all that is unfinished costs its rate; at the end the curve
    stands at the order's delay cost, own durations counted.
    """
    weeks = [0.0, *accumulate(weeks for _, weeks in order)]
    whole = sum(rate for rate, _ in order)
    left = [whole - done for done in accumulate((rate for rate, _ in order), initial=0)]
    grown = (rate * weeks for rate, (_, weeks) in zip(left, order, strict=False))
    return weeks, [0.0, *accumulate(grown)]


def draw(before: Sequence[Step], ours: Sequence[Step], amounts: Amounts) -> Attachment:
    """Draw both curves as a PNG; the same figures give the same bytes."""
    # Half a second to import, and only the ranking page draws.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415  as above

    figure = Figure(figsize=(7.6, 3.2), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for order, colour, name in (
        (before, BEFORE, "Jira's order before"),
        (ours, OURS, "This order"),
    ):
        weeks, cost = pile_up(order)
        label = f"{name}: {amounts.total(cost[-1])}"
        axes.plot(weeks, cost, color=colour, linewidth=2, label=label)
        axes.fill_between(weeks, cost, color=colour, alpha=0.12, linewidth=0)
    axes.set_xlabel("Weeks from now", color=INK)
    axes.set_ylabel("Delay cost so far", color=INK)
    axes.yaxis.set_major_formatter(lambda value, _: amounts.cell(float(value)))
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.01)
    axes.legend(loc="lower right", frameon=False, labelcolor=INK)
    file = BytesIO()
    # Without the version of the library in it: bytes change only with the picture.
    figure.savefig(file, format="png", metadata={"Software": None})
    return Attachment(NAME, "image/png", file.getvalue())
