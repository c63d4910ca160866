"""One issue to one item, or to the gap that says why it cannot be scored."""

from scoring.item import Gap, Issue, Item, Mode, Source
from scoring.mapping import Mapping
from scoring.reading.cost import read_cost
from scoring.reading.shown import quote, shown_date, shown_text
from scoring.reading.tally import Miss, Read, Terms, source
from scoring.reading.value import Unread, duration_scale, read_field


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
    if isinstance(cost, Read) and isinstance(duration, Read):
        return _item(issue, mapping, cost, duration, place)
    misses = [m for each in (cost, duration) if isinstance(each, tuple) for m in each]
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
    return Read(read.value, read.span, (source("duration", read, "weeks"),))


def _item(
    issue: Issue, mapping: Mapping, cost: Read, duration: Read, place: int
) -> Item:
    deadline = _read_deadline(issue, mapping.deadline)
    team = "" if mapping.team is None else shown_text(issue.fields.get(mapping.team))
    day = shown_date(deadline.text) if deadline and deadline.unit else None
    return Item(
        key=issue.key,
        cost_of_delay=cost.value,
        duration=duration.value,
        summary=issue.summary,
        place=place,
        deadline=day,
        cost_of_delay_span=cost.span,
        duration_span=duration.span,
        team=team,
        sources=(*cost.sources, *duration.sources, *((deadline,) if deadline else ())),
    )


def _read_deadline(issue: Issue, field: str | None) -> Source | None:
    """Read the deadline; one that is no date is ignored, and the source says so.

    A deadline's source has no value, for a day is no number; its unit is `date`, or
    empty where it was ignored.
    """
    raw = None if field is None else issue.fields.get(field)
    if field is None or raw is None or raw == "":
        return None
    day = shown_date(raw)
    if day is None:
        text = shown_text(raw)
        why = f"ignored: {quote(text)} is no date"
        return Source("deadline", field, text, None, "", why)
    return Source("deadline", field, day.isoformat(), None, "date", "taken as it is")
