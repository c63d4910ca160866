"""From low, likely and high to a distribution: what an 80 % range says of a number.

The likely value is read as the middle one: as often exceeded as not. So low, likely and
high are the 10, 50 and 90 % quantiles, and the halves on both sides may differ in
width. Each half is one of a normal distribution: the two-piece normal (Fechner 1897;
Wallis, «The two-piece normal, binormal, or double Gaussian distribution», Statistical
Science 29, 2014), pieced together at the median instead of the mode, which keeps all
three numbers exact and every quantile a formula.

Durations are multiples of what was thought (real against estimated durations look
lognormal), so there the logarithm is two-piece normal. Costs of delay are sums of
parts and may have any sign, so there it is the cost itself; a range on one side of 0
stays there. An item without a range is certain.

Nothing is made up beyond the far ends: three standard deviations (one case in 741)
each way, and for durations a hundred times less or more than likely, end the tails.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.item import Item, Source, Span
from scoring.uncertainty.normal import TENTH, Floats, chance_below, density

Real = TypeVar("Real", np.float32, np.float64)

# Standard deviations after which a tail ends.
_END: Final = 3.0

# A duration's range reaches no further than so many times its likely value, each way.
_FARTHEST: Final = 100.0

# An end beyond this is a slip of the keyboard, as it is for costs themselves.
_MOST: Final = 1e15


@dataclass(frozen=True, eq=False)
class Spreads:
    """One distribution a row, as a function of a standard normal score.

    A score z stands for `likely` + z × `down` (below 0) or `up` (above); where `scaled`
    holds, for `likely` × exp(the same). Values stay between `floor` and `ceiling`. A
    row whose `down` and `up` are 0 is certain.
    """

    likely: Floats
    down: Floats
    up: Floats
    floor: Floats
    ceiling: Floats
    scaled: NDArray[np.bool_]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.likely)

    @cached_property
    def certain(self) -> NDArray[np.bool_]:
        """Say which rows have no range."""
        certain: NDArray[np.bool_] = (self.down == 0) & (self.up == 0)
        return certain

    def take(self, rows: NDArray[np.intp] | slice) -> "Spreads":
        """Pick some rows."""
        return Spreads(
            self.likely[rows],
            self.down[rows],
            self.up[rows],
            self.floor[rows],
            self.ceiling[rows],
            self.scaled[rows],
        )

    def at(self, scores: Floats) -> Floats:
        """Turn scores into values, a row each; `scores` has one row or as many."""
        return self.drawn(scores.T).T

    def drawn(self, scores: NDArray[Real]) -> NDArray[Real]:
        """Turn scores into values of the same precision, a column each."""
        values = np.clip(np.broadcast_to(scores, (len(scores), len(self))), -_END, _END)
        kind = values.dtype
        likely = self.likely.astype(kind)
        values *= np.where(values < 0, self.down.astype(kind), self.up.astype(kind))
        if self.scaled.all():
            return np.exp(values, out=values) * likely
        rows = np.flatnonzero(self.scaled)
        multiples = np.exp(values[:, rows]) * likely[rows]
        values += likely
        np.clip(values, self.floor.astype(kind), self.ceiling.astype(kind), out=values)
        values[:, rows] = multiples
        return values

    @cached_property
    def ends(self) -> tuple[Floats, Floats]:
        """Give the scores at which each row's values end."""
        with np.errstate(divide="ignore", invalid="ignore"):
            low = (self.floor - self.likely) / self.down
            high = (self.ceiling - self.likely) / self.up
        low = np.where(self.scaled | np.isnan(low), -_END, np.maximum(low, -_END))
        high = np.where(self.scaled | np.isnan(high), _END, np.minimum(high, _END))
        return low, high

    @cached_property
    def smooth(self) -> bool:
        """Say that no row takes any one value with more than a tail's chance."""
        low, high = self.ends
        whole = (self.down > 0) & (self.up > 0) & (low == -_END) & (high == _END)
        return bool(whole.all())

    def below(self, values: Floats) -> Floats:
        """Give each row's chance of a value at most this, one value a row."""
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.where(
                self.scaled,
                np.log(np.maximum(values, 0.0) / self.likely),
                values - self.likely,
            )
            width = np.where(off < 0, self.down, self.up)
            z = np.where(off == 0, np.where(self.up > 0, 0.0, np.inf), off / width)
        low, high = self.ends
        chance = np.where(z >= high, 1.0, chance_below(z))
        chance[(z < low) | (values < self.floor)] = 0.0
        chance[values >= self.ceiling] = 1.0
        return chance

    @cached_property
    def means(self) -> Floats:
        """Give each row's mean, the drawn-in tails included."""
        low, high = self.ends
        part = (low, 0.0 * low, self.down), (0.0 * high, high, self.up)
        found = self.likely + sum(_shift(*half) for half in part)
        if self.scaled.any():
            grown = self.likely * sum(_growth(*half) for half in part)
            found = np.where(self.scaled, grown, found)
        return np.where(self.certain, self.likely, found)


