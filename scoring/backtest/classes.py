"""Sizes of work: small things are out by other factors than large ones."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final, Literal

import numpy as np

from scoring.backtest.outcome import Outcome

By = Literal["size", "quartile"]
QUARTILES: Final = (0.25, 0.5, 0.75)
# Nobody names more sizes; a column with more of them holds something else.
MOST_SIZES: Final = 20


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes, smallest first: by name of size, or by edges of the prediction.

    `edges` are the predictions up to which each class but the last reaches.
    """

    names: tuple[str, ...]
    edges: tuple[float, ...] = ()
    by: By = "quartile"

    def place(self, predicted: float, size: str = "") -> int | None:
        """Tell the class of a prediction, from 0; a size that is not known has none."""
        if self.by == "size":
            return self.names.index(size) if size in self.names else None
        return bisect_left(self.edges, predicted)


def draw_classes(outcomes: Sequence[Outcome], by: By | None = None) -> Classes:
    """Part outcomes into classes: by size where all have one, else by quartile.

    A quartile ends at a prediction that was really made, and equal predictions are
    never parted; so there may be fewer than four.
    """
    sizes = {outcome.size for outcome in outcomes}
    named = bool(sizes) and "" not in sizes and len(sizes) <= MOST_SIZES
    if by == "size" or (by is None and named):
        return _by_size(outcomes, sizes - {""})
    return _by_quartile([outcome.predicted for outcome in outcomes])


def _by_size(outcomes: Sequence[Outcome], sizes: set[str]) -> Classes:
    middles = {
        size: median(o.predicted for o in outcomes if o.size == size) for size in sizes
    }
    names = sorted(sizes, key=lambda size: (middles[size], size))
    return Classes(tuple(names), by="size")


def _by_quartile(predicted: Sequence[float]) -> Classes:
    if not predicted:
        return Classes(("all",))
    cuts = np.quantile(predicted, QUARTILES, method="inverted_cdf")
    edges = sorted({float(cut) for cut in cuts} - {max(predicted)})
    if not edges:
        return Classes(("all",))
    between = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    names = [f"up to {edges[0]:g}", *(f"over {one}" for one in between)]
    return Classes((*names, f"over {edges[-1]:g}"), tuple(edges))
