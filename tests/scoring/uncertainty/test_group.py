"""A group in many cases is what the solver makes of it in each of them."""

from typing import Literal, get_args

import numpy as np
import pytest

from scoring.ordering.arrays import order_arrays
from scoring.uncertainty.group import Group
from scoring.uncertainty.normal import Floats

Shape = Literal["line", "out-tree", "in-tree", "net"]
CASES = 12


def group(shape: Shape, size: int, random: np.random.Generator) -> Group:
    before: list[set[int]] = [set() for _ in range(size)]
    for row in range(1, size):
        if shape == "line":
            before[row] = {row - 1}
        elif shape == "in-tree":
            before[int(random.integers(size - row, size))].add(size - 1 - row)
        else:
            most = 1 if shape == "out-tree" else int(random.integers(1, 4))
            before[row] = {int(random.integers(row)) for _ in range(most)}
    return Group(tuple(tuple(sorted(them)) for them in before))


def hold(one: Group, costs: Floats, weeks: Floats) -> None:
    """Compare cost, links and chunks of each case with the solver's."""
    arranged = one.arrange(costs, weeks)
    pairs = [(a, b) for b, them in enumerate(one.before) for a in them]
    edges = np.array(pairs, dtype=np.intp)
    for case, order in enumerate(arranged.order):
        truth = order_arrays(costs[case], weeks[case], edges)
        place = np.argsort(order)
        assert sorted(order.tolist()) == list(range(one.size))
        assert (place[edges[:, 0]] < place[edges[:, 1]]).all()
        ends = weeks[case][order].cumsum()
        assert costs[case][order] @ ends == pytest.approx(truth.cost, abs=1e-9)
        sums = (
            np.add.reduceat(x[case][truth.order], truth.starts) for x in (costs, weeks)
        )
        with np.errstate(divide="ignore"):
            ratios = np.divide(*sums)
        sizes = np.diff(truth.starts, append=one.size)
        falling = np.sort(np.repeat(ratios, sizes).clip(-1e300, 1e300))[::-1]
        assert arranged.ratios[case] == pytest.approx(falling, rel=1e-9)


@pytest.mark.parametrize("shape", get_args(Shape))
@pytest.mark.parametrize("size", [2, 3, 5, 8, 13])
def test_each_case_is_ordered_best(shape: Shape, size: int) -> None:
    random = np.random.default_rng(size)
    for _ in range(8):
        costs, weeks = random.lognormal(0, 1, (2, CASES, size))
        costs *= random.choice([1, 1, 1, -0.3], (CASES, size))
        hold(group(shape, size, random), costs, weeks)


def test_links_that_the_solver_must_see_to_are_ordered_best() -> None:
    random = np.random.default_rng(3)
    before = [()] * 12 + [tuple(sorted(random.permutation(12)[:3])) for _ in range(8)]
    wide = Group(tuple(tuple(int(n) for n in them) for them in before))
    assert wide.effort == wide.size * 8_000
    hold(wide, *random.lognormal(0, 1, (2, CASES, 20)))


@pytest.mark.parametrize("shape", ["out-tree", "in-tree"])
def test_large_trees_are_ordered_best(shape: Shape) -> None:
    random = np.random.default_rng(4)
    for size in (120, 201):
        hold(group(shape, size, random), *random.lognormal(0, 1, (2, 3, size)))


def test_what_takes_no_time_hides_no_chunk() -> None:
    random = np.random.default_rng(5)
    for _ in range(60):
        given = group("net", 6, random)
        costs = random.integers(-2, 4, (CASES, 6)).astype(float)
        weeks = random.integers(0, 3, (CASES, 6)).astype(float)
        weeks[weeks.sum(axis=1) == 0] = 1
        one = Group(given.before, timeless=True)
        arranged = one.arrange(costs, weeks)
        edges = np.array([(a, b) for b, them in enumerate(one.before) for a in them])
        for case, order in enumerate(arranged.order):
            cost = costs[case][order] @ weeks[case][order].cumsum()
            assert cost == order_arrays(costs[case], weeks[case], edges).cost


def test_a_held_group_keeps_its_sequence() -> None:
    random = np.random.default_rng(6)
    given = group("net", 9, random)
    arranged = given.as_line.arrange(*random.lognormal(0, 1, (2, CASES, 9)))
    assert (arranged.order == np.arange(9)).all()
    assert (np.diff(arranged.ratios) <= 0).all()
