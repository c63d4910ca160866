"""A long loop is broken in any sequence of its links; quadratic work would not end."""

import random

import pytest

from scoring.item import Link
from scoring.ordering.cycles import break_cycles

SIZE = 20_000


@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", ["forwards", "backwards", "shuffled"])
def test_one_link_of_a_ring_is_dropped(way: str) -> None:
    ages = list(range(SIZE))
    if way == "backwards":
        ages.reverse()
    if way == "shuffled":
        random.Random(3).shuffle(ages)  # noqa: S311 - an example
    ring = [
        Link(f"A-{n}", f"A-{(n + 1) % SIZE}", str(100_000 + age))
        for n, age in enumerate(ages)
    ]
    kept, cycles = break_cycles(ring)
    [cycle] = cycles
    assert len(kept) == SIZE - 1
    assert cycle.dropped.id == str(100_000 + SIZE - 1)  # the youngest
    assert len(cycle.path) == SIZE + 1


@pytest.mark.timeout(300)
def test_a_mesh_linked_both_ways_is_no_trouble() -> None:
    """A walk from one end alone would look at half of all links for each."""
    pairs = [(a, b) for a in range(300) for b in range(300) if a != b]
    random.Random(3).shuffle(pairs)  # noqa: S311 - an example
    mesh = [Link(f"A-{a}", f"A-{b}", str(age)) for age, (a, b) in enumerate(pairs)]
    kept, cycles = break_cycles(mesh)
    assert len(kept) == len(cycles) == len(pairs) // 2
    assert sum(len(cycle.path) for cycle in cycles) < 4 * len(cycles)
