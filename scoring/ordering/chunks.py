"""Chunks: items that stay together in the order, known by their total cost and time."""

from collections.abc import Iterable, Sequence
from math import inf
from typing import NamedTuple


class Chunk(NamedTuple):
    """Items (by number) that follow one another; `ratio` is weight ÷ duration.

    `slack` is by how much the delay cost inside may lie above the best one possible.
    """

    ratio: float
    weight: float
    duration: float
    members: list[int]
    slack: float = 0.0


def ratio_of(weight: float, duration: float) -> float:
    """Divide; without duration the sign of the weight decides, and 0 ÷ 0 is 0.

    This is the limit of a duration that shrinks to nothing. Every comparison in the
    engine uses this one quotient, so that no two places round differently.
    """
    if duration:
        return weight / duration
    if weight:
        return inf if weight > 0 else -inf
    return 0.0


def glue(first: Chunk, second: Chunk) -> Chunk:
    """Put the second chunk right behind the first, for good."""
    weight = first.weight + second.weight
    duration = first.duration + second.duration
    return Chunk(
        ratio_of(weight, duration),
        weight,
        duration,
        first.members + second.members,
        first.slack + second.slack,
    )


def pool(chunks: Iterable[Chunk]) -> list[Chunk]:
    """Glue neighbours until the ratios no longer rise (pool adjacent violators)."""
    pooled: list[Chunk] = []
    for chunk in chunks:
        last = chunk
        while pooled and pooled[-1].ratio < last.ratio:
            last = glue(pooled.pop(), last)
        pooled.append(last)
    return pooled


def bundle(chunks: Sequence[Chunk]) -> Chunk:
    """Glue all chunks in the order given."""
    weight = sum(chunk.weight for chunk in chunks)
    duration = sum(chunk.duration for chunk in chunks)
    return Chunk(
        ratio_of(weight, duration),
        weight,
        duration,
        [member for chunk in chunks for member in chunk.members],
        sum(chunk.slack for chunk in chunks),
    )
