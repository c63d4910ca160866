"""How few moves and calls a new order takes, beside what a script would send.

`python -m bench.moves [--json]` re-ranks backlogs made from seeds. A script sends one
call for each issue in turn, or batches of 50; times are processor times of one plan.
"""

import argparse
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from random import Random
from statistics import median
from time import process_time
from typing import Any, get_args

from bench.backlogs import jira_like
from bench.order import report
from scoring.item import Item, Link, Mode
from scoring.moves import (
    Aim,
    apply_moves,
    fitting_aim,
    plan_moves,
    price_moves,
    sort_moves,
)
from scoring.plan import Move
from scoring.weighing import Ranking, weigh_backlog

SEED = 2026
DAY = date(2026, 11, 23)
TOLERANCE = 0.001
LINKED = 0.15
BATCH = 50

Figures = dict[str, Any]
Change = Callable[[list[Item], Random], list[Item]]


def figures(*, quick: bool = False) -> Figures:
    """Measure everything; `quick` keeps to 1,000 issues and one round."""
    sizes = [1_000] if quick else [1_000, 5_000]
    rounds = 1 if quick else 5
    changes = [
        _change(name, change, size, rounds)
        for size in sizes
        for name, change in CHANGES.items()
    ]
    churn = [_churn(size, noise) for size in sizes for noise in (0.005, 0.05, 0.30)]
    few = next(row for row in changes if row["change"] == "5 % re-scored")
    wobble = next(row for row in churn if row["noise"] == "5 %")
    return {
        "seed": SEED,
        "versions": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "numpy": version("numpy"),
        },
        "figures": {
            "changes": changes,
            "churn": churn,
            "saving_first": [_saving_first(size) for size in sizes],
        },
        "ratios": {
            "fewer_calls_than_one_per_issue": few["one_per_issue"]
            / few["by_moves_calls"],
            "fewer_calls_when_calls_count": few["one_per_issue"]
            / few["by_calls_calls"],
            "moves_spared_at_5_percent_noise": 1
            - wobble["near_moved"] / wobble["strict_moved"],
            "loss_at_5_percent_noise": wobble["loss"],
        },
    }


def _one(items: list[Item], random: Random) -> list[Item]:
    return _rescored(items, random, 1)


