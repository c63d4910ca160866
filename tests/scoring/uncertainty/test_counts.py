"""The chance of so many better items is that of every yes and no tried out."""

from itertools import product

import numpy as np
import pytest

from scoring.item import Item, Link, Span
from scoring.uncertainty.atoms import Atoms, spread_out
from scoring.uncertainty.counts import at_most, cumulants
from scoring.uncertainty.units import freeze
from tests.scoring.uncertainty.instances import KINDS, Kind, backlog, chains


def exactly(atoms: Atoms, case: int, limit: int) -> float:
    """Add one unit after another to the distribution of the count."""
    units = atoms.units
    own = int(atoms.owners[case])
    chances = np.zeros(len(units.keys) + 1)
    chances[0] = 1.0
    for unit, (first, count) in enumerate(
        zip(atoms.firsts.tolist(), atoms.cases.tolist(), strict=True)
    ):
        if unit == own:
            continue
        size = int(units.sizes[unit])
        mine = slice(first, first + count * size)
        better = atoms.ratios[mine] > atoms.ratios[case]
        if unit < own:
            better |= atoms.ratios[mine] == atoms.ratios[case]
        at_least = [(better & (atoms.ahead[mine] == n)).sum() for n in range(size)]
        shares = -np.diff(np.array([count, *at_least, 0]) / count)
        chances = np.convolve(chances, shares)[: len(chances)]
    return float(chances[: max(0, limit + 1)].sum())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [2, 9, 60])
def test_counts_are_those_of_adding_unit_after_unit(kind: Kind, size: int) -> None:
    for links in ([], chains(size)):
        atoms = spread_out(freeze(backlog(kind, size), links), most=4_000)
        counted = cumulants(atoms)
        random = np.random.default_rng(3)
        cases = random.integers(0, len(atoms.owners), 40)
        near = np.round(counted.mean[cases] + random.normal(0, 2, 40)).astype(np.intp)
        limits = np.clip(near, -1, size)
        found = at_most(atoms, counted, cases, limits)
        pairs = zip(cases.tolist(), limits.tolist(), strict=True)
        truth = [exactly(atoms, case, limit) for case, limit in pairs]
        assert found == pytest.approx(truth, abs=0.004)


def test_few_contenders_are_counted_exactly() -> None:
    items = [Item("A", 8, 1), *(_loose(n) for n in range(6)), Item("Z", 1, 1)]
    atoms = spread_out(freeze(items, []))
    counted = cumulants(atoms)
    case = atoms.firsts[list(atoms.units.keys).index("A")]
    shares = [
        float((atoms.ratios[first : first + count] > 8).mean())
        for first, count in zip(atoms.firsts, atoms.cases, strict=True)
        if count > 1
    ]
    for limit in range(7):
        truth = sum(
            float(
                np.prod(
                    [s if yes else 1 - s for s, yes in zip(shares, ways, strict=True)]
                )
            )
            for ways in product((0, 1), repeat=len(shares))
            if sum(ways) <= limit
        )
        [found] = at_most(atoms, counted, np.array([case]), np.array([limit]))
        assert found == pytest.approx(truth, abs=1e-9)


def _loose(number: int) -> Item:
    return Item(f"B-{number}", 5 + number, 1, cost_of_delay_span=Span(3, 12))


def test_a_large_block_counts_with_all_its_items() -> None:
    chain = [Item(f"C-{n}", 1, 1) for n in range(29)]
    last = Item("C-29", 90, 1, cost_of_delay_span=Span(30, 400))
    others = [Item(f"B-{n}", 4, 1, cost_of_delay_span=Span(2, 8)) for n in range(30)]
    links = [Link(f"C-{n}", f"C-{n + 1}") for n in range(29)]
    atoms = spread_out(freeze([*chain, last, *others], links), most=4_000)
    assert atoms.units.sizes.max() == 30
    counted = cumulants(atoms)
    cases = np.arange(0, len(atoms.owners), 4_999)
    for limit in (4, 20, 34, 45):
        found = at_most(atoms, counted, cases, np.full(len(cases), limit))
        truth = [exactly(atoms, case, limit) for case in cases.tolist()]
        assert found == pytest.approx(truth, abs=0.004)
