"""What a user would do instead: sort, take the best free issue, pull up, or CP-SAT."""

import json
import subprocess
import sys
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.backlogs import Backlog

Ints = NDArray[np.intp]


def delay_cost(backlog: Backlog, order: Ints) -> float:
    """Sum cost of delay × completion time."""
    ends = np.cumsum(backlog.durations[order])
    return float(backlog.weights[order] @ ends)


def broken_links(backlog: Backlog, order: Ints) -> int:
    """Count the links that an order breaks."""
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    return int((place[backlog.edges[:, 0]] > place[backlog.edges[:, 1]]).sum())


def cd3(backlog: Backlog) -> NDArray[np.float64]:
    """Divide cost of delay by duration; no duration makes it infinite."""
    with np.errstate(divide="ignore"):
        ratios: NDArray[np.float64] = backlog.weights / backlog.durations
    return ratios


def spreadsheet(backlog: Backlog) -> Ints:
    """Sort by CD3 and look at no link."""
    order: Ints = np.argsort(-cd3(backlog), kind="stable")
    return order


def greedy(backlog: Backlog) -> Ints:
    """Take the highest CD3 among the issues that may start, again and again."""
    after, waiting = _neighbours(backlog)
    ratios = cd3(backlog).tolist()
    ready = [(-ratios[row], row) for row, count in enumerate(waiting) if not count]
    heapify(ready)
    order = []
    while ready:
        row = heappop(ready)[1]
        order.append(row)
        for later in after[row]:
            waiting[later] -= 1
            if not waiting[later]:
                heappush(ready, (-ratios[later], later))
    return np.array(order)


def pull_up(backlog: Backlog) -> Ints:
    """Sort by CD3, then pull each issue's blockers up to right before it."""
    before: list[list[int]] = [[] for _ in backlog.weights]
    for first, second in backlog.edges.tolist():
        before[second].append(first)
    ratios = cd3(backlog)
    order: list[int] = []
    placed = [False] * len(before)
    for top in np.argsort(-ratios, kind="stable").tolist():
        stack = [top]
        while stack:
            missing = [row for row in before[stack[-1]] if not placed[row]]
            if missing and not placed[stack[-1]]:
                stack.append(max(missing, key=ratios.__getitem__))
                continue
            row = stack.pop()
            if not placed[row]:
                placed[row] = True
                order.append(row)
    return np.array(order)


def _neighbours(backlog: Backlog) -> tuple[list[list[int]], list[int]]:
    """List who comes after each row, and count who comes before."""
    after: list[list[int]] = [[] for _ in backlog.weights]
    waiting = [0] * len(after)
    for first, second in backlog.edges.tolist():
        after[first].append(second)
        waiting[second] += 1
    return after, waiting


def cp_sat(backlog: Backlog, seed: int) -> dict[str, Any]:
    """Solve with OR-Tools, in a process of its own.

    OR-Tools brings a copy of HiGHS that cannot live beside highspy in one process.
    """
    lists = {
        "weights": backlog.weights.astype(int).tolist(),
        "durations": backlog.durations.astype(int).tolist(),
        "edges": backlog.edges.tolist(),
        "seed": seed,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "bench.cp_sat"],
        input=json.dumps(lists),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer
