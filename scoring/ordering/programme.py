"""The linear programme of Chudak & Hochbaum (1999), and its whole-number twin.

One variable for each pair that no link decides says which of the two comes first. The
best whole-number solution costs as much as the best order, although nothing asks for
transitivity (Ambühl & Mastrolilli 2009).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.ordering.search import Block, Found, cost_of, improved, list_order

MOST_JOBS = 260
MOST_JOBS_WHOLE = 120
MOST_ROWS = 60_000
# A limit on nodes does not hold HiGHS back at the root, so the model is kept small.
MOST_ROWS_WHOLE = 3_000
MOST_NODES = 200
MOST_ITERATIONS = 100_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class _Model(NamedTuple):
    """Minimise `costs` · x + `fixed` with rows x[one] · a − x[other] · b ≤ limit.

    `pairs` holds for each variable the two jobs; 1 means that the first comes first.
    """

    pairs: list[tuple[int, int]]
    costs: Floats
    fixed: float
    columns: Ints
    signs: Floats
    limits: Floats


def solve_programme(block: Block) -> Found | None:
    """Order a block with a bound from the programme; None where it is too large."""
    if len(block.jobs) > MOST_JOBS:
        return None
    model = _model(block)
    if model is None or not len(model.costs):
        return None
    values, bound = _solve(model, whole=False)
    found = _listed(block, model, values, bound)
    if found.cost - bound <= 1e-9 * abs(found.cost):
        return found
    if len(block.jobs) > MOST_JOBS_WHOLE or len(model.limits) > MOST_ROWS_WHOLE:
        return found
    values, bound = _solve(model, whole=True)
    other = _listed(block, model, values, max(bound, found.bound))
    return min(other, found._replace(bound=other.bound), key=lambda one: one.cost)


def _listed(block: Block, model: _Model, values: Floats, bound: float) -> Found:
    """List the jobs by the completion times that a solution gives them."""
    ends = np.array([job.duration for job in block.jobs])
    for (first, second), value in zip(model.pairs, values.tolist(), strict=True):
        ends[second] += value * block.jobs[first].duration
        ends[first] += (1 - value) * block.jobs[second].duration
    for job, earlier in enumerate(_closed(block)):
        ends[job] += sum(
            other.duration for i, other in enumerate(block.jobs) if earlier >> i & 1
        )
    order = improved(block, list_order(block, ends.tolist()))
    return Found(order, cost_of(block, order), bound)


def _closed(block: Block) -> list[int]:
    """Collect all that comes before each job, as bit sets."""
    before: list[int] = []
    for earlier in block.needs:
        reach = 0
        for other in earlier:
            reach |= before[other] | 1 << other
        before.append(reach)
    return before


def _model(block: Block) -> _Model | None:
    """Set the programme up; None where it has too many rows."""
    jobs, before = block.jobs, _closed(block)
    size = len(jobs)
    number: dict[tuple[int, int], int] = {}
    fixed = sum(job.weight * job.duration for job in jobs)
    costs = []
    for second in range(size):
        for first in range(second):
            ahead = jobs[first].duration * jobs[second].weight
            if before[second] >> first & 1:
                fixed += ahead
                continue
            behind = jobs[second].duration * jobs[first].weight
            number[first, second] = len(number)
            fixed += behind
            costs.append(ahead - behind)
    rows = []
    for row in _rows(block, number):
        rows.append(row)
        if len(rows) > MOST_ROWS:
            return None
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    return _Model(
        list(number),
        np.array(costs),
        fixed,
        table[:, [0, 2]].astype(np.int32),
        table[:, [1, 3]],
        table[:, 4],
    )


def _rows(
    block: Block, number: dict[tuple[int, int], int]
) -> Iterator[tuple[int, int, int, int, int]]:
    """Let what precedes a blocker precede what it blocks: one row a link and job."""
    for job, earlier in enumerate(block.needs):
        for blocker in earlier:
            for other in range(len(block.jobs)):
                one = number.get((min(other, blocker), max(other, blocker)))
                two = number.get((min(other, job), max(other, job)))
                if one is None or two is None:
                    continue
                a = 1 if other < blocker else -1
                b = 1 if other < job else -1
                yield one, a, two, -b, (b < 0) - (a < 0)


def _solve(model: _Model, *, whole: bool) -> tuple[Floats, float]:
    """Run HiGHS on one thread, capped by counts; answer with a bound that is safe."""
    scale = float(np.abs(model.costs).max()) or 1.0
    solver = _loaded(model, scale, whole=whole)
    solver.run()
    solution = solver.getSolution()
    values = np.array(solution.col_value, dtype=np.float64)
    if len(values) != len(model.costs) or not np.isfinite(values).all():
        values = np.full(len(model.costs), 0.5)
    if whole:
        bound = float(solver.getInfo().mip_dual_bound)
        margin = 1e-9 * abs(bound)  # HiGHS prunes within a tolerance of its own
        return values, model.fixed + scale * (bound - margin)
    duals = np.array(solution.row_dual, dtype=np.float64)
    if len(duals) != len(model.limits):
        duals = np.zeros(len(model.limits))
    return values, model.fixed + scale * _dual_bound(model, scale, duals)


def _dual_bound(model: _Model, scale: float, duals: Floats) -> float:
    """Make a valid bound of any dual values, however rough they are.

    With prices of no more than 0, each variable takes the better end of its range.
    """
    prices = np.minimum(duals, 0.0)
    reduced = model.costs / scale
    np.subtract.at(reduced, model.columns[:, 0], prices * model.signs[:, 0])
    np.subtract.at(reduced, model.columns[:, 1], prices * model.signs[:, 1])
    return float(prices @ model.limits + np.minimum(reduced, 0.0).sum())


def _loaded(model: _Model, scale: float, *, whole: bool) -> Any:
    """Hand the model to HiGHS."""
    import highspy  # noqa: PLC0415 - 0.2 s that hardly any backlog needs to wait for

    programme = highspy.HighsLp()
    columns, rows = len(model.costs), len(model.limits)
    programme.num_col_, programme.num_row_ = columns, rows
    programme.col_cost_ = model.costs / scale
    programme.col_lower_, programme.col_upper_ = np.zeros(columns), np.ones(columns)
    programme.row_lower_ = np.full(rows, -highspy.kHighsInf)
    programme.row_upper_ = model.limits
    programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    programme.a_matrix_.start_ = np.arange(0, 2 * rows + 1, 2, dtype=np.int32)
    programme.a_matrix_.index_ = model.columns.ravel()
    programme.a_matrix_.value_ = model.signs.ravel()
    if whole:
        programme.integrality_ = [highspy.HighsVarType.kInteger] * columns
    solver: Any = highspy.Highs  # without types of its own
    solver = solver()
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
        "mip_max_nodes": MOST_NODES,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.0,
        "simplex_iteration_limit": MOST_ITERATIONS,
    }.items():
        solver.setOptionValue(option, value)
    solver.passModel(programme)
    return solver
