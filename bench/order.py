"""How good and how quick the order is, beside what a user would use instead.

`python -m bench.order [--json]` solves backlogs made from seeds and prints medians;
times are processor times, compared in turns within one run, for machines differ and
so do their hours.
"""

import argparse
import json
import platform
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from bench.backlogs import Backlog, comb, jira_like, tangled, two_layers
from bench.rivals import (
    broken_links,
    cp_sat,
    delay_cost,
    greedy,
    pull_up,
    spreadsheet,
)
from scoring.ordering.arrays import Arrangement, order_arrays

SEED = 2026
ROUNDS = 15
LINKED = 0.15
NO_LINKS = np.empty((0, 2), dtype=np.intp)

Figures = dict[str, Any]


def figures(*, quick: bool = False) -> Figures:
    """Measure everything; `quick` leaves out the largest sizes and CP-SAT."""
    sizes = [1_000, 20_000] if quick else [1_000, 10_000, 20_000, 100_000]
    speed = [_speed(size, 7 if quick else ROUNDS) for size in sizes]
    by_size = {row["size"]: row for row in speed}
    small, large = by_size[1_000], by_size[20_000]
    return {
        "seed": SEED,
        "versions": _versions(),
        "figures": {
            "speed": speed,
            "excess": [
                _excess(jira_like(1_000, s, SEED), f"1,000 issues, {s:.0%} linked")
                for s in (0.05, 0.15, 0.30, 0.60)
            ],
            "stress": [_stress(*one) for one in _stress_set(quick=quick)],
            "cp_sat": [] if quick else [_against_cp_sat(n) for n in (20, 50, 100)],
        },
        "ratios": {
            "no_links_over_argsort": {
                row["size"]: row["no_links_over_argsort"] for row in speed
            },
            "linked_over_sorted": {
                row["size"]: row["linked_over_sorted"] for row in speed
            },
            "exponent_1k_20k": float(
                np.log(large["linked_ms"] / small["linked_ms"]) / np.log(20)
            ),
        },
    }


def _versions() -> dict[str, str]:
    """Name what the figures hang on."""
    names = ("numpy", "highspy", "ortools")
    found = {name: version(name) for name in names}
    return {"python": platform.python_version(), "machine": platform.machine(), **found}


def _timed(work: Callable[[], object]) -> float:
    """Run once; answer in milliseconds of our own processor time."""
    began = process_time()
    work()
    return (process_time() - began) * 1e3


def _speed(size: int, rounds: int) -> Figures:
    """Time ours and the plain sorts in turns, a backlog a turn, the best of three."""
    turns: dict[str, list[float]] = {}
    for turn in range(rounds):
        for name, work in _works(jira_like(size, LINKED, SEED + turn)).items():
            best = min(_timed(work) for _ in range(3))
            turns.setdefault(name, []).append(best)
    backlog = jira_like(size, LINKED, SEED)
    return {
        "size": size,
        **{f"{name}_ms": median(times) for name, times in turns.items()},
        "no_links_over_argsort": _ratio(turns["no_links"], turns["argsort"]),
        "linked_over_sorted": _ratio(turns["linked"], turns["sorted"]),
        "bytes_per_issue": _peak(lambda: order_arrays(*backlog)) / size,
        "gap": order_arrays(*backlog).gap,
    }


