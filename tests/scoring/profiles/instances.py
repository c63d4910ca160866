"""Random items whose cost of delay changes, and the truth about few of them."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import exp
from random import Random

from scoring.item import Item, Link

TODAY = date(2026, 11, 23)
PROFILES = ("", "standard", "deadline", "short", "long", "ramp")


def weekly_rate(item: Item, week: float) -> float:
    """Say what a week of delay costs at a time, as the profiles are published."""
    due = 0.0
    if item.deadline is not None and item.profile != "standard":
        due = max(0.0, (item.deadline - TODAY).days / 7)
    age = week - due
    if age < 0:
        return 0.0
    life = item.profile_weeks or 1.0
    share = {
        "short": max(0.0, 1 - age / life),
        "long": 0.5 + 0.5 * exp(-age / life),
        "ramp": min(1.0, age / life),
    }
    return item.cost_of_delay * share.get(item.profile, 1.0)


def delay(item: Item, end: float) -> float:
    """Add up the weekly rate from today to the end, piece by piece (Simpson's rule)."""
    due = 0.0
    if item.deadline is not None and item.profile != "standard":
        due = max(0.0, (item.deadline - TODAY).days / 7)
    total = item.penalty if due and end > due + 1e-9 else 0.0
    turn = due + (item.profile_weeks or 0.0)
    knots = [due, *([turn] if due < turn < end else []), max(end, due)]
    for low, high in pairwise(knots):
        parts = 256 if item.profile == "long" else 8
        step = (high - low) / parts
        # just inside the piece, where the rate makes no jump
        at = [low + step * n for n in range(parts + 1)]
        at[0], at[-1] = low + step * 1e-9, high - step * 1e-9
        rates = [weekly_rate(item, week) for week in at]
        odd, even = sum(rates[1:-1:2]), sum(rates[2:-1:2])
        total += step / 3 * (rates[0] + 4 * odd + 2 * even + rates[-1])
    return total


def cost(order: Sequence[Item]) -> float:
    """Walk an order and add up what each item costs by its end."""
    end = total = 0.0
    for item in order:
        end += item.duration
        total += delay(item, end)
    return total


def best_cost(items: Sequence[Item], links: Sequence[Link]) -> float:
    """Try every order that breaks no link, by dynamic programming over subsets."""
    number = {item.key: n for n, item in enumerate(items)}
    needs = [0] * len(items)
    for link in links:
        needs[number[link.blocked]] |= 1 << number[link.blocker]
    best = [0.0] + [float("inf")] * ((1 << len(items)) - 1)
    for done in range(1, 1 << len(items)):
        end = sum(one.duration for n, one in enumerate(items) if done >> n & 1)
        for last, item in enumerate(items):
            before = done & ~(1 << last)
            if done >> last & 1 and needs[last] & ~before == 0:
                best[done] = min(best[done], best[before] + delay(item, end))
    return best[-1]


def random_items(random: Random, size: int) -> list[Item]:
    """Mix all profiles, with ties, deadlines on the day, penalties and no durations."""
    durations = [
        random.choice((0.0, 1.0, 2.0, 3.0))
        if random.random() < 0.5
        else round(random.lognormvariate(0, 0.8), 3)
        for _ in range(size)
    ]
    days = max(2, int(7 * sum(durations)))
    return [
        Item(
            f"A-{n}",
            random.choice((0.0, 10.0, 50.0, round(random.lognormvariate(4, 1.3), 2))),
            weeks,
            place=n,
            profile=(profile := random.choice(PROFILES)),
            deadline=TODAY + timedelta(days=random.randint(-3, days))
            if profile == "deadline" or random.random() < 0.2
            else None,
            profile_weeks=round(random.uniform(0.5, days / 7), 2),
            penalty=random.choice((0.0, 0.0, 100.0)),
        )
        for n, weeks in enumerate(durations)
    ]


def random_links(random: Random, items: Sequence[Item], share: float) -> list[Link]:
    """Link a share of all pairs, without a loop."""
    shuffled = random.sample(list(items), len(items))
    return [
        Link(one.key, other.key, f"{a}")
        for a, one in enumerate(shuffled)
        for other in shuffled[a + 1 :]
        if random.random() < share
    ]


def keeps(keys: Sequence[str], links: Sequence[Link]) -> bool:
    """Tell whether an order of keys breaks no link."""
    at = {key: n for n, key in enumerate(keys)}
    return all(at[link.blocker] < at[link.blocked] for link in links)
