"""How quick and how exact the analysis of ranges is, beside drawing numbers.

`python -m bench.uncertainty [--json] [--quick]` makes backlogs from a seed, puts 80 %
ranges around every number, and compares the analysis with 10,000 samples, both against
100,000 samples more; where there are links, each sample is ordered anew. What refining
is worth is compared with ordering the whole backlog anew by the solver for hundreds of
values. Times are processor times, taken in turns within one run.
"""

import argparse
import json
import platform
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from bench.backlogs import Backlog, jira_like
from scoring.item import Item, Link, Span
from scoring.ordering.arrays import order_arrays
from scoring.teams import share_out
from scoring.uncertainty.arrangement import Ints
from scoring.uncertainty.atoms import expected_regret, spread_out
from scoring.uncertainty.normal import Floats, density
from scoring.uncertainty.ranks import Ranks, analytic_ranks
from scoring.uncertainty.samples import Drawing, Sampled, sample_ranks
from scoring.uncertainty.spreads import END
from scoring.uncertainty.units import Units, freeze
from scoring.uncertainty.value import worths

SEED = 2026
ROUNDS = 5
FEW, MANY = 10_000, 100_000
# Each draw of so many linked issues is ordered anew, for a millisecond: one turn.
LARGE = 1_000
VALUES = 601

Figures = dict[str, Any]


def figures(*, quick: bool = False) -> Figures:
    """Measure everything; `quick` draws a fifth of the samples and less often."""
    many = MANY // 5 if quick else MANY
    rounds = 2 if quick else ROUNDS
    ranks = [
        compare_ways(size, linked, many, rounds)
        for size, linked in (
            (100, 0.0),
            (1_000, 0.0),
            (200, 0.15),
            (200, 0.3),
            (200, 0.6),
            (1_000, 0.15),
        )
    ]
    refined = [_refined(50, linked, quick=quick) for linked in (0.0, 0.3, 0.6)]
    plain = ranks[1]
    sizes = (1_000,) if quick else (1_000, 5_000, 20_000)
    return {
        "seed": SEED,
        "versions": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "numpy": version("numpy"),
        },
        "figures": {
            "ranks": ranks,
            "samples": [_solved(200, linked) for linked in (0.15, 0.6)],
            "value": [_value(size) for size in sizes],
            "value_anew": refined,
            "teams": [_teams(n, m) for n in (100, 1_000) for m in (3, 10)],
        },
        "ratios": {
            "analysis_over_samples": plain["analysis_over_samples"],
            "analysis_error": plain["analysis_top_error"],
            "samples_error": plain["samples_top_error"],
            "linked_analysis_error": max(
                row["analysis_top_error"] for row in ranks if row["linked"]
            ),
            "value_error": max(row["best_error"] for row in refined),
        },
    }


def _timed(work: Callable[[], object]) -> float:
    """Run once; answer in milliseconds of our own processor time."""
    began = process_time()
    work()
    return (process_time() - began) * 1e3


def ranged(backlog: Backlog, seed: int) -> tuple[list[Item], list[Link]]:
    """Put a range around every cost and duration, wider above than below."""
    random = np.random.default_rng(seed)
    size = len(backlog.weights)
    low, high = random.uniform(0.3, 0.9, (2, size)), random.uniform(1.2, 3, (2, size))
    rows = zip(
        backlog.weights.tolist(),
        backlog.durations.tolist(),
        low.T.tolist(),
        high.T.tolist(),
        strict=True,
    )
    items = [
        Item(
            f"B-{number}",
            cost,
            weeks,
            place=number,
            cost_of_delay_span=Span(cost * lows[0], cost * highs[0]),
            duration_span=Span(weeks * lows[1], weeks * highs[1]),
        )
        for number, (cost, weeks, lows, highs) in enumerate(rows)
    ]
    return items, [Link(f"B-{a}", f"B-{b}") for a, b in backlog.edges.tolist()]


def _units(size: int, linked: float) -> Units:
    return freeze(*ranged(jira_like(size, linked, SEED), SEED))


def compare_ways(size: int, linked: float, many: int, rounds: int) -> Figures:
    """Compare both ways' times and errors on the same backlog."""
    units, top = _units(size, linked), max(1, size // 20)
    if linked and size >= LARGE:
        rounds = 1

    def few() -> Sampled:
        return sample_ranks(units, top=top, samples=FEW, seed=SEED)

    def analysis() -> Ranks:
        return analytic_ranks(units, top=top)

    turns = [(_timed(analysis), _timed(few)) for _ in range(rounds)]
    truth = sample_ranks(units, top=top, samples=many, seed=SEED + 1)
    ours, theirs = analysis(), few().ranks
    return {
        "size": size,
        "linked": linked,
        "top": top,
        "analysis_ms": median(one for one, _ in turns),
        "samples_ms": median(other for _, other in turns),
        "analysis_over_samples": median(one / other for one, other in turns),
        "analysis_top_error": _worst(ours.top - truth.ranks.top),
        "samples_top_error": _worst(theirs.top - truth.ranks.top),
        "analysis_first_error": _worst(ours.first - truth.ranks.first),
        "samples_first_error": _worst(theirs.first - truth.ranks.first),
        "analysis_rank_error": _places(ours, truth.ranks),
        "samples_rank_error": _places(theirs, truth.ranks),
        "regret": expected_regret(spread_out(units)) / truth.expected,
        "sampled_regret": truth.regret / truth.expected,
        "standard_error": truth.error / truth.expected,
    }


def _worst(off: Floats) -> float:
    return float(np.abs(off).max())


def _places(one: Ranks, other: Ranks) -> float:
    """Average by how many places the 10, 50 and 90 % ranks differ."""
    pairs = ((one.low, other.low), (one.middle, other.middle), (one.high, other.high))
    return float(np.mean([np.abs(a - b).mean() for a, b in pairs]))


def _solved(size: int, linked: float) -> Figures:
    """Hold samples against the solver's orders of the same draws."""
    backlog = jira_like(size, linked, SEED)
    units, draws = _units(size, linked), 200
    found = sample_ranks(units, top=1, samples=draws, seed=SEED)
    costs, weeks = Drawing(units, [], SEED).draw(draws)
    row = {key: number for number, key in enumerate(units.keys)}
    edges = np.array([[row[f"B-{a}"], row[f"B-{b}"]] for a, b in backlog.edges])
    rows = zip(costs.astype(np.float64), weeks.astype(np.float64), strict=True)
    losses = [
        float(cost @ week.cumsum()) - order_arrays(cost, week, edges).cost
        for cost, week in rows
    ]
    return {
        "size": size,
        "linked": linked,
        "draws": draws,
        "regret_over_solver": found.regret / float(np.mean(losses)),
    }


def _refined(size: int, linked: float, *, quick: bool) -> Figures:
    """Hold what refining is worth against ordering anew for every value."""
    backlog = jira_like(size, linked, SEED)
    units = _units(size, linked)
    row = {key: number for number, key in enumerate(units.keys)}
    pairs = [[row[f"B-{a}"], row[f"B-{b}"]] for a, b in backlog.edges]
    edges = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    worth = [(one.cost_of_delay, one.duration) for one in worths(units)]
    numbers = [
        (amount, at, kind)
        for at, both in enumerate(worth)
        for kind, amount in enumerate(both)
    ]
    best = sorted(numbers, reverse=True)[: 3 if quick else 10]
    direct = [_anew(units, edges, at, kind) for _, at, kind in best]
    found = [amount for amount, _, _ in best]
    return {
        "size": size,
        "linked": linked,
        "numbers": len(best),
        "values": VALUES,
        "best_error": abs(found[0] / direct[0] - 1),
        "worst_error": max(
            abs(one / other - 1) for one, other in zip(found, direct, strict=True)
        ),
    }


def _anew(units: Units, edges: Ints, at: int, kind: int) -> float:
    """Average what ordering all anew saves over the values of one number."""
    scores = np.linspace(-END, END, VALUES)
    shares = density(scores) * (scores[1] - scores[0])
    shares[[0, -1]] /= 2
    shares[[0, -1]] += (1 - shares.sum()) / 2
    spreads = (units.costs, units.durations)
    values = spreads[kind].take(slice(at, at + 1)).at(scores[None])[0]
    saved = []
    for value in values:
        numbers = [one.means.copy() for one in spreads]
        numbers[kind][at] = value
        plain = float(numbers[0] @ numbers[1].cumsum())
        saved.append(plain - order_arrays(numbers[0], numbers[1], edges).cost)
    return float(np.dot(saved, shares))


def _value(size: int) -> Figures:
    """Time what refining every estimate is worth, and add it up."""
    units = _units(size, 0.15)
    times = [_timed(lambda: worths(units)) for _ in range(3)]
    both = np.array([worth.both for worth in worths(units)])
    regret = expected_regret(spread_out(units))
    tenth = np.sort(both)[::-1][: size // 10]
    return {
        "size": size,
        "value_ms": median(times),
        "sum_over_regret": float(both.sum()) / regret,
        "share_of_top_tenth": float(tenth.sum() / both.sum()),
    }


def _teams(size: int, teams: int) -> Figures:
    """Share a backlog without links among teams, ten times."""
    gaps, times = [], []
    for seed in range(SEED, SEED + 10):
        items, _ = ranged(jira_like(size, 0.0, seed), seed)
        items.sort(key=lambda item: -item.cost_of_delay / item.duration)
        times.append(_timed(partial(share_out, items, [], teams=teams)))
        gaps.append(share_out(items, [], teams=teams).gap)
    return {
        "size": size,
        "teams": teams,
        "ms": median(times),
        "mean_gap": float(np.mean(gaps)),
        "largest_gap": max(gaps),
    }


def main() -> None:
    """Print the figures, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer samples and sizes")
    chosen = parser.parse_args()
    found = figures(quick=chosen.quick)
    print(json.dumps(found) if chosen.json else report(found))


def report(found: Figures) -> str:
    """Lay the figures out, one a line under what they are of."""
    lines = [f"seed {found['seed']}"]
    for name, rows in found["figures"].items():
        for row in rows:
            lines += ["", name, *(f"  {key}: {_shown(v)}" for key, v in row.items())]
    lines.append("")
    lines += [f"{name}: {_shown(value)}" for name, value in found["ratios"].items()]
    return "\n".join(lines)


def _shown(value: object) -> str:
    """Write a number with no more digits than it has to say."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