def _few(items: list[Item], random: Random) -> list[Item]:
    return _rescored(items, random, len(items) // 20)


def _many(items: list[Item], random: Random) -> list[Item]:
    return _rescored(items, random, len(items) // 5)


def _new(items: list[Item], random: Random) -> list[Item]:
    """Put two in a hundred at the bottom, as Jira does with what is new."""
    fresh = {item.key for item in random.sample(items, len(items) // 50)}
    old = [item for item in items if item.key not in fresh]
    return [*old, *(item for item in items if item.key in fresh)]


def _shuffled(items: list[Item], random: Random) -> list[Item]:
    return random.sample(items, len(items))


CHANGES: dict[str, Change] = {
    "1 issue re-scored": _one,
    "2 % new, at the bottom": _new,
    "5 % re-scored": _few,
    "20 % re-scored": _many,
    "a random start": _shuffled,
}


def _rescored(items: list[Item], random: Random, count: int) -> list[Item]:
    """Draw some costs anew, from the same distribution."""
    chosen = {item.key for item in random.sample(items, count)}
    return [
        replace(item, cost_of_delay=random.lognormvariate(7.6, 1.3))
        if item.key in chosen
        else item
        for item in items
    ]


def _backlog(size: int, linked: float = 0.0) -> tuple[list[Item], list[Link]]:
    """Make items and links, already in their best order."""
    made = jira_like(size, linked, SEED)
    items = [
        Item(f"K-{row}", weight, weeks, place=row)
        for row, (weight, weeks) in enumerate(
            zip(made.weights.tolist(), made.durations.tolist(), strict=True)
        )
    ]
    links = [Link(f"K-{a}", f"K-{b}") for a, b in made.edges.tolist()]
    by_key = {item.key: item for item in items}
    return [by_key[key] for key in _ranked(items, links).order.keys], links


def _ranked(items: Sequence[Item], links: Sequence[Link]) -> Ranking:
    """Rank items as if they stood like this in Jira today."""
    placed = [replace(item, place=place) for place, item in enumerate(items)]
    return weigh_backlog(placed, links, today=DAY, mode=Mode.RELATIVE, currency="")


def _change(name: str, change: Change, size: int, rounds: int) -> Figures:
    """Change a backlog in its best order, and plan the way to the new one."""
    items, links = _backlog(size)
    today = change(items, Random(SEED))  # noqa: S311 - a seed repeats the change
    before = [item.key for item in today]
    after = _ranked(today, links).order.keys
    row: Figures = {
        "change": name,
        "size": size,
        "one_per_issue": size - 1,
        "batches_of_50": -(-(size - 1) // BATCH),
        "index_changed": sum(a != b for a, b in zip(before, after, strict=True)),
        "fitting": fitting_aim(before, after),
    }
    for aim in get_args(Aim):
        moves = plan_moves(before, after, aim=aim)
        if apply_moves(before, moves) != after:
            raise AssertionError(f"the plan by {aim} leads elsewhere")
        row[f"by_{aim}_moved"] = _moved(moves)
        row[f"by_{aim}_calls"] = len(moves)
        row[f"by_{aim}_ms"] = _milliseconds(before, after, aim, rounds)
    return row


def _moved(moves: Sequence[Move]) -> int:
    return sum(len(move.keys) for move in moves)


def _milliseconds(
    before: Sequence[str], after: Sequence[str], aim: Aim, rounds: int
) -> float:
    times = []
    for _ in range(rounds):
        began = process_time()
        plan_moves(before, after, aim=aim)
        times.append((process_time() - began) * 1e3)
    return median(times)


def _churn(size: int, noise: float) -> Figures:
    """Let every cost wobble, and see who moves: with a tolerance, and without.

    `noise` is the standard deviation of the logarithm.
    """
    items, links = _backlog(size, LINKED)
    random = Random(SEED)  # noqa: S311 - a seed repeats the noise
    noisy = [
        replace(
            item, cost_of_delay=item.cost_of_delay * random.lognormvariate(0, noise)
        )
        for item in items
    ]
    strict = _ranked(noisy, links)
    near = strict.near_today(TOLERANCE)
    before = [item.key for item in noisy]
    plans = [plan_moves(before, one.order.keys) for one in (strict, near)]
    best = strict.totals.order
    return {
        "size": size,
        "noise": f"{noise:.1%}".replace(".0%", "%").replace("%", " %"),
        "strict_moved": _moved(plans[0]),
        "strict_calls": len(plans[0]),
        "near_moved": _moved(plans[1]),
        "near_calls": len(plans[1]),
        "loss": near.totals.order / best - 1,
        "doing_nothing": strict.totals.jira_order / best - 1,
    }


def _saving_first(size: int) -> Figures:
    """Interrupt a plan: how much is saved after a quarter and a half of its calls."""
    items, links = _backlog(size)
    today = _few(items, Random(SEED))  # noqa: S311 - a seed repeats the change
    before = [item.key for item in today]
    plan = plan_moves(before, _ranked(today, links).order.keys)
    shares = {}
    for name, moves in (("top_down", plan), ("best_first", sort_moves(today, plan))):
        saved = price_moves(today, moves)
        for part, calls in (("quarter", len(moves) // 4), ("half", len(moves) // 2)):
            shares[f"{name}_after_a_{part}"] = sum(saved[:calls]) / sum(saved)
    return {"size": size, "calls": len(plan), **shares}


def main() -> None:
    """Print the figures, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="1,000 issues only")
    chosen = parser.parse_args()
    found = figures(quick=chosen.quick)
    print(json.dumps(found) if chosen.json else report(found))


if __name__ == "__main__":
    main()
