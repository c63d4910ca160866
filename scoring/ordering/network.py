"""A small general order of jobs: bit sets of all that must come before and after."""

from collections.abc import Iterator, Sequence

from scoring.ordering.chunks import Chunk, glue


def members_of(mask: int) -> Iterator[int]:
    """Walk the members of a bit set, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Network:
    """Jobs numbered so that none comes before a lower one.

    `before[job]` and `after[job]` are the bit sets of all, near or far, that must
    precede and follow it. Parts of the network are bit sets as well, and disjoint
    parts never disturb each other.
    """

    def __init__(
        self, jobs: Sequence[Chunk], before: Sequence[int], after: Sequence[int]
    ) -> None:
        self.jobs = list(jobs)
        self.before = list(before)
        self.after = list(after)

    @classmethod
    def from_links(
        cls, jobs: Sequence[Chunk], direct: Sequence[Sequence[int]]
    ) -> "Network":
        """Close the direct links; each job's blockers have lower numbers."""
        before, after = [0] * len(jobs), [0] * len(jobs)
        for job, earlier in enumerate(direct):
            for other in earlier:
                before[job] |= before[other] | 1 << other
        for job in range(len(jobs) - 1, -1, -1):
            reach = after[job] | 1 << job
            for other in direct[job]:
                after[other] |= reach
        return cls(jobs, before, after)

    def direct_before(self, job: int, mask: int) -> list[int]:
        """Name the blockers within a part that no other blocker comes after."""
        left, found = self.before[job] & mask, []
        while left:
            last = left.bit_length() - 1
            found.append(last)
            left &= ~(self.before[last] | 1 << last)
        return found

    def direct_after(self, job: int, mask: int) -> list[int]:
        """Name the blocked jobs within a part that come after no other of them."""
        left, found = self.after[job] & mask, []
        while left:
            first = (left & -left).bit_length() - 1
            found.append(first)
            left &= ~(self.after[first] | 1 << first)
        return found

    def join(self, first: int, second: int, *, at: int) -> int:
        """Glue two jobs under the number `at`; answer with the bit that is free now."""
        self.jobs[at] = glue(self.jobs[first], self.jobs[second])
        return 1 << (second if at == first else first)

    def parallel_parts(self, mask: int) -> list[int]:
        """Split a part into sets between which no link runs."""
        parts = []
        while mask:
            part = frontier = mask & -mask
            while frontier:
                low = frontier & -frontier
                job = low.bit_length() - 1
                near = (self.before[job] | self.after[job]) & mask & ~part
                part |= near
                frontier = (frontier ^ low) | near
            parts.append(part)
            mask &= ~part
        return parts

    def serial_parts(self, mask: int) -> list[int]:
        """Split a part into sets each of which comes wholly before the next."""
        jobs = list(members_of(mask))
        shared = mask  # what precedes every job from here to the end
        cuts = []
        for at in range(len(jobs) - 1, 0, -1):
            shared &= self.before[jobs[at]]
            if shared.bit_count() == at:
                cuts.append(shared)
        parts, done = [], 0
        for upto in reversed(cuts):
            parts.append(upto & ~done)
            done = upto
        return [*parts, mask & ~done]
