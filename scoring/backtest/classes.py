"""Sizes of work: small things are out by other factors than large ones."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

import numpy as np

from scoring.backtest.learned import MOST_SIZES, By, Classes
from scoring.backtest.outcome import Outcome

QUARTILES: Final = (0.25, 0.5, 0.75)


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
