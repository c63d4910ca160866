"""The answers below a ranked spreadsheet, in plain lines."""

from collections.abc import Iterator
from typing import Final

from app.console.findings import Findings
from scoring.pin import PinPrice
from scoring.reasons import tell_amount
from scoring.teams import Schedule
from scoring.uncertainty.confidence import Confidence
from scoring.uncertainty.refinements import refinements
from scoring.what_if import Outcome

_REFINED: Final = 3
_INPUTS: Final = {"cost_of_delay": "cost of delay", "duration": "duration"}


def answers(found: Findings) -> Iterator[str]:
    """Tell what was found beside the order and its totals."""
    unit = found.ranking.currency or "point-weeks"
    if found.confidence:
        yield from _sureness(found.confidence, unit)
    if found.schedule:
        yield _teams(found.schedule, found.teams, unit)
    for outcome in found.outcomes:
        yield from _outcome(outcome, unit)
    for pin in found.pins:
        yield _pin(pin, unit)


def _sureness(found: Confidence, unit: str) -> Iterator[str]:
    yield "Where ranges are given, costs of delay and durations are their means."
    yield f"Lost by not knowing better      {tell_amount(found.regret, unit)}, expected"
    best = refinements(found, most=_REFINED)
    if best:
        yield "Refine first:"
    for one in best:
        worth = tell_amount(one.worth, unit)
        yield f"  the {_INPUTS[one.input]} of {one.key}: worth {worth}"


def _teams(schedule: Schedule, teams: int, unit: str) -> str:
    sure = "proven the cheapest"
    if schedule.gap:
        sure = f"at most {schedule.gap:.2%} above the cheapest"
    who = "1 team" if teams == 1 else f"{teams:,} teams"
    head = f"Delay cost with {who}"
    return f"{head:<30}  {tell_amount(schedule.cost, unit)}, {sure}"


def _outcome(one: Outcome, unit: str) -> Iterator[str]:
    numbers = {
        "cost of delay": one.change.cost_of_delay,
        "duration": one.change.duration,
    }
    told = [
        f"{name} {value:,g}" for name, value in numbers.items() if value is not None
    ]
    yield f"What if {one.change.key} had {' and '.join(told) or 'what it has'}:"
    place = f"it stays at place {one.rank}"
    if one.rank != one.rank_before:
        moving = tell_amount(one.saved_by_moving, unit)
        place = f"from place {one.rank_before} to {one.rank}, which saves {moving}"
    yield f"  {place}"
    before, after = tell_amount(one.before, unit), tell_amount(one.after, unit)
    adds = f"adds {tell_amount(one.added, unit)}"
    if one.added < 0:
        adds = f"takes away {tell_amount(-one.added, unit)}"
    yield f"  delay cost {before} → {after}: {adds}"
    if one.change.gain:
        gain, net = tell_amount(one.change.gain, unit), tell_amount(one.net, unit)
        verdict = "accept" if one.net > 0 else "reject" if one.net < 0 else "even"
        yield f"  gain {gain}, net {net}: {verdict}"


def _pin(pin: PinPrice, unit: str) -> str:
    price = tell_amount(pin.price, unit)
    told = f"{pin.key} at place {pin.place} instead of {pin.rank} costs {price}"
    if pin.along:
        told += f"; {', '.join(pin.along)} must go along"
    if pin.place != pin.asked:
        told += f"; place {pin.asked} is out of its reach"
    return told
