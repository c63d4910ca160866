"""Means in place of likely values, for the order of least expected delay cost."""

from collections.abc import Sequence
from dataclasses import replace

from scoring.item import Item, Source, Span
from scoring.uncertainty.ranges import cost_spreads, driver_means, duration_spreads


def means(item: Item) -> tuple[float, float]:
    """Give the mean cost of delay and the mean duration of one item."""
    rows = [item]
    return float(cost_spreads(rows).means[0]), float(duration_spreads(rows).means[0])


def at_means(items: Sequence[Item]) -> list[Item]:
    """Put means where ranges are given, for the order of least expected delay cost.

    With items independent of each other, the order by ratio of means is the best in
    expectation (Rothkopf 1966): by likely values, a long tail of one's duration is
    overlooked. Each changed number has one source more that says where it comes from;
    ranges are taken out, for they belong to the likely values. A driver that items
    share multiplies costs of delay only, so that the same holds with its mean.
    """
    costs, weeks, factors = (
        cost_spreads(items),
        duration_spreads(items),
        driver_means(items),
    )
    sure = (costs.certain & weeks.certain & (factors == 1)).tolist()
    means = (part.tolist() for part in (costs.means, weeks.means, factors))
    return [
        item if certain else _at_mean(item, *numbers)
        for item, certain, *numbers in zip(items, sure, *means, strict=True)
    ]


def expected(items: Sequence[Item]) -> list[Item]:
    """Put means where ranges are given, and keep the ranges and the likely numbers.

    What holds its means already stays as it is.
    """
    rows = [
        row
        for row, item in enumerate(items)
        if (item.cost_of_delay_span or item.duration_span or item.driver_span)
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
            driver=read.driver,
            driver_span=read.driver_span,
            likely_cost_of_delay=read.cost_of_delay,
            likely_duration=read.duration,
        )
    return found


def _at_mean(item: Item, cost: float, duration: float, factor: float) -> Item:
    own, span = cost / factor, item.cost_of_delay_span
    told = [
        _told("cost_of_delay", item.cost_of_delay, span, own, item),
        _told_driver(item, cost, factor),
        _told("duration", item.duration, item.duration_span, duration, item),
    ]
    return replace(
        item,
        cost_of_delay=cost,
        duration=duration,
        cost_of_delay_span=None,
        duration_span=None,
        driver="",
        driver_span=None,
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


def _told_driver(item: Item, mean: float, factor: float) -> Source | None:
    """Say how the mean of a driver entered a cost of delay."""
    span = item.driver_span
    if span is None or factor == 1:
        return None
    text = f"{span.low:g} to {span.high:g}"
    formula = (
        f"{mean / factor:,g} × {factor:.4g}, the mean of the driver {item.driver}, "
        f"whose 80 % range is {text} around 1"
    )
    return Source("cost_of_delay", "", text, mean, "", formula)
