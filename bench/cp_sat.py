"""CP-SAT on one backlog: `python -m bench.cp_sat`, JSON in and JSON out."""

import json
import sys
from typing import Any

from ortools.sat.python import cp_model

SECONDS = 10.0
WORKERS = 2


def solve(
    weights: list[int], durations: list[int], edges: list[list[int]], seed: int
) -> dict[str, Any]:
    """Minimise Σ weight × completion time on one machine under links."""
    model = cp_model.CpModel()
    horizon = sum(durations)
    starts = [model.new_int_var(0, horizon, f"s{i}") for i in range(len(durations))]
    model.add_no_overlap(
        model.new_fixed_size_interval_var(start, length, f"i{i}")
        for i, (start, length) in enumerate(zip(starts, durations, strict=True))
    )
    for first, second in edges:
        model.add(starts[first] + durations[first] <= starts[second])
    model.minimize(
        sum(w * (s + p) for w, s, p in zip(weights, starts, durations, strict=True))
    )
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = seed
    status = solver.solve(model)
    return {
        "cost": solver.objective_value,
        "bound": solver.best_objective_bound,
        "seconds": solver.wall_time,
        "status": solver.status_name(status),
    }


if __name__ == "__main__":
    print(json.dumps(solve(**json.load(sys.stdin))))
