"""Jobs that hang on the outside of a part, peeled off one by one in linear time."""

from bisect import insort
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from scoring.ordering.chunks import Chunk, glue
from scoring.ordering.network import Network, members_of


class Side(Enum):
    """Where a peeled job stands: before all the rest, after it, or free of it."""

    BEFORE = "before"
    AFTER = "after"
    BESIDE = "beside"


class Peel(NamedTuple):
    """One job, and where it stands to all that was left when it was peeled off."""

    chunk: Chunk
    side: Side


def peeled(net: Network, mask: int) -> tuple[list[Peel], int]:
    """Peel off single jobs, the outermost first; answer with the core that is left.

    When a job goes that links tie to all others, each of them loses one tie; when one
    goes that is tied to none, nobody does: it is enough to count the ties once.
    """
    ties = {
        job: ((net.before[job] | net.after[job]) & mask).bit_count()
        for job in members_of(mask)
    }
    by_ties: dict[int, list[int]] = {}
    for job, count in ties.items():
        by_ties.setdefault(count, []).append(job)
    peels: list[Peel] = []
    gone = 0  # of those tied to all
    while mask & (mask - 1):
        tied_to_all = gone + mask.bit_count() - 1
        lowest, highest = (mask & -mask).bit_length() - 1, mask.bit_length() - 1
        if by_ties.get(gone):
            job, side = by_ties[gone].pop(), Side.BESIDE
        elif ties[lowest] == tied_to_all:
            job, side = lowest, Side.BEFORE
        elif ties[highest] == tied_to_all:
            job, side = highest, Side.AFTER
        else:
            break
        gone += side is not Side.BESIDE
        mask ^= 1 << job
        peels.append(Peel(net.jobs[job], side))
    return peels, mask


def wrapped(peels: Sequence[Peel], core: Sequence[Chunk]) -> list[Chunk]:
    """Put the peels back round the solved core, the innermost first."""
    chunks = list(core)
    for chunk, side in reversed(peels):
        whole = chunk
        if side is Side.BESIDE:
            insort(chunks, whole, key=lambda one: -one.ratio)
        elif side is Side.BEFORE:
            while chunks and whole.ratio < chunks[0].ratio:
                whole = glue(whole, chunks.pop(0))
            chunks.insert(0, whole)
        else:
            while chunks and chunks[-1].ratio < whole.ratio:
                whole = glue(chunks.pop(), whole)
            chunks.append(whole)
    return chunks
