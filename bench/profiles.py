"""How good and how quick the order over time is, beside plain CD3.

`python -m bench.profiles [--json]` orders backlogs made from seeds, half of whose items
have a deadline or a profile, and prints medians. Times are processor times, compared in
turns within one run with those of plain CD3 on the same items. Where `CD3_DATA` names
the folder of public data, the OR-Library's 125 weighted-tardiness instances of 40 jobs
are solved too, and held against their published optima.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from bench.backlogs import jira_like
from scoring.item import Item, Link
from scoring.ordering.items import order_items
from scoring.profiles.over_time import order_over_time, price
from scoring.profiles.shapes import curves_of

SEED = 2026
ROUNDS = 5
THOUSAND = 1_000
TODAY = date(2026, 11, 23)
SHARES = {"": 0.5, "deadline": 0.3, "short": 0.06, "long": 0.07, "ramp": 0.07}
NOT_MEASURED = "not measured: CD3_DATA names no folder that holds wt40/"

Figures = dict[str, Any]


def figures(*, quick: bool = False) -> Figures:
    """Measure everything; `quick` leaves out the largest sizes and most rounds."""
    sizes = [100, THOUSAND] if quick else [40, 100, 300, THOUSAND, 3_000]
    rounds = 1 if quick else ROUNDS
    mixed = [
        measure_mixed(size, linked, rounds) for linked in (0.0, 0.15) for size in sizes
    ]
    tardiness = _weighted_tardiness(every=25 if quick else 1)
    thousand, linked = (row for row in mixed if row["size"] == THOUSAND)
    return {
        "seed": SEED,
        "versions": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "numpy": version("numpy"),
        },
        "figures": {
            "mixed": mixed,
            "weighted_tardiness": tardiness or NOT_MEASURED,
        },
        "ratios": {
            "plain_cd3_excess_1k": thousand["plain_cd3_excess"],
            "certified_gap_1k": thousand["gap"],
            "certified_gap_1k_linked": linked["gap"],
            "seconds_1k": thousand["ours_ms"] / 1e3,
            "seconds_1k_linked": linked["ours_ms"] / 1e3,
            "over_plain_time_1k": thousand["over_plain_time"],
            "weighted_tardiness_excess": (
                tardiness["excess"] if tardiness else NOT_MEASURED
            ),
        },
    }


def measure_mixed(size: int, linked: float, rounds: int) -> Figures:
    """Order a backlog both ways, in turns, and price both orders over time."""
    items, links = mixed_backlog(size, linked)
    ours = order_over_time(items, links, today=TODAY)
    plain = order_items(items, links)
    turns: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(rounds):
        turns["ours"].append(_timed(lambda: order_over_time(items, links, today=TODAY)))
        turns["plain"].append(_timed(lambda: order_items(items, links)))
    return {
        "size": size,
        "linked": linked,
        "ours_ms": median(turns["ours"]),
        "plain_ms": median(turns["plain"]),
        "over_plain_time": median(
            a / b for a, b in zip(turns["ours"], turns["plain"], strict=True)
        ),
        "gap": ours.gap,
        "plain_cd3_excess": _cost(items, plain.keys) / ours.cost - 1,
        "today_excess": _cost(items, [item.key for item in items]) / ours.cost - 1,
    }


def mixed_backlog(
    size: int, linked: float, seed: int = SEED
) -> tuple[list[Item], list[Link]]:
    """Give every second item of a backlog a deadline or a profile."""
    backlog = jira_like(size, linked, seed)
    chance = np.random.default_rng(seed)
    total = float(backlog.durations.sum())
    profiles = chance.choice(list(SHARES), size, p=list(SHARES.values())).tolist()
    days = chance.integers(1, int(7 * total), size).tolist()
    lives = chance.uniform(0.1 * total, 0.6 * total, size).tolist()
    items = [
        Item(
            f"A-{n}",
            float(backlog.weights[n]),
            float(backlog.durations[n]),
            place=n,
            profile=profile,
            deadline=TODAY + timedelta(days=days[n]) if profile == "deadline" else None,
            profile_weeks=lives[n],
        )
        for n, profile in enumerate(profiles)
    ]
    links = [
        Link(f"A-{first}", f"A-{second}", f"{n}")
        for n, (first, second) in enumerate(backlog.edges.tolist())
    ]
    return items, links


def _cost(items: Sequence[Item], keys: Sequence[str]) -> float:
    row = {item.key: n for n, item in enumerate(items)}
    durations = np.array([item.duration for item in items])
    return price(curves_of(items, TODAY), durations, np.array([row[k] for k in keys]))


def _timed(work: Callable[[], object]) -> float:
    """Run once; answer in milliseconds of our own processor time."""
    began = process_time()
    work()
    return (process_time() - began) * 1e3


def _weighted_tardiness(every: int) -> Figures | None:
    """Order the OR-Library's instances; none where the data is not there."""
    folder = Path(os.environ.get("CD3_DATA", "")) / "wt40"
    if not os.environ.get("CD3_DATA") or not folder.is_dir():
        return None
    numbers = np.array((folder / "wt40.txt").read_text().split(), dtype=float)
    optima = np.array((folder / "wtopt40.txt").read_text().split(), dtype=float)
    ours, plain, times = [], [], []
    for jobs in numbers.reshape(-1, 3, 40)[::every]:
        items = [
            Item(f"J-{n}", w, p, place=n, deadline=TODAY + timedelta(weeks=due))
            for n, (p, w, due) in enumerate(jobs.T.tolist())
        ]
        began = process_time()
        ours.append(order_over_time(items, [], today=TODAY).cost)
        times.append((process_time() - began) * 1e3)
        plain.append(_cost(items, order_items(items, []).keys))
    best = optima[::every]
    return {
        "instances": len(best),
        "optimal": int(np.sum(np.array(ours) <= best + 0.5)),
        "excess": float(sum(ours) / best.sum() - 1),
        "plain_cd3_excess": float(sum(plain) / best.sum() - 1),
        "ms": median(times),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    chosen = parser.parse_args(arguments)
    found = figures(quick=chosen.quick)
    if chosen.json:
        print(json.dumps(found, allow_nan=False))
        return
    for row in found["figures"]["mixed"]:
        print(
            f"{row['size']:>6,} items, {row['linked']:.0%} linked:"
            f" {row['ours_ms']:,.0f} ms, gap {row['gap']:.2%},"
            f" plain CD3 {row['plain_cd3_excess']:+.0%}"
        )
    print("weighted tardiness:", found["figures"]["weighted_tardiness"])


if __name__ == "__main__":
    main()