def _works(backlog: Backlog) -> dict[str, Callable[[], object]]:
    """Name what is timed: two plain sorts, and ours without links and with them."""
    weights, durations, _ = backlog
    ratios = weights / durations
    listed = ratios.tolist()
    return {
        "argsort": lambda: np.argsort(ratios),
        "no_links": lambda: order_arrays(weights, durations, NO_LINKS),
        "sorted": lambda: sorted(
            range(len(listed)), key=listed.__getitem__, reverse=True
        ),
        "linked": lambda: order_arrays(*backlog),
    }


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """Take the median of the turns' ratios."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def _peak(work: Callable[[], object]) -> int:
    """Measure the most memory that a run holds at once."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _excess(backlog: Backlog, name: str) -> Figures:
    """Order a backlog as a spreadsheet, a planner and a careful hand would."""
    ours = order_arrays(*backlog)
    plain = spreadsheet(backlog)
    return {
        "backlog": name,
        "gap": ours.gap,
        "links": len(backlog.edges),
        "broken_by_spreadsheet": broken_links(backlog, plain),
        "spreadsheet": delay_cost(backlog, plain) / ours.cost - 1,
        "greedy": delay_cost(backlog, greedy(backlog)) / ours.cost - 1,
        "pull_up": delay_cost(backlog, pull_up(backlog)) / ours.cost - 1,
    }


def _stress_set(*, quick: bool) -> list[tuple[str, Backlog]]:
    """Choose backlogs much harder than any Jira."""
    hard = [
        ("1,000 issues, 1,000 links at random", tangled(1_000, 1_000, SEED)),
        ("1,000 issues, 2,000 links at random", tangled(1_000, 2_000, SEED)),
        ("a comb of 500", comb(250, SEED)),
        ("two layers of 15", two_layers(30, 6, SEED)),
    ]
    if quick:
        return hard
    return [
        *hard,
        ("5,000 issues, 10,000 links at random", tangled(5_000, 10_000, SEED)),
        ("20,000 issues, 20,000 links at random", tangled(20_000, 20_000, SEED)),
        ("a comb of 5,000", comb(2_500, SEED)),
        ("two layers of 100", two_layers(200, 6, SEED)),
    ]


def _stress(name: str, backlog: Backlog) -> Figures:
    """Solve once, and say what is certified."""
    began = perf_counter()
    found = order_arrays(*backlog)
    return {
        "backlog": name,
        "seconds": perf_counter() - began,
        "gap": found.gap,
        "largest_block": _largest(found),
        "greedy": delay_cost(backlog, greedy(backlog)) / found.cost - 1,
    }


def _largest(found: Arrangement) -> int:
    """Count the issues of the largest block."""
    return int(np.diff(np.append(found.starts, len(found.order))).max())


def _against_cp_sat(size: int) -> Figures:
    """Give CP-SAT the same backlog in whole numbers, two workers and ten seconds."""
    made = jira_like(size, 0.15, SEED)
    backlog = Backlog(
        np.ceil(made.weights / 100), np.ceil(made.durations * 10), made.edges
    )
    ours = order_arrays(*backlog)
    seconds = _timed(lambda: order_arrays(*backlog)) / 1e3
    theirs = cp_sat(backlog, SEED)
    return {
        "size": size,
        "gap": ours.gap,
        "seconds": seconds,
        "cp_sat_seconds": theirs["seconds"],
        "cp_sat_status": theirs["status"],
        "cp_sat": theirs["cost"] / ours.cost - 1,
        "cp_sat_bound_below_ours": 1 - theirs["bound"] / ours.cost,
    }


def main() -> None:
    """Print the figures, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    chosen = parser.parse_args()
    found = figures(quick=chosen.quick)
    print(json.dumps(found) if chosen.json else report(found))


def report(found: Figures) -> str:
    """Lay the figures out as plain tables."""
    lines = [
        f"seed {found['seed']}; "
        + ", ".join(f"{name} {value}" for name, value in found["versions"].items())
    ]
    for name, rows in found["figures"].items():
        lines += ["", name, *_table(rows)]
    lines.append("")
    lines += [f"{name}: {value}" for name, value in found["ratios"].items()]
    return "\n".join(lines)


def _table(rows: list[Figures]) -> list[str]:
    """Write rows under one head."""
    if not rows:
        return ["(not measured)"]
    cells = [list(rows[0]), *([_shown(v) for v in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(str.rjust, line, widths)) for line in cells]


def _shown(value: object) -> str:
    """Write a number with no more digits than it has to say."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
