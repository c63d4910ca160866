"""HiGHS solves a model: one thread, capped by counts, with bounds of our own."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from scoring.ordering.model import Floats, Ints, Model, Rows

MOST_NODES = 200
MOST_ITERATIONS = 100_000
MOST_IPM_ITERATIONS = 200
MOST_ROWS_SIMPLEX = 5_000  # beyond, the interior point method is quicker


def solved(model: Model, solver: Any, *, whole: bool = False) -> tuple[Floats, float]:
    """Run HiGHS on one thread, capped by counts; answer with a bound that is safe."""
    solver.run()
    scale = _scale(model)
    solution = solver.getSolution()
    values: Floats = np.array(solution.col_value, dtype=np.float64)
    if len(values) != len(model.costs) or not np.isfinite(values).all():
        values = np.full(len(model.costs), 0.5)
    if whole:
        bound = float(solver.getInfo().mip_dual_bound)
        margin = 1e-9 * abs(bound)  # HiGHS prunes within a tolerance of its own
        return values, model.fixed + scale * (bound - margin)
    duals = np.array(solution.row_dual, dtype=np.float64)
    if len(duals) != len(model.rows.limits) or not np.isfinite(duals).all():
        duals = np.zeros(len(model.rows.limits))
    return values, model.fixed + scale * _dual_bound(model, scale, duals)


def _scale(model: Model) -> float:
    """Choose the unit of cost in which HiGHS computes."""
    return float(np.abs(model.costs).max()) or 1.0


def _dual_bound(model: Model, scale: float, duals: Floats) -> float:
    """Make a valid bound of any dual values, however rough they are.

    With prices of no more than 0, each variable takes the better end of its range.
    """
    prices = np.minimum(duals, 0.0)
    reduced = model.costs / scale
    np.subtract.at(reduced, model.rows.columns, prices[:, None] * model.rows.signs)
    return float(prices @ model.rows.limits + np.minimum(reduced, 0.0).sum())


def _matrix(rows: Rows) -> tuple[Ints, Ints, Floats]:
    """Write rows one behind the other: where each begins, its columns, its signs."""
    there = rows.signs != 0
    starts = np.append(0, np.cumsum(there.sum(axis=1))).astype(np.int32)
    return starts, rows.columns[there], rows.signs[there]


def add_rows(solver: Any, rows: Rows) -> None:
    """Hand more rows to HiGHS, which starts from where it stands."""
    starts, index, value = _matrix(rows)
    count = len(rows.limits)
    free = np.full(count, -np.inf)
    solver.addRows(count, free, rows.limits, len(index), starts[:-1], index, value)
    solver.setOptionValue("solver", "simplex")


def loaded(model: Model, *, whole: Sequence[int] = ()) -> Any:
    """Hand the model to HiGHS; with an order, for a solution in whole numbers."""
    import highspy  # noqa: PLC0415 - 0.2 s that hardly any backlog needs to wait for

    programme = highspy.HighsLp()
    columns, rows = len(model.costs), len(model.rows.limits)
    programme.num_col_, programme.num_row_ = columns, rows
    programme.col_cost_ = model.costs / _scale(model)
    programme.col_lower_, programme.col_upper_ = np.zeros(columns), np.ones(columns)
    programme.row_lower_ = np.full(rows, -highspy.kHighsInf)
    programme.row_upper_ = model.rows.limits
    programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    starts, index, value = _matrix(model.rows)
    programme.a_matrix_.start_ = starts
    programme.a_matrix_.index_ = index
    programme.a_matrix_.value_ = value
    if whole:
        programme.integrality_ = [highspy.HighsVarType.kInteger] * columns
    solver: Any = highspy.Highs  # without types of its own
    solver = solver()
    for option, limit in {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
        "solver": "simplex" if rows <= MOST_ROWS_SIMPLEX else "ipm",
        "mip_max_nodes": MOST_NODES,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.0,
        "simplex_iteration_limit": MOST_ITERATIONS,
        "ipm_iteration_limit": MOST_IPM_ITERATIONS,
    }.items():
        solver.setOptionValue(option, limit)
    solver.passModel(programme)
    if whole:
        solver.setOptionValue("solver", "choose")
        start = highspy.HighsSolution()
        place = np.argsort(whole)
        start.col_value = [float(place[a] < place[b]) for a, b in model.pairs]
        solver.setSolution(start)
    return solver
