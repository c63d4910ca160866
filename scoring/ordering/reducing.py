"""What may be fixed in an indivisible part without losing its best order."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np

from scoring.ordering.network import Network, members_of

MOST_COMPARED = 600
MOST_PASSES = 3


def contract(net: Network, mask: int) -> int:
    """Glue jobs that some best order keeps together; answer with what is left.

    A job with one direct blocker follows it at once, if no job that may come between
    has a higher ratio; a job that blocks one other directly precedes it at once, if
    none that may come between has a lower one.
    """
    ratios = {job: net.jobs[job].ratio for job in members_of(mask)}
    ranked = sorted(ratios, key=ratios.__getitem__, reverse=True)
    higher, lower = _outside(ratios, ranked), _outside(ratios, ranked[::-1])
    touched = 0  # their ratios have changed: they count as obstacles
    for job in ranked:
        for obstacles, near in (
            (higher, net.direct_before(job, mask)),
            (lower, net.direct_after(job, mask)),
        ):
            if len(near) != 1 or touched & (1 << job | 1 << near[0]):
                continue
            other = near[0]
            first, second = sorted((job, other))
            between = mask & ~(net.before[first] | net.after[second])
            between &= ~(1 << job | 1 << other)
            if not between & (obstacles[job] | touched):
                mask &= ~net.join(first, second, at=other)
                touched |= 1 << other
                break
    return mask


def _outside(ratios: Mapping[int, float], ranked: Sequence[int]) -> dict[int, int]:
    """Collect, for each job, all that stand strictly before its ratio in a ranking."""
    seen, found = 0, {}
    for _, group in groupby(ranked, key=ratios.__getitem__):
        equal = list(group)
        for job in equal:
            found[job] = seen
        for job in equal:
            seen |= 1 << job
    return found


def dominate(net: Network, mask: int) -> Network | None:
    """Add links that some best order keeps anyway; None where there are none to add.

    Of two jobs, the one with no lower ratio, no blocker that the other has not, and
    all that the other blocks, may as well come first: were they the other way round,
    one of them could be moved next to the other at no loss.
    """
    jobs = list(members_of(mask))
    if len(jobs) > MOST_COMPARED:
        return None
    before, after = _picked(net.before, jobs), _picked(net.after, jobs)
    if not _add_links([net.jobs[job].ratio for job in jobs], before, after):
        return None
    # Whoever comes after another has strictly more before it.
    order = sorted(range(len(jobs)), key=lambda i: (before[i].bit_count(), i))
    return Network(
        [net.jobs[jobs[i]] for i in order],
        _picked(before, order),
        _picked(after, order),
    )


def _picked(masks: Sequence[int], order: Sequence[int]) -> list[int]:
    """Write the bit sets of some jobs in new numbers; all other jobs fall away."""
    width = (len(masks) + 7) // 8
    table = b"".join(masks[job].to_bytes(width, "little") for job in order)
    rows = np.frombuffer(table, dtype=np.uint8).reshape(len(order), width)
    bits = np.unpackbits(rows, axis=1, bitorder="little")[:, order]
    packed = np.packbits(bits, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def _add_links(ratios: Sequence[float], before: list[int], after: list[int]) -> bool:
    """Add links that dominance allows; say if there were any."""
    own = dict(enumerate(ratios))
    ranked = sorted(own, key=own.__getitem__, reverse=True)
    higher = _outside(own, ranked)
    everyone = (1 << len(own)) - 1
    found = False
    for _ in range(MOST_PASSES):
        again = False
        for job in ranked:
            rivals = everyone & ~(higher[job] | before[job] | after[job] | 1 << job)
            beaten = _beaten(job, rivals, before, after) if rivals else 0
            if beaten:
                _link(job, beaten, before, after)
                found = again = True
        if not again:
            break
    return found


def _beaten(job: int, rivals: int, before: Sequence[int], after: Sequence[int]) -> int:
    """Collect the rivals that wait for all it waits for, and block nothing else."""
    waits, frees = before[job], ~after[job]
    beaten = 0
    while rivals:
        bit = rivals & -rivals
        rivals ^= bit
        other = bit.bit_length() - 1
        if not (waits & ~before[other] or after[other] & frees):
            beaten |= bit
    return beaten


def _link(job: int, beaten: int, before: list[int], after: list[int]) -> None:
    """Put a job before others, with all that follows from it."""
    earlier, later = before[job] | 1 << job, beaten
    for other in members_of(beaten):
        later |= after[other]
    for other in members_of(earlier):
        after[other] |= later
    for other in members_of(later):
        before[other] |= earlier
