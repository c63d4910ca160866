"""A long loop is broken in any sequence of its links; quadratic work would not end."""

import random

import pytest

from scoring.item import Link
from scoring.ordering.cycles import break_cycles

SIZE = 20_000


@pytest.mark.timeout(60)
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
