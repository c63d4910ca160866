"""The most profitable set that is closed under «comes before» (Picard 1976)."""

from collections.abc import Sequence


def exact(numbers: Sequence[float]) -> list[int]:
    """Scale floats by one power of two, so that they are whole and nothing is lost."""
    ratios = [number.as_integer_ratio() for number in numbers]
    scale = max(below for _, below in ratios)
    return [above * (scale // below) for above, below in ratios]


def surplus(weights: Sequence[float], durations: Sequence[float]) -> list[int]:
    """Say exactly by how much each job beats the ratio of all; the sum is 0.

    Where nothing takes any time, all jobs count as equally long.
    """
    whole, long = exact(weights), exact(durations)
    together, time = sum(whole), sum(long)
    if not time:
        long, time = [1] * len(whole), len(whole)
    return [w * time - together * p for w, p in zip(whole, long, strict=True)]


def closed_split(profits: Sequence[int], needs: Sequence[Sequence[int]]) -> list[int]:
    """Split the jobs at a closed set of the highest profit, by a minimum cut.

    `needs[job]` are the jobs that must come before it; profits sum to 0. Answers with
    a stage for each job, the first being 0. Where no closed set earns anything, the
    stages are the finest that earn exactly nothing each: one block has but one stage.
    """
    net = _Net(profits, needs)
    earning = net.saturate()
    if any(earning):
        return [not marked for marked in earning]
    return net.stages()


def carried(profits: Sequence[int], needs: Sequence[Sequence[int]]) -> list[list[int]]:
    """Say how much of what blocked jobs earn a greatest flow brings to each blocker.

    Answers in the shape of `needs`.
    """
    net = _Net(profits, needs)
    net.saturate()
    # Each link has its two arcs in the order of `needs`; the room back is the flow.
    flow = iter(net.room[1::2])
    return [[next(flow) for _ in earlier] for earlier in needs]


class _Net:
    """A flow network in Dinic's manner (1970); arc `a` and its reverse are a, a ^ 1."""

    def __init__(self, profits: Sequence[int], needs: Sequence[Sequence[int]]) -> None:
        self.supply = [max(profit, 0) for profit in profits]
        self.demand = [max(-profit, 0) for profit in profits]
        plenty = sum(self.supply) + 1
        self.ends: list[int] = []
        self.room: list[int] = []
        self.arcs: list[list[int]] = [[] for _ in profits]
        for job, earlier in enumerate(needs):
            for other in earlier:
                self.arcs[job].append(len(self.ends))
                self.arcs[other].append(len(self.ends) + 1)
                self.ends += (other, job)
                self.room += (plenty, 0)

    def saturate(self) -> list[bool]:
        """Push all that can be pushed; mark what unused supply can still reach."""
        while True:
            level, arrives = self._levels()
            if not arrives:
                return [depth >= 0 for depth in level]
            turn = [0] * len(level)
            for root, supply in enumerate(self.supply):
                if supply:
                    self._push(root, level, turn)

    def stages(self) -> list[int]:
        """Give the strong components over arcs with room numbers, the needed first.

        Two walks, the first against the arcs (Kosaraju 1978).
        """
        stage, number = [-1] * len(self.arcs), 0
        for root in reversed(self._finished()):
            if stage[root] >= 0:
                continue
            stage[root] = number
            queue = [root]
            for job in queue:  # grows while it is read
                for end in self._ends(job, 0):
                    if stage[end] < 0:
                        stage[end] = number
                        queue.append(end)
            number += 1
        return stage

    def _finished(self) -> list[int]:
        """List the jobs as a depth-first walk against the arcs leaves them."""
        order: list[int] = []
        seen = [False] * len(self.arcs)
        for root in range(len(self.arcs)):
            stack = [root]
            while stack:
                job = stack.pop()
                if job < 0:
                    order.append(~job)
                elif not seen[job]:
                    seen[job] = True
                    stack.append(~job)
                    stack += [end for end in self._ends(job, 1) if not seen[end]]
        return order

    def _ends(self, job: int, back: int) -> list[int]:
        """Follow the arcs with room from a job, or (`back` 1) those towards it."""
        return [self.ends[arc] for arc in self.arcs[job] if self.room[arc ^ back]]

    def _levels(self) -> tuple[list[int], bool]:
        """Count each job's steps from the nearest supply; say if any demand is met."""
        level = [0 if supply else -1 for supply in self.supply]
        queue = [job for job, supply in enumerate(self.supply) if supply]
        ends, room, arrives = self.ends, self.room, False
        for job in queue:  # grows while it is read
            arrives = arrives or self.demand[job] > 0
            for arc in self.arcs[job]:
                if room[arc] and level[ends[arc]] < 0:
                    level[ends[arc]] = level[job] + 1
                    queue.append(ends[arc])
        return level, arrives

    def _push(self, root: int, level: list[int], turn: list[int]) -> None:
        """Send one job's supply down the levels, until it or the ways are used up."""
        ends = self.ends
        path: list[int] = []
        job = root
        while self.supply[root]:
            if self.demand[job]:
                self._send(root, path, job)
                path, job = [], root
                continue
            arc = self._next_arc(job, level, turn)
            if arc >= 0:
                path.append(arc)
                job = ends[arc]
            elif path:
                job = ends[path.pop() ^ 1]
                turn[job] += 1
            else:
                return

    def _next_arc(self, job: int, level: list[int], turn: list[int]) -> int:
        """Find the next arc one level down, or −1."""
        arcs, below = self.arcs[job], level[job] + 1
        at = turn[job]
        while at < len(arcs):
            if self.room[arcs[at]] and level[self.ends[arcs[at]]] == below:
                break
            at += 1
        turn[job] = at
        return arcs[at] if at < len(arcs) else -1

    def _send(self, root: int, path: Sequence[int], end: int) -> None:
        """Send as much as the path holds."""
        amount = min(self.supply[root], self.demand[end])
        for arc in path:
            amount = min(amount, self.room[arc])
        for arc in path:
            self.room[arc] -= amount
            self.room[arc ^ 1] += amount
        self.supply[root] -= amount
        self.demand[end] -= amount
