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


def closed_split(profits: Sequence[int], needs: Sequence[Sequence[int]]) -> list[bool]:
    """Mark the jobs of a closed set of the highest profit, by a minimum cut.

    `needs[job]` are the jobs that must come before it; profits sum to 0. Among sets
    of equal profit one that is neither empty nor full is preferred, so that only a
    set which cannot be split is left unmarked altogether.
    """
    net = _Net(profits, needs)
    marked = net.saturate()
    if any(marked):
        return marked
    # Every supply found its way: what the residual arcs reach earns exactly nothing.
    reached = net.reach(forward=True)
    if not all(reached):
        return reached
    return [not leads for leads in net.reach(forward=False)]


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

    def reach(self, *, forward: bool) -> list[bool]:
        """Mark what job 0 reaches, or what reaches job 0, over arcs with room."""
        seen = [False] * len(self.arcs)
        seen[0] = True
        queue = [0]
        for job in queue:  # grows while it is read
            for arc in self.arcs[job]:
                end = self.ends[arc]
                if not seen[end] and self.room[arc if forward else arc ^ 1]:
                    seen[end] = True
                    queue.append(end)
        return seen

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
