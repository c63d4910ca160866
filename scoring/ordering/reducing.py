"""What may be fixed in an indivisible part without losing its best order."""

from collections.abc import Sequence
from itertools import groupby

from scoring.ordering.network import Network, members_of

MOST_COMPARED = 400


def contract(net: Network, mask: int) -> int:
    """Glue jobs that some best order keeps together; answer with what is left.

    A job with one direct blocker follows it at once, if no job that may come between
    has a higher ratio; a job that blocks one other directly precedes it at once, if
    none that may come between has a lower one.
    """
    ranked = sorted(members_of(mask), key=lambda job: -net.jobs[job].ratio)
    higher, lower = _outside(net, ranked), _outside(net, ranked[::-1])
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


def _outside(net: Network, ranked: Sequence[int]) -> dict[int, int]:
    """Collect, for each job, all that stand strictly before its ratio in a ranking."""
    seen, found = 0, {}
    for _, group in groupby(ranked, key=lambda job: net.jobs[job].ratio):
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
    number = {job: i for i, job in enumerate(jobs)}
    before = [_renumbered(net.before[job] & mask, number) for job in jobs]
    after = [_renumbered(net.after[job] & mask, number) for job in jobs]
    ranked = sorted(range(len(jobs)), key=lambda i: -net.jobs[jobs[i]].ratio)
    if not _add_links(ranked, before, after):
        return None
    # Whoever comes after another has strictly more before it.
    order = sorted(range(len(jobs)), key=lambda i: (before[i].bit_count(), i))
    place = {i: at for at, i in enumerate(order)}
    return Network(
        [net.jobs[jobs[i]] for i in order],
        [_renumbered(before[i], place) for i in order],
    )


def _renumbered(mask: int, number: dict[int, int]) -> int:
    """Write a bit set in other numbers."""
    return sum(1 << number[job] for job in members_of(mask))


def _add_links(ranked: Sequence[int], before: list[int], after: list[int]) -> bool:
    """Add all links that dominance allows; say if there were any."""
    found = False
    again = True
    while again:
        again = False
        open_to = (1 << len(ranked)) - 1
        for job in ranked:
            open_to ^= 1 << job
            rivals = open_to & ~(before[job] | after[job])
            for other in members_of(rivals):
                if _dominates(job, other, before, after):
                    _link(job, other, before, after)
                    found = again = True
    return found


def _dominates(
    job: int, other: int, before: Sequence[int], after: Sequence[int]
) -> bool:
    """Compare what two jobs wait for and what waits for them, as it stands now."""
    return not (
        before[job] & ~before[other]
        or after[other] & ~after[job]
        or (before[job] | after[job]) >> other & 1
    )


def _link(first: int, second: int, before: list[int], after: list[int]) -> None:
    """Add a link and all that follows from it."""
    earlier, later = before[first] | 1 << first, after[second] | 1 << second
    for job in members_of(earlier):
        after[job] |= later
    for job in members_of(later):
        before[job] |= earlier
