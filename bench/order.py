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
from functools import partial
from importlib.metadata import version
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from bench.backlogs import Backlog, comb, jira_like, tangled, two_layers
from bench.rivals import (
    Ints,
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
    speed = [time_orders(size, 7 if quick else ROUNDS) for size in sizes]
    by_size = {row["size"]: row for row in speed}
    small, large = by_size[1_000], by_size[20_000]
    return {
        "seed": SEED,
        "versions": _versions(),
        "figures": {
            "speed": speed,
            "rivals": [
                row for one in _to_compare(quick=quick) for row in _rivals(*one)
            ],
            "stress": [_stress(*one) for one in _stress_set(quick=quick)],
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


def time_orders(size: int, rounds: int) -> Figures:
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


def _to_compare(*, quick: bool) -> list[tuple[int, float, bool]]:
    """Choose sizes, shares linked, and whether CP-SAT gets its ten seconds there."""
    shares = [(1_000, share, False) for share in (0.05, 0.30, 0.60)]
    small = [] if quick else [(20, LINKED, True), (50, LINKED, True)]
    return [*small, (100, LINKED, not quick), (1_000, LINKED, not quick), *shares]


def _rivals(size: int, linked: float, solver: bool) -> list[Figures]:  # noqa: FBT001 - a row of a table
    """Order a backlog as a spreadsheet, a planner, a careful hand and a solver would.

    Numbers are whole, for CP-SAT takes no others.
    """
    made = jira_like(size, linked, SEED)
    weights, durations = np.ceil(made.weights / 100), np.ceil(made.durations * 10)
    backlog = Backlog(weights, durations, made.edges)
    ours = order_arrays(*backlog)
    rows: list[Figures] = [_row("this order", lambda: ours.order, backlog, ours.cost)]
    rows[0] |= {"ms": _timed(lambda: order_arrays(*backlog))}
    rows[0] |= {"proven": "yes" if ours.gap == 0 else f"within {ours.gap:.2g}"}
    for name, order in (
        ("spreadsheet sort", spreadsheet),
        ("greedy topological", greedy),
        ("pull blockers up", pull_up),
    ):
        rows.append(_row(name, partial(order, backlog), backlog, ours.cost))
    if solver:
        rows.append(_solver(backlog, ours.cost))
    head = {"backlog": f"{size:,} issues, {linked:.0%} linked"}
    return [head | row for row in rows]


def _row(
    rival: str, order: Callable[[], Ints], backlog: Backlog, cost: float
) -> Figures:
    """Time a rival, price its order, and count the links that it breaks."""
    broken = broken_links(backlog, order())
    return {
        "way": rival,
        "delay_cost_above_ours": delay_cost(backlog, order()) / cost - 1,
        "ms": _timed(order),
        "links_broken": f"{broken} of {len(backlog.edges)}" if broken else "none",
        "proven": "",
    }


def _solver(backlog: Backlog, cost: float) -> Figures:
    """Give CP-SAT two workers and ten seconds of the clock."""
    found = cp_sat(backlog, SEED)
    below = 1 - found["bound"] / cost
    return {
        "way": "OR-Tools CP-SAT",
        "delay_cost_above_ours": found["cost"] / cost - 1,
        "ms": found["seconds"] * 1e3,
        "links_broken": "none",
        "proven": "yes" if found["status"] == "OPTIMAL" else f"bound {below:.0%} below",
    }


def _stress_set(*, quick: bool) -> list[tuple[str, Backlog]]:
    """Choose backlogs much harder than any Jira."""
    hard = [
        ("1,000 issues, 1,000 links at random", tangled(1_000, 1_000, SEED)),
        ("1,000 issues, 2,000 links at random", tangled(1_000, 2_000, SEED)),
        ("a comb of 500", comb(250, SEED)),
        *(
            (f"two layers, {size} issues", two_layers(size, 6, SEED))
            for size in ((30, 50) if quick else (30, 50, 75, 100, 150, 200))
        ),
    ]
    if quick:
        return hard
    return [
        *hard,
        ("5,000 issues, 10,000 links at random", tangled(5_000, 10_000, SEED)),
        ("20,000 issues, 20,000 links at random", tangled(20_000, 20_000, SEED)),
        ("20,000 issues, 40,000 links at random", tangled(20_000, 40_000, SEED)),
        ("a comb of 2,000", comb(1_000, SEED)),
        ("a comb of 5,000", comb(2_500, SEED)),
        ("5,000 issues, 50,000 links at random", tangled(5_000, 50_000, SEED)),
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
