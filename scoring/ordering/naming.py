"""Numbers for a block's jobs that do not hang on how its rows were given.

What searches a block draws lots and breaks ties by number. Numbered by what the jobs
are and how they are linked, the same block gives the same order, cost and bound,
however its rows stood.
"""

from collections.abc import Sequence
from typing import Any, Final

from scoring.ordering.search import Block, links_after, list_order

MOST_STEPS: Final = 1_000_000  # jobs and links looked at, all in all

Colours = Sequence[int]
Lists = Sequence[Sequence[int]]


def numbered_anew(block: Block) -> Block:
    """Give jobs numbers by what they are; blockers keep the lower ones.

    Only what is symmetric, or what takes too many steps to tell apart, stands as given.
    """
    colours = _colours(block)
    order = list_order(block, colours)
    number = {job: at for at, job in enumerate(order)}
    return Block(
        [block.jobs[job] for job in order],
        [sorted(number[other] for other in block.needs[job]) for job in order],
    )


def _colours(block: Block) -> list[int]:
    """Tell jobs apart by weight, duration and links, then by their neighbours.

    Where that tells no more apart, the first job of the lowest colour that holds
    different neighbourhoods gets a colour of its own, and its neighbours follow.
    """
    after = links_after(block)
    colours = _ranked(
        [
            (job.weight, job.duration, len(earlier), len(later))
            for job, earlier, later in zip(block.jobs, block.needs, after, strict=True)
        ]
    )
    rounds = MOST_STEPS // (len(colours) + 2 * sum(map(len, block.needs)))
    for _ in range(rounds):
        count = len(set(colours))
        if count == len(colours):
            break
        colours = _finer(colours, block.needs, after)
        if len(set(colours)) > count:
            continue
        job = _first_alike(colours, block.needs, after)
        if job is None:
            break
        colours[job] -= 1
    return colours


def _finer(colours: Colours, needs: Lists, after: Lists) -> list[int]:
    """Tell apart those of one colour whose neighbours differ in theirs."""
    return _ranked(
        [
            (
                colour,
                sorted(colours[other] for other in earlier),
                sorted(colours[other] for other in later),
            )
            for colour, earlier, later in zip(colours, needs, after, strict=True)
        ]
    )


def _first_alike(colours: Colours, needs: Lists, after: Lists) -> int | None:
    """Find a job that shares its colour, but not its neighbours, with another one."""
    ends: dict[int, set[tuple[frozenset[int], frozenset[int]]]] = {}
    for colour, earlier, later in zip(colours, needs, after, strict=True):
        ends.setdefault(colour, set()).add((frozenset(earlier), frozenset(later)))
    lowest = min((colour for colour, them in ends.items() if len(them) > 1), default=-1)
    return colours.index(lowest) if lowest >= 0 else None


def _ranked(keys: Sequence[tuple[Any, ...]]) -> list[int]:
    """Rank the keys, equals alike, and leave a number free below each rank."""
    numbers, last = [0] * len(keys), -1
    order = sorted(range(len(keys)), key=keys.__getitem__)
    for at, job in enumerate(order):
        if not at or keys[job] != keys[order[at - 1]]:
            last += 2
        numbers[job] = last
    return numbers
