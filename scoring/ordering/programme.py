"""Blocks by the linear programme: solved, cut, and at last in whole numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from scoring.ordering.dragging import dragged, greedy_orders
from scoring.ordering.model import Floats, Model, Rows, model_of, with_rows
from scoring.ordering.network import members_of
from scoring.ordering.search import (
    Block,
    Found,
    closed_before,
    cost_of,
    improved,
    list_order,
)
from scoring.ordering.solver import add_rows, loaded, solved
from scoring.ordering.triangles import Triangle, triangles

MOST_JOBS = 260
MOST_JOBS_WHOLE = 120
# A limit on nodes does not hold HiGHS back at the root, so the model is kept small; it
# may be larger where little is left to prove.
MOST_ROWS_WHOLE = 3_000
MOST_ROWS_NEARLY = 10_000
NEARLY = 1e-3
MOST_ROUNDS = 12
LEAST_GAIN = 0.02  # of what is left, for another round of cuts


def solve_programme(block: Block) -> Found | None:
    """Order a block with a bound from the programme; None where it is too large."""
    if len(block.jobs) > MOST_JOBS:
        return None
    model = model_of(block)
    if model is None:
        return None
    if not len(model.costs):
        order = list_order(block, [0.0] * len(block.jobs))
        return Found(order, cost_of(block, order), cost_of(block, order))
    solver = loaded(model)
    values, bound = solved(model, solver)
    listed = _listed(block, model, values)
    found = Found(listed, cost_of(block, listed), bound)
    if _proven(found):
        return found
    found = _cheaper(block, found, dragged(block, [listed, *greedy_orders(block)]))
    model, values, found = _cut(block, model, solver, values, found)
    if not _proven(found) and len(block.jobs) <= MOST_JOBS_WHOLE:
        found = _whole(block, model, found)
    return found


def _cut(
    block: Block, model: Model, solver: Any, values: Floats, found: Found
) -> tuple[Model, Floats, Found]:
    """Add cuts and solve again, while that gains something."""
    before = [list(members_of(row)) for row in closed_before(block)]
    for _ in range(MOST_ROUNDS):
        if _proven(found):
            break
        rows = _cut_rows(model, triangles(_earlier(model, values, len(before)), before))
        if not len(rows.limits):
            break
        add_rows(solver, rows)
        model = with_rows(model, rows)
        values, bound = solved(model, solver)
        gain, left = bound - found.bound, found.cost - found.bound
        found = found._replace(bound=max(bound, found.bound))
        if gain < LEAST_GAIN * left:
            break
    return model, values, _cheaper(block, found, _listed(block, model, values))


def _earlier(model: Model, values: Floats, size: int) -> Floats:
    """Write a solution as a table: how far one job comes before another."""
    table = np.full((size, size), -1.0)
    first, second = np.array(model.pairs).T
    table[first, second] = values
    table[second, first] = 1.0 - values
    return table


def _cut_rows(model: Model, found: Sequence[Triangle]) -> Rows:
    """Write triangles as rows: at most one of the three statements is true."""
    number = {pair: column for column, pair in enumerate(model.pairs)}
    columns = [[number[min(p), max(p)] for p in triangle] for triangle in found]
    signs = [[1.0 if u < v else -1.0 for u, v in triangle] for triangle in found]
    table = np.array(signs, dtype=np.float64).reshape(-1, 3)
    return Rows(
        np.array(columns, dtype=np.int32).reshape(-1, 3),
        table,
        1.0 - (table < 0).sum(axis=1),
    )


def _whole(block: Block, model: Model, found: Found) -> Found:
    """Ask for whole numbers, the best order known being the start."""
    nearly = found.cost - found.bound <= NEARLY * abs(found.cost)
    most = MOST_ROWS_NEARLY if nearly else MOST_ROWS_WHOLE
    if len(model.rows.limits) > most:
        return found
    solver = loaded(model, whole=found.order)
    values, bound = solved(model, solver, whole=True)
    found = found._replace(bound=max(bound, found.bound))
    return _cheaper(block, found, _listed(block, model, values))


def _proven(found: Found) -> bool:
    """Say whether cost and bound meet, as far as the solver's tolerance goes."""
    return found.cost - found.bound <= 1e-9 * abs(found.cost)


def _cheaper(block: Block, found: Found, order: list[int]) -> Found:
    """Take another order where it costs less."""
    cost = cost_of(block, order)
    return found._replace(order=order, cost=cost) if cost < found.cost else found


def _listed(block: Block, model: Model, values: Floats) -> list[int]:
    """List the jobs by the completion times that a solution gives them."""
    ends = np.array([job.duration for job in block.jobs])
    for (first, second), value in zip(model.pairs, values.tolist(), strict=True):
        ends[second] += value * block.jobs[first].duration
        ends[first] += (1 - value) * block.jobs[second].duration
    for job, earlier in enumerate(closed_before(block)):
        ends[job] += sum(block.jobs[other].duration for other in members_of(earlier))
    return improved(block, list_order(block, ends.tolist()))
