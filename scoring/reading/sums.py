"""Cost of delay that is a sum: of named parts, of value buckets, of WSJF's scores."""

from collections.abc import Mapping
from dataclasses import replace

from scoring.item import Source
from scoring.reading.tally import Miss, Read, Tally
from scoring.reading.value import (
    Scale,
    Unread,
    read_field,
    score_scale,
    share_scale,
)
from scoring.roles import (
    BUCKETS,
    SCORES,
    Buckets,
    NumberValue,
    OptionValue,
    Sum,
    Wsjf,
)


def read_sum(
    model: Sum, fields: Mapping[str, object], scale: Scale, unit: str
) -> Read | tuple[Miss, ...]:
    """Add named parts."""
    tally = Tally(unit)
    for part in model.parts:
        read = read_field(part.value, fields, scale)
        tally.take(part.name, read, optional=part.optional)
    return tally.total()


def read_buckets(
    model: Buckets, fields: Mapping[str, object], scale: Scale, unit: str
) -> Read | tuple[Miss, ...]:
    """Add the value buckets; a cost to be avoided counts by its probability.

    Where that bucket is filled in, the probability must be too.
    """
    tally = Tally(unit)
    for part in model.parts:
        read = read_field(part.value, fields, scale)
        counts = tally.take(BUCKETS[part.name], read, optional=part.optional)
        if counts and part.name == "avoid" and model.probability is not None:
            _weigh(tally, model.probability, fields)
    return tally.total()


def _weigh(
    tally: Tally, probability: NumberValue | OptionValue, fields: Mapping[str, object]
) -> None:
    """Let the last part count by its probability, or enter why there is none."""
    role = "probability"
    read = read_field(probability, fields, share_scale(probability.unit))
    if isinstance(read, Unread):
        tally.miss(role, read, f'part "{BUCKETS["avoid"]}": its {role}')
        return
    tally.counted[-1] = replace(tally.counted[-1], share=read.value)
    tally.sources.append(
        Source(role, read.field, read.text, read.value, "", read.formula)
    )


def read_scores(model: Wsjf, fields: Mapping[str, object]) -> Read | tuple[Miss, ...]:
    """Add WSJF's scores: all are needed, and the sum has no unit but points."""
    tally = Tally("points")
    for part in model.parts:
        read = read_field(part.value, fields, score_scale())
        tally.take(SCORES[part.name], read)
    return tally.total()
