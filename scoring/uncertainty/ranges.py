"""From low, likely and high to a distribution: what an 80 % range says of a number.

The likely value is read as the middle one: as often exceeded as not. So low, likely and
high are the 10, 50 and 90 % quantiles, and the halves on both sides may differ in
width: a two-piece normal (`scoring.uncertainty.spreads`), which keeps all three numbers
exact.

Durations are multiples of what was thought (real against estimated durations look
lognormal), so there the logarithm is two-piece normal. Costs of delay are sums of
parts and may have any sign, so there it is the cost itself; a range on one side of 0
stays there. An item without a range is certain. For durations, a hundred times less or
more than likely ends the tails too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from scoring.item import Item, Span
from scoring.uncertainty.normal import TENTH, Floats
from scoring.uncertainty.spreads import Spreads

# A duration's range reaches no further than so many times its likely value, each way.
_FARTHEST: Final = 100.0

# An end beyond this is a slip of the keyboard, as it is for costs themselves.
_MOST: Final = 1e15


def cost_spreads(items: Sequence[Item]) -> Spreads:
    """Spread the costs of delay, one row an item, each times its driver's mean."""
    spreads = _linear(
        [
            (_read(item.cost_of_delay, item.likely_cost_of_delay, given), own)
            for item in items
            for own in (item.cost_of_delay_span,)
            for given in (own or item.driver_span,)
        ]
    )
    factors = driver_means(items)
    return replace(
        spreads,
        likely=spreads.likely * factors,
        down=spreads.down * factors,
        up=spreads.up * factors,
    )


def driver_means(items: Sequence[Item]) -> Floats:
    """Give the mean of each item's driver, 1 where it has none.

    In single precision: so the products of whole numbers are exact, and items that
    are worth the same still are when one driver moves them both.
    """
    spans = list(dict.fromkeys(i.driver_span for i in items if i.driver_span))
    if not spans:
        return np.ones(len(items))
    found = factor_spreads([(1.0, span) for span in spans]).means.astype(np.float32)
    means: dict[Span | None, float] = dict(zip(spans, found.tolist(), strict=True))
    each = (means.get(item.driver_span, 1.0) for item in items)
    return np.fromiter(each, float, len(items))


def duration_spreads(items: Sequence[Item]) -> Spreads:
    """Spread the durations, one row an item, never below 0.

    What likely takes no time has no multiples: it is spread as costs are.
    """
    return _scaled(
        [
            (_read(item.duration, item.likely_duration, span), span)
            for item in items
            for span in (item.duration_span,)
        ]
    )


def _read(number: float, likely: float | None, span: Span | None) -> float:
    """Tell the number that a range belongs to, which may have become a mean."""
    return number if span is None or likely is None else likely


def factor_spreads(given: Sequence[tuple[float, Span]]) -> Spreads:
    """Spread factors, which are never below 0, around their likely values."""
    return _scaled(given)


def _scaled(given: Sequence[tuple[float, Span | None]]) -> Spreads:
    """Make rows of two-piece lognormals, but normals where the likely value is 0."""
    spans = [(likely, _above_zero(span)) for likely, span in given]
    linear = _linear(spans)
    scaled = linear.likely > 0
    low, high = _ends(spans)
    likely = np.where(scaled, linear.likely, 1.0)
    low, high = (
        np.log(np.clip(np.where(scaled, end, 1.0) / likely, 1 / _FARTHEST, _FARTHEST))
        for end in (low, high)
    )
    return replace(
        linear,
        down=np.where(scaled, -low / TENTH, linear.down),
        up=np.where(scaled, high / TENTH, linear.up),
        ceiling=np.where(scaled, np.inf, linear.ceiling),
        scaled=scaled,
    )


def _above_zero(span: Span | None) -> Span | None:
    return span and Span(max(span.low, 0.0), max(span.high, 0.0))


def _linear(spans: Sequence[tuple[float, Span | None]]) -> Spreads:
    """Make rows of two-piece normals; a range on one side of 0 stays there."""
    likely = np.fromiter((number for number, _ in spans), float, len(spans))
    low, high = _ends(spans)
    down, up = (likely - low) / TENTH, (high - likely) / TENTH
    return Spreads(
        likely,
        down,
        up,
        np.where(low >= 0, 0.0, -np.inf),
        np.where(high <= 0, 0.0, np.inf),
        np.zeros(len(spans), dtype=bool),
    )


def _ends(spans: Iterable[tuple[float, Span | None]]) -> tuple[Floats, Floats]:
    """Find both ends; a range that leaves out its likely value is widened to it."""
    ends = [
        (min(span.low, span.high, likely), max(span.low, span.high, likely))
        if span and max(abs(span.low), abs(span.high)) <= _MOST
        else (likely, likely)
        for likely, span in spans
    ]
    low, high = np.array(ends, dtype=np.float64).reshape(-1, 2).T
    return low, high