def _shift(low: Floats, high: Floats, width: Floats) -> Floats:
    """Integrate z × width over one half, its tail drawn in to the outer end.

    The inner end is 0, where the tail's term vanishes by itself.
    """
    inner = density(low) - density(high)
    tails = low * chance_below(low) + high * chance_below(-high)
    found: Floats = width * (inner + tails)
    return found


def _growth(low: Floats, high: Floats, width: Floats) -> Floats:
    """Integrate exp(z × width) over one half, its tail drawn in to the outer end."""
    inside = chance_below(high - width) - chance_below(low - width)
    outer = np.where(low < 0, low, high)
    tail = np.exp(outer * width) * chance_below(-np.abs(outer))
    found: Floats = np.exp(0.5 * width * width) * inside + tail
    return found


def cost_spreads(items: Sequence[Item]) -> Spreads:
    """Spread the costs of delay, one row an item."""
    return _linear(
        [
            (_read(item.cost_of_delay, item.likely_cost_of_delay, span), span)
            for item in items
            for span in (item.cost_of_delay_span,)
        ]
    )


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


def factor_spreads(spans: Sequence[Span]) -> Spreads:
    """Spread factors around 1, which are never below 0, one row a range."""
    return _scaled([(1.0, span) for span in spans])


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


def means(item: Item) -> tuple[float, float]:
    """Give the mean cost of delay and the mean duration of one item."""
    rows = [item]
    return float(cost_spreads(rows).means[0]), float(duration_spreads(rows).means[0])


def at_means(items: Sequence[Item]) -> list[Item]:
    """Put means where ranges are given, for the order of least expected delay cost.

    With items independent of each other, the order by ratio of means is the best in
    expectation (Rothkopf 1966): by likely values, a long tail of one's duration is
    overlooked. Each changed number has one source more that says where it comes from;
    ranges are taken out, for they belong to the likely values.
    """
    costs, weeks = cost_spreads(items), duration_spreads(items)
    sure = (costs.certain & weeks.certain).tolist()
    pairs = zip(costs.means.tolist(), weeks.means.tolist(), strict=True)
    return [
        item if certain else _at_mean(item, cost, duration)
        for item, certain, (cost, duration) in zip(items, sure, pairs, strict=True)
    ]


def expected(items: Sequence[Item]) -> list[Item]:
    """Put means where ranges are given, and keep the ranges and the likely numbers.

    What holds its means already stays as it is.
    """
    rows = [
        row
        for row, item in enumerate(items)
        if (item.cost_of_delay_span or item.duration_span)
        and item.likely_cost_of_delay is None
        and item.likely_duration is None
    ]
    found = list(items)
    for row, item in zip(rows, at_means([items[row] for row in rows]), strict=True):
        read = items[row]
        found[row] = replace(
            item,
            cost_of_delay_span=read.cost_of_delay_span,
            duration_span=read.duration_span,
            likely_cost_of_delay=read.cost_of_delay,
            likely_duration=read.duration,
        )
    return found


def _at_mean(item: Item, cost: float, duration: float) -> Item:
    told = [
        _told("cost_of_delay", item.cost_of_delay, item.cost_of_delay_span, cost, item),
        _told("duration", item.duration, item.duration_span, duration, item),
    ]
    return replace(
        item,
        cost_of_delay=cost,
        duration=duration,
        cost_of_delay_span=None,
        duration_span=None,
        sources=(*item.sources, *(source for source in told if source)),
    )


def _told(
    role: str, likely: float, span: Span | None, mean: float, item: Item
) -> Source | None:
    """Say how a likely value and its range became a mean."""
    if span is None or mean == likely:
        return None
    units = [source.unit for source in item.sources if source.role == role]
    text = f"{span.low:g} to {span.high:g}"
    formula = f"mean of the 80 % range {text} around {likely:g}"
    return Source(role, "", text, mean, units[0] if units else "", formula)
