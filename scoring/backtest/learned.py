"""Default ranges by class of size: the values, and how they are read and written.

`cd3 backtest` writes them, `cd3 rank --ranges` and a mapping's `default_ranges` read
them. Nothing here counts, so that mappings load without numpy.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, Literal, cast

from scoring.item import Gap, Item, Span
from scoring.pointed import Pointed

By = Literal["size", "quartile"]

# Nobody names more sizes; a column with more of them holds something else.
MOST_SIZES: Final = 20
ORIGIN_LIMIT: Final = 500
# What takes longer or less by this factor was never the same work.
_FARTHEST: Final = 1e6


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


@dataclass(frozen=True, slots=True)
class Factors:
    """What to multiply a prediction by, for an 80 % range; `count` ratios taught it."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Ranges:
    """Factors by class, and those of all together for whatever is of no class.

    `origin` says in words what they were learned from.
    """

    classes: Classes
    by_class: tuple[Factors, ...]
    pooled: Factors
    origin: str = ""

    def factors(self, predicted: float, size: str = "") -> Factors:
        """Find the factors that fit a prediction."""
        place = self.classes.place(predicted, size)
        return self.pooled if place is None else self.by_class[place]

    def span(self, predicted: float, size: str = "") -> Span:
        """Give the range of a prediction; it need not hold the prediction itself."""
        factors = self.factors(predicted, size)
        return Span(predicted * factors.low, predicted * factors.high)


def fill_spans(
    read: Iterable[Item | Gap], ranges: Ranges, sizes: Mapping[str, str]
) -> list[Item | Gap]:
    """Give each item whose duration has no range the one that was learned for it.

    `sizes` are what items are called by, as far as they are called anything, by key.
    """
    return [
        replace(one, duration_span=ranges.span(one.duration, sizes.get(one.key, "")))
        if isinstance(one, Item) and one.duration_span is None and one.duration > 0
        else one
        for one in read
    ]


def read_ranges(at: Pointed) -> Ranges:
    """Read ranges from JSON; what is wrong is noted with its pointer.

    Without classes the factors under `all` count for everything.
    """
    by = cast("By", at.choice("by", ("size", "quartile"), default="quartile"))
    pooled = _read_factors(at.open("all"))
    origin = at.maybe_text("origin", longest=ORIGIN_LIMIT) or ""
    rows = at.open_list("classes", most=MOST_SIZES) if at.has("classes") else []
    names = tuple(row.text("name") for row in rows)
    by_class = tuple(_read_factors(row) for row in rows)
    if not rows:
        return Ranges(Classes(("all",)), (pooled,), pooled, origin)
    if len(set(names)) < len(names):
        at.note("classes", "duplicate", "names one class twice")
    edges = _read_edges(at, rows) if by == "quartile" else ()
    return Ranges(Classes(names, edges, by), by_class, pooled, origin)


def _read_factors(at: Pointed) -> Factors:
    low, high = at.number("low", positive=True), at.number("high", positive=True)
    count = at.number("count", default=0)
    if high < low:
        at.note("high", "range", "must be at least low")
    elif not 1 / _FARTHEST <= low <= high <= _FARTHEST:
        at.note("low", "range", "must be a factor such as 0.8, and high one such as 2")
    if count < 0 or count != int(count):
        at.note("count", "range", "must be a whole number, 0 or more")
    return Factors(low, high, int(count))


def _read_edges(at: Pointed, rows: list[Pointed]) -> tuple[float, ...]:
    """Read up to which prediction each class but the last reaches."""
    edges = tuple(row.number("up_to", positive=True) for row in rows[:-1])
    if any(high <= low for low, high in pairwise(edges)):
        at.note("classes", "range", "must be smallest first, each up_to above the last")
    return edges


def write_ranges(ranges: Ranges) -> dict[str, Any]:
    """Write ranges as JSON; what is written can be read again, unchanged."""
    classes, rows = ranges.classes, []
    for number, (name, own) in enumerate(
        zip(classes.names, ranges.by_class, strict=True)
    ):
        row: dict[str, Any] = {"name": name}
        if number < len(classes.edges):
            row["up_to"] = classes.edges[number]
        rows.append(row | _factors(own))
    written = {"by": classes.by, "classes": rows, "all": _factors(ranges.pooled)}
    return written | ({"origin": ranges.origin} if ranges.origin else {})


def _factors(one: Factors) -> dict[str, Any]:
    return {"low": one.low, "high": one.high, "count": one.count}
