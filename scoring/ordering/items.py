"""From items and links to the order, in the issues' own keys."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from math import isfinite
from types import MappingProxyType

import numpy as np

from scoring.item import Item, Link, Order
from scoring.ordering.arrays import Arrangement, order_arrays
from scoring.ordering.chunks import ratio_of
from scoring.ordering.cycles import break_cycles
from scoring.ordering.links import graph_of
from scoring.ordering.pulls import pulled_rows


def order_items(
    items: Sequence[Item], links: Sequence[Link], *, through: Collection[str] = ()
) -> Order:
    """Order the items so that waiting costs the least and no link is broken.

    `through` are open issues without a score that links are carried through: they
    cost nothing and take no time. Links to any other issue are ignored. Raises
    ValueError, with the key, for a number that is not finite, a negative duration or
    a key that comes twice.
    """
    ranked = sorted(items, key=lambda item: (item.place, item.key))
    _check(ranked)
    keys = [item.key for item in ranked]
    row = {key: i for i, key in enumerate(keys)}
    for key in sorted(set(through) - row.keys()):
        row[key] = len(row)
    kept, cycles = break_cycles(
        link for link in links if link.blocker in row and link.blocked in row
    )
    edges = [(row[link.blocker], row[link.blocked]) for link in kept]
    weights, durations = np.zeros(len(row)), np.zeros(len(row))
    weights[: len(keys)] = [item.cost_of_delay for item in ranked]
    durations[: len(keys)] = [item.duration for item in ranked]
    found = order_arrays(
        weights, durations, np.array(edges, dtype=np.intp).reshape(-1, 2)
    )
    blocks = tuple(_blocks(found, keys))
    return Order(
        keys=tuple(key for block in blocks for key in block),
        cost=found.cost,
        lower_bound=found.lower_bound,
        gap=found.gap,
        blocks=blocks,
        pulled=_pulled(found, ranked, edges),
        cycles=cycles,
    )


def _pulled(
    found: Arrangement, items: Sequence[Item], edges: Sequence[tuple[int, int]]
) -> Mapping[str, str]:
    """Name, for each item that others pull forward, the one that pulls the most.

    Only linked rows are looked at: most backlogs have few.
    """
    rows = sorted({row for edge in edges for row in edge})
    linked = [items[row] for row in rows if row < len(items)]
    at = {row: number for number, row in enumerate(rows)}
    sizes = np.diff([*found.starts.tolist(), len(found.order)])
    block_of = np.empty(len(found.order), dtype=np.intp)
    block_of[found.order] = np.repeat(np.arange(len(sizes)), sizes)
    weight, duration = np.zeros(len(sizes)), np.zeros(len(sizes))
    own = block_of[: len(items)]
    np.add.at(weight, own, [item.cost_of_delay for item in items])
    np.add.at(duration, own, [item.duration for item in items])
    pulled = pulled_rows(
        [ratio_of(item.cost_of_delay, item.duration) for item in linked],
        block_of[rows].tolist(),
        list(map(ratio_of, weight.tolist(), duration.tolist())),
        graph_of(len(rows), [(at[a], at[b]) for a, b in edges]),
    )
    return MappingProxyType({linked[a].key: linked[b].key for a, b in pulled.items()})


def _check(items: Iterable[Item]) -> None:
    """Refuse what no caller should have let through."""
    seen: set[str] = set()
    for item in items:
        if not (isfinite(item.cost_of_delay) and isfinite(item.duration)):
            raise ValueError(
                f"{item.key} has a cost of delay or a duration that is no number: "
                "make a gap of it"
            )
        if item.duration < 0:
            raise ValueError(f"{item.key} has a negative duration: make a gap of it")
        if item.key in seen:
            raise ValueError(f"{item.key} comes twice: give each issue once")
        seen.add(item.key)


def _blocks(found: Arrangement, keys: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Name the blocks, without the issues that were only passed through."""
    order = found.order.tolist()
    for start, end in pairwise([*found.starts.tolist(), len(order)]):
        block = tuple(keys[row] for row in order[start:end] if row < len(keys))
        if block:
            yield block
