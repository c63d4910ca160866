"""Random backlogs with links, and the truth about small ones by brute force."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

Edge = tuple[int, int]


class Instance(NamedTuple):
    weights: list[float]
    durations: list[float]
    edges: list[Edge]


def best_cost(instance: Instance) -> float:
    """Try every order that breaks no link, by dynamic programming over subsets."""
    weights, durations, edges = instance
    size = len(weights)
    needs = [0] * size
    for first, second in edges:
        needs[second] |= 1 << first
    spent = [0.0] * (1 << size)
    best = [0.0] + [float("inf")] * ((1 << size) - 1)
    for done in range(1, 1 << size):
        low = (done & -done).bit_length() - 1
        spent[done] = spent[done & (done - 1)] + durations[low]
        for last in range(size):
            before = done & ~(1 << last)
            if done >> last & 1 and needs[last] & ~before == 0:
                best[done] = min(best[done], best[before] + weights[last] * spent[done])
    return best[-1]


def delay_cost(instance: Instance, order: Sequence[int]) -> float:
    """Walk an order and add weight × completion time."""
    total = spent = 0.0
    for job in order:
        spent += instance.durations[job]
        total += instance.weights[job] * spent
    return total


def broken(instance: Instance, order: Sequence[int]) -> int:
    """Count the links that an order breaks."""
    place = {job: i for i, job in enumerate(order)}
    return sum(place[a] > place[b] for a, b in instance.edges)


def random_instance(random: Random, most: int) -> Instance:
    """Make links of every shape, and numbers with ties, zeros and negative costs."""
    size = random.randint(1, most)
    shuffled = random.sample(range(size), size)
    edges = [(shuffled[a], shuffled[b]) for a, b in _shape(random, size)]
    kind = random.randrange(5)
    weights = [_weight(random, kind) for _ in range(size)]
    durations = [_duration(random, kind) for _ in range(size)]
    return Instance(weights, durations, edges)


def _shape(random: Random, size: int) -> list[Edge]:
    kind = random.randrange(5)
    pairs = [(a, b) for b in range(size) for a in range(b)]
    if kind == 0:
        return [
            (random.randrange(b), b) for b in range(1, size) if random.random() < 0.9
        ]
    if kind == 1:
        return [(a, random.randrange(a + 1, size)) for a in range(size - 1)]
    if kind == 2:
        layer = sorted(random.randrange(3) for _ in range(size))
        return [
            (a, b)
            for a, b in pairs
            if layer[a] + 1 == layer[b] and random.random() < 0.5
        ]
    density = 0.15 if kind == 3 else 0.5
    return [pair for pair in pairs if random.random() < density]


def _weight(random: Random, kind: int) -> float:
    if kind <= 1:
        return float(random.randint(0, 4))
    if kind == 2:
        return float(random.randint(-3, 5))
    return random.lognormvariate(0, 1.3) if kind == 3 else random.gauss(1, 3)


def _duration(random: Random, kind: int) -> float:
    if kind == 1:
        return float(random.randint(1, 3))
    if kind <= 2:
        return float(random.randint(0, 3))
    return random.lognormvariate(0, 0.8) * (random.random() > 0.1)
