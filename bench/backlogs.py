"""Backlogs made from a seed: money, durations and links as a Jira might hold them.

No public data holds cost of delay. Costs are lognormal around 2,000 a week, durations
around 1.5 weeks. Half of the linked components are pairs, the others chains, trees and
small nets of up to 60 issues.
"""

from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Edges = list[tuple[int, int]]


class Backlog(NamedTuple):
    """Rows in today's order, and which must come before which."""

    weights: NDArray[np.float64]
    durations: NDArray[np.float64]
    edges: NDArray[np.intp]


def jira_like(size: int, linked: float, seed: int) -> Backlog:
    """Link a share of the issues in small components."""
    random = Random(seed)  # noqa: S311 - a seed repeats the backlog
    rows = random.sample(range(size), round(size * linked))
    edges: Edges = []
    while len(rows) > 1:
        count = min(_component_size(random), len(rows))
        part = [rows.pop() for _ in range(count)]
        edges += [(part[a], part[b]) for a, b in _component(random, count)]
    return _backlog(size, edges, seed)


def tangled(size: int, links: int, seed: int) -> Backlog:
    """Link issues all over the backlog at random: one giant component."""
    random = Random(seed)  # noqa: S311 - a seed repeats the backlog
    edges = {_pair(random, size) for _ in range(links)}
    return _backlog(size, list(edges), seed)


def comb(teeth: int, seed: int) -> Backlog:
    """Hang one issue on each link of a chain, before or after it."""
    random = Random(seed)  # noqa: S311 - a seed repeats the backlog
    edges = [(i, i + 1) for i in range(teeth - 1)]
    edges += [
        (i, teeth + i) if random.getrandbits(1) else (teeth + i, i)
        for i in range(teeth)
    ]
    return _backlog(2 * teeth, edges, seed)


def two_layers(size: int, links: int, seed: int) -> Backlog:
    """Let sources without value block sinks without duration: the hardest kind."""
    random = Random(seed)  # noqa: S311 - a seed repeats the backlog
    half = size // 2
    edges = [
        (source, sink)
        for sink in range(half, size)
        for source in random.sample(range(half), min(links, half))
    ]
    backlog = _backlog(size, edges, seed)
    backlog.weights[:half] = 0.0
    backlog.durations[half:] = 0.0
    return backlog


def _backlog(size: int, edges: Edges, seed: int) -> Backlog:
    numbers = np.random.default_rng(seed)
    return Backlog(
        numbers.lognormal(np.log(2_000), 1.3, size),
        numbers.lognormal(np.log(1.5), 0.8, size),
        np.array(sorted(edges), dtype=np.intp).reshape(-1, 2),
    )


def _pair(random: Random, size: int) -> tuple[int, int]:
    """Draw two issues, the first of which blocks the second."""
    first, second = sorted(random.sample(range(size), 2))
    return first, second


def _component_size(random: Random) -> int:
    """Make half of the components pairs, the rest geometric up to 60."""
    if random.getrandbits(1):
        return 2
    return min(60, 3 + int(random.expovariate(1 / 4)))


def _component(random: Random, size: int) -> Edges:
    """Draw a chain, a tree either way, or a net of a third more links than a tree."""
    shape = random.choice(("chain", "out-tree", "in-tree", "net"))
    if shape == "chain":
        return [(i, i + 1) for i in range(size - 1)]
    if shape == "in-tree":
        return [(i, random.randrange(i + 1, size)) for i in range(size - 1)]
    tree = [(random.randrange(i), i) for i in range(1, size)]
    more = [_pair(random, size) for _ in range(size // 3)]
    return sorted({*tree, *more}) if shape == "net" else tree
