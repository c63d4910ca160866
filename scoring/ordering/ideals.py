"""The exact order of a few jobs, by dynamic programming over what may be done first."""

from collections.abc import Sequence

from scoring.ordering.chunks import Chunk

MOST_STATES = 3_000
MOST_STEPS = 1_000_000  # states × jobs

State = tuple[float, float, int, int]  # cost, time spent, last job, set before it


def ideal_order(
    jobs: Sequence[Chunk], before: Sequence[int], within: int
) -> list[int] | None:
    """Find the cheapest order of the jobs in the bit set `within`.

    `before[job]` is the bit set of all that must precede it. Answers None where more
    than `MOST_STATES` sets of jobs could be done first, or fewer if the jobs are many.
    """
    most = min(MOST_STATES, MOST_STEPS // within.bit_count())
    layer: dict[int, State] = {0: (0.0, 0.0, -1, 0)}
    seen: dict[int, State] = dict(layer)
    while within not in layer:
        grown: dict[int, State] = {}
        for done, state in layer.items():
            _grow(jobs, before, within, done, state, grown)
            if len(seen) + len(grown) > most:
                return None
        layer = grown
        seen.update(grown)
    order = []
    state = seen[within]
    while state[2] >= 0:
        order.append(state[2])
        state = seen[state[3]]
    return order[::-1]


def _grow(  # noqa: PLR0913, PLR0917 - the inner loop, kept apart for its length only
    jobs: Sequence[Chunk],
    before: Sequence[int],
    within: int,
    done: int,
    state: State,
    grown: dict[int, State],
) -> None:
    """Add every job that may come next to one set of jobs done."""
    cost, spent = state[0], state[1]
    left = within & ~done
    rest = left
    while rest:
        bit = rest & -rest
        rest ^= bit
        job = bit.bit_length() - 1
        if before[job] & left:
            continue
        ends = spent + jobs[job].duration
        total = cost + jobs[job].weight * ends
        known = grown.get(done | bit)
        if known is None or total < known[0]:
            grown[done | bit] = total, ends, job, done
