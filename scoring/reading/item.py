"""One issue to one item, or to the gap that says why it cannot be scored."""

from dataclasses import replace

from scoring.backtest.learned import Ranges
from scoring.item import Gap, Issue, Item, Mode
from scoring.mapping import Mapping
from scoring.reading.cost import read_cost
from scoring.reading.profile import Timing, read_timing
from scoring.reading.shown import shown_text
from scoring.reading.tally import Miss, Read, Terms, source
from scoring.reading.value import Reading, Unread, duration_scale, read_field


def read_item(
    issue: Issue, mapping: Mapping, *, mode: Mode, currency: str, place: int
) -> Item | Gap:
    """Read an issue as the mapping says; whatever is missing makes it a gap.

    Never raises, whatever the fields hold. In relative mode `currency` is not looked
    at: an amount that names one is a gap.
    """
    known = currency if mode is Mode.MONEY else ""
    terms = Terms(mode, known, mapping.sprint_weeks)
    cost = read_cost(mapping.cost_of_delay, issue.fields, terms)
    duration = _read_duration(issue, mapping)
    timing = read_timing(issue.fields, mapping)
    if (
        isinstance(cost, Read)
        and isinstance(duration, Read)
        and isinstance(timing, Timing)
    ):
        return _item(issue, mapping, place, numbers=(cost, duration), timing=timing)
    misses = [m for each in (cost, duration) if isinstance(each, tuple) for m in each]
    misses += [timing] if isinstance(timing, Miss) else []
    return Gap(
        key=issue.key,
        reason="; ".join(miss.reason for miss in misses),
        summary=issue.summary,
        place=place,
        role=misses[0].role,
        field=misses[0].field,
    )


def _read_duration(issue: Issue, mapping: Mapping) -> Read | tuple[Miss, ...]:
    scale = duration_scale(mapping.sprint_weeks)
    read = read_field(mapping.duration, issue.fields, scale)
    if isinstance(read, Unread):
        return (Miss("duration", read.field, f"duration {read.reason}"),)
    if mapping.default_ranges is not None and read.span is None:
        read = _ranged(read, mapping.default_ranges)
    return Read(read.value, read.span, (source("duration", read, "weeks"),))


def _ranged(read: Reading, ranges: Ranges) -> Reading:
    """Give a duration the range that was learned for it; its size is its text."""
    span = ranges.span(read.value, read.text)
    told = f"80 % range {span.low:.3g} to {span.high:.3g} weeks by default"
    if ranges.origin:
        told += f", from {ranges.origin}"
    return replace(read, span=span, formula=f"{read.formula}; {told}")


def _item(
    issue: Issue,
    mapping: Mapping,
    place: int,
    *,
    numbers: tuple[Read, Read],
    timing: Timing,
) -> Item:
    cost, duration = numbers
    team = "" if mapping.team is None else shown_text(issue.fields.get(mapping.team))
    return Item(
        key=issue.key,
        cost_of_delay=cost.value,
        duration=duration.value,
        summary=issue.summary,
        place=place,
        deadline=timing.deadline,
        profile=timing.profile,
        cost_of_delay_span=cost.span,
        duration_span=duration.span,
        team=team,
        sources=(*cost.sources, *duration.sources, *timing.sources),
        profile_weeks=timing.weeks,
        penalty=timing.penalty,
    )
