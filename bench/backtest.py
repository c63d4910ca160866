"""How far estimates are from real durations, and whether ranges learned from them hold.

`python -m bench.backtest [--json | --csv]` reads 2,480 public estimates (the folder
`estimates` in CD3_DATA) and, beside them, durations made from a seed in a world that
does not change. `--csv` writes the estimates as `cd3 backtest --csv -` takes them, in
seconds.
"""

import argparse
import csv
import gzip
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import mean
from time import process_time
from typing import Any, Final

import numpy as np

from scoring.backtest.calibration import Calibration, share_held
from scoring.backtest.classes import draw_classes
from scoring.backtest.holdout import hold_out
from scoring.backtest.learned import By
from scoring.backtest.outcome import Outcome
from scoring.backtest.ranges import default_ranges
from scoring.backtest.verdict import judge_outcomes

SEED: Final = 2026
ROUNDS: Final = 20
FILE: Final = Path("estimates") / "estimate_vs_actual.csv.gz"
ABSENT: Final = "left out: CD3_DATA does not name the folder of public data"

Figures = dict[str, Any]


def find_data() -> Path | None:
    """Find the public estimates, or nothing."""
    folder = os.environ.get("CD3_DATA", "")
    file = Path(folder) / FILE
    return file if folder and file.exists() else None


def read_estimates(file: Path) -> list[Outcome]:
    """Read the estimates: seconds predicted, seconds spent, the day of resolution."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return [
            Outcome(
                key=f"{row['jira']} {row['issue_id']}",
                predicted=float(row["estimate_s"]),
                actual=float(row["timespent_s"]),
                size=row["jira"],
                finished=date.fromisoformat(row["resolved"])
                if row["resolved"]
                else None,
            )
            for row in csv.DictReader(lines)
        ]


def steady(count: int, seed: int) -> list[Outcome]:
    """Make outcomes of a world that does not change, one a day."""
    chance = Random(seed)  # noqa: S311 - a seed repeats the world
    first = date(2020, 1, 1)
    made = []
    for day in range(count):
        predicted = chance.choice((0.2, 0.4, 1.0, 2.0, 4.0))
        ratio = chance.lognormvariate(0.3, 0.9)
        finished = first + timedelta(days=day)
        made.append(Outcome(str(day), predicted, predicted * ratio, finished=finished))
    return made


def figures() -> Figures:
    """Judge all, and try the learned ranges on work they were not learned from."""
    found: Figures = {"steady_world": _held(steady(4_000, SEED))}
    file = find_data()
    if file is None:
        found["estimates"] = ABSENT
    else:
        outcomes = read_estimates(file)
        found |= {
            "facts": _facts(outcomes),
            "estimates": _rows(outcomes),
            "estimates_held_out": _held(outcomes),
            "seconds": _seconds(lambda: judge_outcomes(outcomes)),
        }
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    return {"seed": SEED, "versions": versions, "figures": found}


def _facts(outcomes: Sequence[Outcome]) -> Figures:
    """Give the quantiles of actual over predicted that are known of this set."""
    ratios = [outcome.ratio for outcome in outcomes]
    levels = {"p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
    found = {name: float(np.quantile(ratios, at)) for name, at in levels.items()}
    near = sum(abs(ratio - 1) <= 0.25 for ratio in ratios)  # noqa: PLR2004 - ±25 %
    return {"count": len(ratios), **found, "within_25_percent": near / len(ratios)}


def _rows(outcomes: Sequence[Outcome]) -> list[Figures]:
    verdict = judge_outcomes(outcomes, "quartile")
    rows = [_row(f"{c.name} s", c.calibration) for c in verdict.classes]
    return rows if verdict.whole is None else [*rows, _row("all", verdict.whole)]


def _row(name: str, one: Calibration) -> Figures:
    return {
        "predicted": name,
        "count": one.count,
        "p10": one.ratios.p10,
        "median": one.ratios.p50,
        "p90": one.ratios.p90,
        "within_25_percent": one.near.value,
        "spearman": one.rank_correlation,
    }


def _held(outcomes: Sequence[Outcome]) -> Figures:
    """Say which share 80 % ranges held of what they were not learned from.

    By day: learned from the older half. At random: the same count, the days dealt out
    anew, so that only what changes with time is taken away.
    """
    found = hold_out(outcomes, "quartile")
    chance = Random(SEED)  # noqa: S311 - a seed repeats the halves
    return {
        "learned": found.learned if found else 0,
        "held_by_day": found.held.value if found else None,
        "held_at_random": mean(
            _held_at_random(outcomes, "quartile", chance) for _ in range(ROUNDS)
        ),
    }


def _held_at_random(outcomes: Sequence[Outcome], by: By, chance: Random) -> float:
    """Learn from one half of a shuffled set and test on the other."""
    mixed = list(outcomes)
    chance.shuffle(mixed)
    half = len(mixed) // 2
    ranges = default_ranges(mixed[:half], draw_classes(mixed[:half], by))
    if ranges is None:
        raise ValueError("too few outcomes to learn from")
    tested = [(ranges.span(one.predicted, one.size), one) for one in mixed[half:]]
    _, held, _ = share_held([(span.low, o.actual, span.high) for span, o in tested])
    return held.hits / held.of


def _seconds(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began


def lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write outcomes as `cd3 backtest --csv` reads them."""
    yield "key,predicted,actual,finished"
    for one in outcomes:
        day = one.finished.isoformat() if one.finished else ""
        yield f"{one.key},{one.predicted:g},{one.actual:g},{day}"


def main() -> None:
    """Print all figures, or the estimates as CSV."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--csv", action="store_true", help="print the estimates")
    chosen = parser.parse_args()
    file = find_data()
    if chosen.csv and file is None:
        sys.exit(ABSENT)
    if chosen.csv and file is not None:
        print("\n".join(lines(read_estimates(file))))
        return
    print(json.dumps(figures(), indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
