"""Backlogs with ranges of several kinds, and plain sampling of what they may become."""

import math
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from scoring.item import Item, Link, Span
from scoring.ordering.arrays import order_arrays

Kind = Literal["all", "narrow", "few", "ties", "signed"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Floats = NDArray[np.float64]

TENTH = 1.2815515655446004  # exceeded by one in ten of a standard normal


def backlog(kind: Kind, size: int, seed: int = 1) -> list[Item]:
    """Lognormal costs and durations with ranges drawn around them."""
    random = np.random.default_rng(seed)
    return [_item(kind, number, random) for number in range(size)]


def _item(kind: Kind, number: int, random: np.random.Generator) -> Item:
    cost = float(random.lognormal(np.log(2_000), 1.3))
    weeks = float(random.lognormal(np.log(1.5), 0.8))
    if kind == "ties":
        cost, weeks = float(random.choice([1, 2, 3, 5])), float(random.choice([1, 2]))
    if kind == "signed":
        cost *= float(random.choice([1, 1, 1, 0, -0.2]))
        weeks *= float(random.random() > 0.1)
    down, up = random.uniform(0.1, 0.8), random.uniform(0.2, 2.0)
    low, high = random.uniform(0.3, 0.9), random.uniform(1.1, 3.0)
    if kind == "narrow":
        down, up, low, high = 0.02, 0.03, 0.98, 1.03
    costs = Span(cost - abs(cost) * down, cost + abs(cost) * up)
    spans = [costs, Span(weeks * low, weeks * high)]
    share = {"few": 0.1, "ties": 0.5}.get(kind, 1.0)
    given = random.random(2) < share
    return Item(
        f"A-{number}",
        cost,
        weeks,
        place=number,
        cost_of_delay_span=spans[0] if given[0] else None,
        duration_span=spans[1] if given[1] else None,
    )


def chains(size: int, seed: int = 1) -> list[Link]:
    """Link two in five items in short chains."""
    random = np.random.default_rng(seed)
    rows = random.permutation(size)[: size * 2 // 5].tolist()
    links = []
    while len(rows) > 1:
        part = [rows.pop() for _ in range(min(int(random.integers(2, 5)), len(rows)))]
        links += [Link(f"A-{a}", f"A-{b}") for a, b in pairwise(part)]
    return links


def drawn(items: list[Item], samples: int, seed: int) -> tuple[Floats, Floats]:
    """Draw costs and durations, a row a sample, straight from what a range means."""
    random = np.random.default_rng(seed)
    costs, weeks = np.empty((2, samples, len(items)))
    for column, item in enumerate(items):
        scores = random.standard_normal((2, samples)).clip(-3, 3)
        costs[:, column] = _cost(item, scores[0])
        weeks[:, column] = _weeks(item, scores[1])
    return costs, weeks


def _cost(item: Item, scores: Floats) -> Floats:
    likely, span = item.cost_of_delay, item.cost_of_delay_span
    if span is None:
        return np.full(len(scores), likely)
    below, above = (likely - span.low) / TENTH, (span.high - likely) / TENTH
    values = likely + np.where(scores < 0, below, above) * scores
    if span.low >= 0:
        values = values.clip(0)
    return values.clip(None, 0) if span.high <= 0 else values


def _weeks(item: Item, scores: Floats) -> Floats:
    likely, span = item.duration, item.duration_span
    if span is None or not likely:
        return np.full(len(scores), likely)
    below, above = math.log(likely / span.low), math.log(span.high / likely)
    exponents = np.where(scores < 0, scores * below, scores * above)
    found: Floats = likely * np.exp(exponents / TENTH)
    return found


def ratios(costs: Floats, weeks: Floats) -> Floats:
    """Divide; without time the cost's sign decides."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((costs == 0) & (weeks == 0), 0.0, costs / weeks)


def ranks(costs: Floats, weeks: Floats) -> NDArray[np.int64]:
    """Rank by ratio, ties as they stand."""
    order = np.argsort(-ratios(costs, weeks), axis=1, kind="stable")
    return order.argsort(axis=1) + 1


def nets(size: int, *, more: int = 1, apart: int = 8, seed: int = 1) -> list[Link]:
    """Link all items but every fourth in nets of up to so many."""
    random = np.random.default_rng(seed)
    links = set()
    for start in range(0, size, apart):
        for row in range(start + 1, min(start + apart, size)):
            for _ in range(more + 1):
                blocker = int(random.integers(start, row))
                if more > 1 or row % 4:
                    links.add((f"A-{blocker}", f"A-{row}"))
    return [Link(*pair) for pair in sorted(links)]


def ranks_anew(
    items: list[Item], links: list[Link], costs: Floats, weeks: Floats
) -> NDArray[np.int64]:
    """Order the whole backlog anew for each draw."""
    row = {item.key: number for number, item in enumerate(items)}
    edges = np.array([(row[link.blocker], row[link.blocked]) for link in links])
    found = np.empty(costs.shape, dtype=np.int64)
    for draw in range(len(costs)):
        order = order_arrays(costs[draw], weeks[draw], edges).order
        found[draw, order] = np.arange(1, len(items) + 1)
    return found
